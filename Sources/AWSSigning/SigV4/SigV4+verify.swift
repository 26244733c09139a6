extension SigV4 {
    /// Seconds by which a signer's clock may differ from ours.
    public static let allowedSkew: Double = 900

    /// Checks a request as it came in, signed by headers or by a presigned URL.
    ///
    /// - Parameters:
    ///   - request: path and query as received; `payload` is what really came: the bytes, or their hash.
    ///   - now: seconds since 1970.
    ///   - service: the signing name that the request must have been signed for; nil to take what it says.
    ///   - secretFor: the secret of an access key, nil when there is no such key.
    public static func verify(
        _ request: SigningRequest, now: Double, service: String? = nil, secretFor: (_ accessKeyID: String) -> String?
    ) throws(SignatureFailure) -> VerifiedIdentity {
        let claim: SignatureClaim
        if let header = request.header("authorization") {
            claim = try SignatureClaim(authorization: header, request: request)
        } else if request.query.contains(where: { $0.name == "X-Amz-Signature" || $0.name == "X-Amz-Algorithm" }) {
            claim = try SignatureClaim(presigned: request)
        } else {
            throw SignatureFailure(.missing, "Request is missing Authentication Token")
        }
        try claim.checkTime(now: now)
        if let service, claim.service != service {
            throw SignatureFailure(
                .mismatch, "Credential should be scoped to correct service: '\(service)', not '\(claim.service)'.")
        }
        guard let secret = secretFor(claim.accessKeyID) else {
            throw SignatureFailure(.unknownAccessKey, "The security token included in the request is invalid.")
        }

        let payloadLine = try claim.payloadLine(request)
        var signed = request
        signed.query.removeAll { $0.name == "X-Amz-Signature" }
        let canonical = CanonicalRequest(
            signed, payloadLine: payloadLine, doubleEncodesPath: !isSingleEncoded(claim.service),
            only: Set(claim.signedHeaders))
        let key = SigningKey.derive(
            secret: secret, day: claim.day, region: claim.region, service: claim.service)
        let expected = canonical.text.withBytes { signature(of: $0, time: claim.stamp, key: key) }
        guard constantTimeEquals(Array(expected.utf8), Array(claim.signature.utf8)) else {
            throw SignatureFailure(
                .mismatch,
                """
                The request signature we calculated does not match the signature you provided. \
                Check your AWS Secret Access Key and signing method.
                """, canonicalRequest: canonical.text.string)
        }
        return VerifiedIdentity(
            accessKeyID: claim.accessKeyID, sessionToken: claim.sessionToken, region: claim.region,
            service: claim.service, signedAt: claim.signedAt, isPresigned: claim.expires != nil,
            chunks: payloadLine.hasPrefix("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
                ? ChunkSignatures(key: key, stamp: claim.stamp, seed: claim.signature) : nil)
    }
}

/// What a request claims about its signature, taken from the header or the query.
private struct SignatureClaim {
    let accessKeyID, day, region, service: String
    let stamp: String
    let signedAt: Double
    let signedHeaders: [String]
    let signature: String
    let sessionToken: String?
    /// Seconds of validity; nil unless presigned.
    let expires: Double?

    init(authorization: String, request: SigningRequest) throws(SignatureFailure) {
        let prefix = SigV4.algorithm
        guard authorization.hasPrefix(prefix) else {
            throw SignatureFailure(
                .incomplete, "Authorization header requires the algorithm \(prefix); other kinds are not supported.")
        }
        var fields: [Substring: Substring] = [:]
        for part in authorization.dropFirst(prefix.count).split(separator: ",") {
            let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { fields[pair[0]] = pair[1] }
        }
        let stamp = request.header("x-amz-date") ?? request.header("date").flatMap(Self.isoStamp)
        try self.init(
            credential: fields["Credential"].map(String.init), stamp: stamp,
            signedHeaders: fields["SignedHeaders"].map(String.init), signature: fields["Signature"].map(String.init),
            sessionToken: request.header("x-amz-security-token") ?? request.header("x-amz-s3session-token"),
            expires: nil)
    }

    init(presigned request: SigningRequest) throws(SignatureFailure) {
        func parameter(_ name: String) -> String? {
            request.query.first { $0.name == name }?.value.map {
                String(decoding: PercentEncoding.decode($0), as: UTF8.self)
            }
        }
        guard parameter("X-Amz-Algorithm") == SigV4.algorithm else {
            throw SignatureFailure(.incomplete, "X-Amz-Algorithm only supports \(SigV4.algorithm)")
        }
        guard let expires = parameter("X-Amz-Expires").flatMap(Double.init), (1...604_800).contains(expires) else {
            throw SignatureFailure(.incomplete, "X-Amz-Expires must be a number of seconds from 1 to 604800")
        }
        try self.init(
            credential: parameter("X-Amz-Credential"), stamp: parameter("X-Amz-Date"),
            signedHeaders: parameter("X-Amz-SignedHeaders"), signature: parameter("X-Amz-Signature"),
            sessionToken: parameter("X-Amz-Security-Token") ?? parameter("X-Amz-S3session-Token"), expires: expires)
    }

    private init(
        credential: String?, stamp: String?, signedHeaders: String?, signature: String?, sessionToken: String?,
        expires: Double?
    ) throws(SignatureFailure) {
        let present = [
            ("Credential", credential), ("SignedHeaders", signedHeaders), ("Signature", signature),
            ("X-Amz-Date", stamp),
        ]
        if let absent = present.first(where: { $0.1 == nil })?.0 {
            throw SignatureFailure(.incomplete, "Authorization requires '\(absent)'.")
        }
        let parts = (credential ?? "").split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        // Access keys may hold slashes in theory; the scope is always the last four parts.
        guard parts.count >= 5, parts.last == "aws4_request" else {
            throw SignatureFailure(
                .incomplete, "Credential must be access-key/yyyymmdd/region/service/aws4_request.")
        }
        guard let stamp, let signedAt = SigningTime.seconds(stamp) else {
            throw SignatureFailure(.incomplete, "Date must be in ISO-8601 'basic format': yyyymmddThhmmssZ.")
        }
        accessKeyID = parts.dropLast(4).joined(separator: "/")
        day = parts[parts.count - 4]
        region = parts[parts.count - 3]
        service = parts[parts.count - 2]
        guard stamp.hasPrefix(day) else {
            throw SignatureFailure(.mismatch, "Date in Credential scope does not match the request's date.")
        }
        self.stamp = stamp
        self.signedAt = signedAt
        self.signedHeaders = (signedHeaders ?? "").split(separator: ";").map { $0.lowercased() }
        self.signature = signature ?? ""
        self.sessionToken = sessionToken
        self.expires = expires
        guard self.signedHeaders.contains("host") else {
            throw SignatureFailure(.incomplete, "'host' must be a signed header.")
        }
    }

    /// A `Date` header that is already in the basic format; the RFC form is not accepted here.
    private static func isoStamp(_ date: String) -> String? { SigningTime.seconds(date) == nil ? nil : date }

    func checkTime(now: Double) throws(SignatureFailure) {
        if let expires {
            if signedAt > now + SigV4.allowedSkew {
                throw SignatureFailure(.skewed, "Request is not yet valid")
            }
            if now > signedAt + expires { throw SignatureFailure(.expired, "Request has expired") }
        } else if abs(now - signedAt) > SigV4.allowedSkew {
            throw SignatureFailure(
                .skewed,
                "Signature expired or not yet current: \(stamp) is more than 15 minutes from \(SigningTime(now).stamp)")
        }
    }

    /// The hash line that the signer used, after checking that the body is the one it speaks of.
    func payloadLine(_ request: SigningRequest) throws(SignatureFailure) -> String {
        if expires != nil && SigV4.isSingleEncoded(service) {
            return request.header("x-amz-content-sha256").flatMap {
                signedHeaders.contains("x-amz-content-sha256") ? $0 : nil
            }
                ?? PayloadHash.unsignedPayload
        }
        guard let declared = request.header("x-amz-content-sha256") else { return request.payload.line }
        if declared == PayloadHash.unsignedPayload || declared.hasPrefix("STREAMING-") { return declared }
        switch request.payload {
        case .bytes, .hex:
            guard declared.lowercased() == request.payload.line else {
                throw SignatureFailure(
                    .payloadMismatch, "The provided 'x-amz-content-sha256' header does not match what was computed.")
            }
        case .unsigned, .streaming: break  // The caller has not read the body yet and answers for it.
        }
        return declared
    }
}
