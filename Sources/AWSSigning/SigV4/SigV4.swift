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
    static let singleEncodedServices: Set<String> = ["s3", "s3express", "s3-outposts", "s3-object-lambda"]

    /// - Parameters:
    ///   - service: the signing name, "codepipeline".
    ///   - doubleEncodesPath: what an endpoint rule set says, if it says so (`disableDoubleEncoding`).
    public init(service: String, region: String, doubleEncodesPath: Bool? = nil) {
        self.service = service
        self.region = region
        self.doubleEncodesPath = doubleEncodesPath ?? !Self.singleEncodedServices.contains(service)
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
        let time = SigningTime(seconds)
        let payloadLine = request.payload.line
        var added: [(name: String, value: String)] = [("X-Amz-Date", time.stamp)]
        if wantsContentHash(request.payload) { added.append(("X-Amz-Content-SHA256", payloadLine)) }
        let token = credentials.sessionToken.map { (name: sessionTokenHeader, value: $0) }
        if let token, signsSessionToken { added.append(token) }

        var signed = request
        signed.headers = request.headers.replacing(with: added)
        let canonical = CanonicalRequest(
            signed, payloadLine: payloadLine, doubleEncodesPath: doubleEncodesPath)
        let scope = "\(time.day)/\(region)/\(service)/aws4_request"
        let signature = Self.signature(
            of: canonical.bytes, time: time.stamp, scope: scope,
            key: SigningKey.derive(
                secret: credentials.secretAccessKey, day: time.day, region: region, service: service))
        if let token, !signsSessionToken { added.append(token) }
        added.append(
            (
                "Authorization",
                """
                \(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope), \
                SignedHeaders=\(String(decoding: canonical.signedHeaders, as: UTF8.self)), Signature=\(signature)
                """
            ))
        return added
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
        let scope = "\(time.day)/\(region)/\(service)/aws4_request"
        var signed = request
        signed.headers.removeAll { $0.name.isSameHeader(as: "x-amz-content-sha256") }
        let names = CanonicalRequest(signed, payloadLine: "", doubleEncodesPath: doubleEncodesPath).signedHeaders
        var parameters: [(name: String, value: String)] = [
            ("X-Amz-Algorithm", Self.algorithm),
            ("X-Amz-Credential", PercentEncoding.encode("\(credentials.accessKeyID)/\(scope)")),
            ("X-Amz-Date", time.stamp),
            ("X-Amz-Expires", String(expires)),
            ("X-Amz-SignedHeaders", PercentEncoding.encode(String(decoding: names, as: UTF8.self))),
        ]
        if let token = credentials.sessionToken {
            parameters.append((sessionTokenParameter, PercentEncoding.encode(token)))
        }
        signed.query += parameters.map { ($0.name, $0.value) }
        let payload = Self.singleEncodedServices.contains(service) ? PayloadHash.unsigned : request.payload
        let canonical = CanonicalRequest(
            signed, payloadLine: payload.line, doubleEncodesPath: doubleEncodesPath)
        let signature = Self.signature(
            of: canonical.bytes, time: time.stamp, scope: scope,
            key: SigningKey.derive(
                secret: credentials.secretAccessKey, day: time.day, region: region, service: service))
        parameters.append(("X-Amz-Signature", signature))
        return parameters
    }

    /// S3 wants the body's hash in a header; elsewhere it is only needed to say that the body is not covered.
    private func wantsContentHash(_ payload: PayloadHash) -> Bool {
        if Self.singleEncodedServices.contains(service) { return true }
        switch payload {
        case .unsigned, .streaming: return true
        case .bytes, .hex: return false
        }
    }

    static func signature(of canonical: [UInt8], time: some StringProtocol, scope: String, key: [UInt8]) -> String {
        var text = Array(algorithm.utf8)
        text.reserveCapacity(256)
        text.append(0x0a)
        text.append(contentsOf: time.utf8)
        text.append(0x0a)
        text.append(contentsOf: scope.utf8)
        text.append(0x0a)
        text.append(contentsOf: Digest.sha256Hex(canonical).utf8)
        return Hex.encode(HMACSHA256.authenticate(text, key: key))
    }
}
