/// Signature Version 4 for one service and region: signing here, verifying in ``verify(_:now:service:secretFor:)``.
///
/// Source: "AWS Signature Version 4 for API requests", IAM User Guide.
public struct SigV4: Sendable {
    public let service: String
    public let region: String
    /// Whether the path is normalized and encoded twice in the signature; all services but S3's family.
    public let doubleEncodesPath: Bool

    static let algorithm = "AWS4-HMAC-SHA256"
    /// Signing names whose paths are object keys, signed as they are sent.
    private static let singleEncodedServices: Set<String> = ["s3", "s3express", "s3-outposts", "s3-object-lambda"]

    static func isSingleEncoded(_ service: String) -> Bool {
        // To look in a set hashes the name, and nearly all names begin otherwise.
        service.hasPrefix("s3") && singleEncodedServices.contains(service)
    }

    /// - Parameters:
    ///   - service: the signing name, "codepipeline".
    ///   - doubleEncodesPath: what an endpoint rule set says, if it says so (`disableDoubleEncoding`).
    public init(service: String, region: String, doubleEncodesPath: Bool? = nil) {
        self.service = service
        self.region = region
        self.doubleEncodesPath = doubleEncodesPath ?? !Self.isSingleEncoded(service)
    }

    /// The headers that sign a request: `X-Amz-Date`, `X-Amz-Security-Token`, `X-Amz-Content-SHA256` where it is
    /// wanted, and `Authorization`. They replace headers of these names that the request has.
    ///
    /// - Parameters:
    ///   - seconds: the moment, in seconds since 1970.
    ///   - signsSessionToken: false where a service wants the token outside the signature.
    ///   - sessionTokenHeader: S3 Express carries its session's token under a name of its own.
    public func sign(
        _ request: SigningRequest, credentials: Credentials, at seconds: Double, signsSessionToken: Bool = true,
        sessionTokenHeader: String = "X-Amz-Security-Token"
    ) -> [(name: String, value: String)] {
        var signed = request
        let own = apply(
            to: &signed, credentials: credentials, at: seconds, signsSessionToken: signsSessionToken,
            sessionTokenHeader: sessionTokenHeader)
        return Array(signed.headers[own...])
    }

    /// Signs a request by adding those headers at the end of its own.
    ///
    /// - Returns: how many headers of its own the request still has in front of them.
    @discardableResult public func apply(
        to request: inout SigningRequest, credentials: Credentials, at seconds: Double, signsSessionToken: Bool = true,
        sessionTokenHeader: String = "X-Amz-Security-Token"
    ) -> Int {
        var digest = Digest(.sha256)
        let time = SigningTime(seconds)
        let payloadLine = request.payload.line(&digest)
        let hasContentHash = wantsContentHash(request.payload)
        let token = credentials.sessionToken.map { (name: sessionTokenHeader, value: $0) }

        func isReplaced(_ name: String) -> Bool {
            name.isSameHeader(as: "X-Amz-Date") || name.isSameHeader(as: "Authorization")
                || hasContentHash && name.isSameHeader(as: "X-Amz-Content-SHA256")
                || token != nil && name.isSameHeader(as: sessionTokenHeader)
        }
        // Nearly no request has any of these. Looking first takes up few names: most have another length.
        let hasReplaced = request.headers.indices.contains { at in
            switch request.headers[at].name.utf8.count {
            case 10, 13, 20, sessionTokenHeader.utf8.count: isReplaced(request.headers[at].name)
            default: false
            }
        }
        if hasReplaced {
            request.headers.removeAll { isReplaced($0.name) }
        }
        let own = request.headers.count
        request.headers.reserveCapacity(own + 4)
        request.headers.append(("X-Amz-Date", time.stamp))
        if hasContentHash { request.headers.append(("X-Amz-Content-SHA256", payloadLine)) }
        if let token, signsSessionToken { request.headers.append(token) }
        let canonical = CanonicalRequest(request, payloadLine: payloadLine, doubleEncodesPath: doubleEncodesPath)
        if let token, !signsSessionToken { request.headers.append(token) }
        request.headers.append(("Authorization", authorization(canonical, time, credentials, &digest)))
        return own
    }

    private func authorization(
        _ canonical: borrowing CanonicalRequest, _ time: SigningTime, _ credentials: Credentials,
        _ digest: inout Digest
    ) -> String {
        let key = key(credentials, time)
        var text = TextBuffer(capacity: 512)
        text.append(Self.algorithm)
        text.append(" Credential=")
        text.append(credentials.accessKeyID)
        text.append(UInt8(ascii: "/"))
        text.append(key.scope)
        text.append(", SignedHeaders=")
        canonical.signedHeaders.withBytes { text.append($0) }
        text.append(", Signature=")
        canonical.text.withBytes { canonical in
            Self.sign(canonical, time: time.stamp, key: key, &digest) { text.append(hex: $0) }
        }
        return text.string
    }

    private func key(_ credentials: Credentials, _ time: SigningTime) -> SigningKey {
        SigningKey.derive(secret: credentials.secretAccessKey, day: time.day, region: region, service: service)
    }

    /// The query parameters, percent-encoded, that make a request's URL usable without further headers.
    ///
    /// They come after the request's own. Headers of the request other than `host` must be sent along by whoever uses
    /// the URL.
    ///
    /// - Parameter expires: seconds for which the URL is valid: 1 to 604,800 (seven days).
    public func presign(
        _ request: SigningRequest, credentials: Credentials, at seconds: Double, expires: Int,
        sessionTokenParameter: String = "X-Amz-Security-Token"
    ) -> [(name: String, value: String)] {
        let time = SigningTime(seconds)
        let key = key(credentials, time)
        var signed = request
        signed.headers.removeAll { $0.name.isSameHeader(as: "x-amz-content-sha256") }
        let names = CanonicalRequest(signed, payloadLine: "", doubleEncodesPath: doubleEncodesPath).signedHeaders.string
        var parameters: [(name: String, value: String)] = [
            ("X-Amz-Algorithm", Self.algorithm),
            ("X-Amz-Credential", PercentEncoding.encode("\(credentials.accessKeyID)/\(key.scope)")),
            ("X-Amz-Date", time.stamp),
            ("X-Amz-Expires", String(expires)),
            ("X-Amz-SignedHeaders", PercentEncoding.encode(names)),
        ]
        if let token = credentials.sessionToken {
            parameters.append((sessionTokenParameter, PercentEncoding.encode(token)))
        }
        signed.query += parameters.map { ($0.name, $0.value) }
        let payload = Self.isSingleEncoded(service) ? PayloadHash.unsigned : request.payload
        let canonical = CanonicalRequest(
            signed, payloadLine: payload.line, doubleEncodesPath: doubleEncodesPath)
        let signature = canonical.text.withBytes { Self.signature(of: $0, time: time.stamp, key: key) }
        parameters.append(("X-Amz-Signature", signature))
        return parameters
    }

    /// S3 wants the body's hash in a header; elsewhere it is only needed to say that the body is not covered.
    private func wantsContentHash(_ payload: PayloadHash) -> Bool {
        if Self.isSingleEncoded(service) { return true }
        switch payload {
        case .unsigned, .streaming: return true
        case .bytes, .hex: return false
        }
    }

    static func signature(of canonical: UnsafeRawBufferPointer, time: String, key: SigningKey) -> String {
        var digest = Digest(.sha256)
        return sign(canonical, time: time, key: key, &digest, Hex.encode)
    }

    private static func sign<Result>(
        _ canonical: UnsafeRawBufferPointer, time: String, key: SigningKey, _ digest: inout Digest,
        _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        var text = TextBuffer(capacity: 256)
        text.append(algorithm)
        text.append(0x0a)
        text.append(time)
        text.append(0x0a)
        text.append(key.scope)
        text.append(0x0a)
        digest.update(canonical)
        digest.withHash { text.append(hex: $0) }
        return text.withBytes { key.hmac.authenticate($0, &digest, body) }
    }
}
