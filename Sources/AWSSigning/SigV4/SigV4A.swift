/// Signature Version 4a: one signature that several regions accept, made with a key pair that is derived from the
/// secret. Multi-region access points of S3 and global endpoints of EventBridge ask for it.
///
/// Source: "Signature calculation", IAM User Guide ("AWS4-ECDSA-P256-SHA256").
public struct SigV4A: Sendable {
    public let service: String
    /// "eu-west-1,us-east-1" or "*".
    public let regionSet: String
    public let doubleEncodesPath: Bool

    static let algorithm = "AWS4-ECDSA-P256-SHA256"

    public init(service: String, regionSet: String, doubleEncodesPath: Bool? = nil) {
        self.service = service
        self.regionSet = regionSet
        self.doubleEncodesPath = doubleEncodesPath ?? !SigV4.isSingleEncoded(service)
    }

    /// The headers that sign a request, as ``SigV4/sign(_:credentials:at:signsSessionToken:sessionTokenHeader:)``.
    public func sign(
        _ request: SigningRequest, credentials: Credentials, at seconds: Double
    ) -> [(name: String, value: String)] {
        let time = SigningTime(seconds)
        let payloadLine = request.payload.line
        var added: [(name: String, value: String)] = [("X-Amz-Date", time.stamp), ("X-Amz-Region-Set", regionSet)]
        if SigV4.isSingleEncoded(service) || payloadLine == PayloadHash.unsignedPayload {
            added.append(("X-Amz-Content-SHA256", payloadLine))
        }
        if let token = credentials.sessionToken { added.append(("X-Amz-Security-Token", token)) }
        var signed = request
        signed.headers = request.headers.replacing(with: added)
        let canonical = CanonicalRequest(signed, payloadLine: payloadLine, doubleEncodesPath: doubleEncodesPath)
        let signature = signature(canonical, time: time, credentials: credentials)
        added.append(
            (
                "Authorization",
                """
                \(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope(time)), \
                SignedHeaders=\(canonical.signedHeaders.string), Signature=\(signature)
                """
            ))
        return added
    }

    /// The query parameters that sign a URL, as ``SigV4/presign(_:credentials:at:expires:sessionTokenParameter:)``.
    public func presign(
        _ request: SigningRequest, credentials: Credentials, at seconds: Double, expires: Int
    ) -> [(name: String, value: String)] {
        let time = SigningTime(seconds)
        let names = CanonicalRequest(request, payloadLine: "", doubleEncodesPath: doubleEncodesPath).signedHeaders
            .string
        var parameters: [(name: String, value: String)] = [
            ("X-Amz-Algorithm", Self.algorithm),
            ("X-Amz-Credential", PercentEncoding.encode("\(credentials.accessKeyID)/\(scope(time))")),
            ("X-Amz-Date", time.stamp),
            ("X-Amz-Expires", String(expires)),
            ("X-Amz-Region-Set", PercentEncoding.encode(regionSet)),
            ("X-Amz-SignedHeaders", PercentEncoding.encode(names)),
        ]
        if let token = credentials.sessionToken {
            parameters.append(("X-Amz-Security-Token", PercentEncoding.encode(token)))
        }
        var signed = request
        signed.query += parameters.map { ($0.name, $0.value) }
        let payload = SigV4.isSingleEncoded(service) ? PayloadHash.unsigned : request.payload
        let canonical = CanonicalRequest(signed, payloadLine: payload.line, doubleEncodesPath: doubleEncodesPath)
        parameters.append(("X-Amz-Signature", signature(canonical, time: time, credentials: credentials)))
        return parameters
    }

    private func scope(_ time: SigningTime) -> String { "\(time.day)/\(service)/aws4_request" }

    func stringToSign(_ canonical: borrowing CanonicalRequest, time: SigningTime) -> String {
        "\(Self.algorithm)\n\(time.stamp)\n\(scope(time))\n\(Digest.sha256Hex(canonical.bytes))"
    }

    private func signature(_ canonical: borrowing CanonicalRequest, time: SigningTime, credentials: Credentials)
        -> String
    {
        guard let key = Self.key(credentials) else { return "" }
        return Hex.encode(key.sign(Array(stringToSign(canonical, time: time).utf8)))
    }

    /// The key pair of an access key: the first number of a sequence of HMACs that lies within the curve's order.
    static func key(_ credentials: Credentials) -> ECKey? {
        let order = Hex.decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63254f") ?? []  // n - 2
        let secret = Array("AWS4A\(credentials.secretAccessKey)".utf8)
        for counter in UInt8(1)...254 {
            let input =
                [0, 0, 0, 1] + Array(algorithm.utf8) + [0] + Array(credentials.accessKeyID.utf8) + [counter]
                + [0, 0, 1, 0]
            var candidate = HMACSHA256.authenticate(input, key: secret)
            if order.lexicographicallyPrecedes(candidate) { continue }
            for at in candidate.indices.reversed() {  // + 1
                candidate[at] &+= 1
                if candidate[at] != 0 { break }
            }
            return ECKey(scalar: candidate)
        }
        return nil
    }
}
