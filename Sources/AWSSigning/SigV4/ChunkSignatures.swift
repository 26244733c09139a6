/// The chain of signatures of an aws-chunked body: each chunk signs itself and the signature before it.
///
/// Source: "Transferring payload in multiple chunks", Amazon S3 API Reference.
public struct ChunkSignatures: Sendable {
    private let key: SigningKey
    private let stamp: String
    private var previous: String

    init(key: SigningKey, stamp: String, seed: String) {
        self.key = key
        self.stamp = stamp
        previous = seed
    }

    /// The signature of the next chunk; the last chunk is empty.
    public mutating func next(_ chunk: [UInt8]) -> String {
        let text = """
            AWS4-HMAC-SHA256-PAYLOAD\n\(stamp)\n\(key.scope)\n\(previous)\n\(PayloadHash.emptyBodyHash)\n\
            \(Digest.sha256Hex(chunk))
            """
        return sign(text)
    }

    /// The signature of the trailing headers, given as "name:value\n" for each.
    public mutating func trailer(_ canonicalTrailers: [UInt8]) -> String {
        let text =
            "AWS4-HMAC-SHA256-TRAILER\n\(stamp)\n\(key.scope)\n\(previous)\n\(Digest.sha256Hex(canonicalTrailers))"
        return sign(text)
    }

    private mutating func sign(_ text: String) -> String {
        var digest = Digest(.sha256)
        previous = key.hmac.authenticate(Array(text.utf8), &digest, Hex.encode)
        return previous
    }

    /// Whether a chunk carries the signature that comes next in the chain.
    public mutating func verify(_ chunk: [UInt8], signature: String) -> Bool {
        constantTimeEquals(Array(next(chunk).utf8), Array(signature.utf8))
    }
}

extension SigV4 {
    /// The chain of signatures for the chunks of a request whose payload is one of S3's `STREAMING-AWS4-…` constants.
    ///
    /// - Parameter headers: what ``sign(_:credentials:at:signsSessionToken:sessionTokenHeader:)`` gave; the chain begins
    ///   with its signature. nil when there is none.
    public func chunkSignatures(
        after headers: [(name: String, value: String)], credentials: Credentials, at seconds: Double
    ) -> ChunkSignatures? {
        guard let authorization = headers.first(where: { $0.name == "Authorization" })?.value,
            let mark = authorization.firstRange(of: "Signature=")
        else { return nil }
        let time = SigningTime(seconds)
        return ChunkSignatures(
            key: SigningKey.derive(
                secret: credentials.secretAccessKey, day: time.day, region: region, service: service),
            stamp: time.stamp, seed: String(authorization[mark.upperBound...]))
    }
}
