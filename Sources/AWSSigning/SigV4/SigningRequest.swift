/// What a signature says about the body.
public enum PayloadHash: Sendable, Hashable {
    /// The SHA-256 of these bytes.
    case bytes([UInt8])
    /// A SHA-256 computed elsewhere, in hexadecimal: of a body that is in a file, for instance.
    case hex(String)
    /// `UNSIGNED-PAYLOAD`: the body is not covered, as S3 and some services allow over TLS.
    case unsigned
    /// One of S3's `STREAMING-…` constants: the body is aws-chunked and covered, if at all, chunk by chunk.
    case streaming(String)

    /// The last line of the canonical request.
    public var line: String {
        var digest = Digest(.sha256)
        return line(&digest)
    }

    /// The same with a digest that is there already.
    func line(_ digest: inout Digest) -> String {
        switch self {
        case .bytes(let bytes):
            if bytes.isEmpty { return Self.emptyBodyHash }
            digest.update(bytes)
            return digest.withHash(Hex.encode)
        case .hex(let hash): return hash
        case .unsigned: return Self.unsignedPayload
        case .streaming(let constant): return constant
        }
    }

    static let unsignedPayload = "UNSIGNED-PAYLOAD"
    static let emptyBodyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
}

/// A request as Signature Version 4 sees it.
public struct SigningRequest: Sendable {
    public var method: String
    /// As it is sent: percent-encoded once, starting with "/".
    public var path: String
    /// As it is sent: percent-encoded. A nil value is a name without "=".
    public var query: [(name: String, value: String?)]
    /// Everything that is to be signed; must hold `host`. Names may repeat, in any case.
    public var headers: [(name: String, value: String)]
    public var payload: PayloadHash

    public init(
        method: String, path: String, query: [(name: String, value: String?)] = [],
        headers: [(name: String, value: String)], payload: PayloadHash
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.payload = payload
    }

    /// A request by its target as it stands in an HTTP request line: "/path?name=value".
    public init(method: String, target: String, headers: [(name: String, value: String)], payload: PayloadHash) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(
            method: method, path: parts.first.map(String.init) ?? "/",
            query: parts.count > 1 ? Self.splitQuery(parts[1]) : [], headers: headers, payload: payload)
    }

    /// The pairs of a query string, still encoded.
    public static func splitQuery(_ query: some StringProtocol) -> [(name: String, value: String?)] {
        query.split(separator: "&", omittingEmptySubsequences: true).map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : nil)
        }
    }

    /// The first value of a header, whatever the case of its name.
    func header(_ name: String) -> String? {
        headers.first { $0.name.isSameHeader(as: name) }?.value
    }
}
