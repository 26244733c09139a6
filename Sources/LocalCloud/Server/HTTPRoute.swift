import AWSModel

/// A request as it came: what routes that are not AWS APIs see.
public struct ServerRequest: Sendable {
    public var method: String
    /// Percent-encoded, starts with "/".
    public var path: String
    /// Percent-encoded, without "?"; empty when there is none.
    public var query: String
    public var headers: [(name: String, value: String)]
    /// Chunked transfer coding is undone; a large body is in a file that is removed after the answer.
    public var body: AWSBody
    /// Of a body that went to a file, in hexadecimal; taken while it came.
    var bodySHA256: String?
    public var remoteAddress: String

    init(
        method: String, path: String, query: String, headers: [(name: String, value: String)], body: AWSBody,
        bodySHA256: String? = nil, remoteAddress: String
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.bodySHA256 = bodySHA256
        self.remoteAddress = remoteAddress
    }

    /// The first header of that name, in whatever case.
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}

/// The answer of a route.
public struct ServerResponse: Sendable {
    public enum Body: Sendable {
        case body(AWSBody)
        /// Writes the body piece by piece; each write waits until the client has taken the previous ones.
        case stream(@Sendable (any ResponseWriter) async throws -> Void)
    }

    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: Body

    public init(status: Int, headers: [(name: String, value: String)] = [], body: Body) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public init(status: Int, headers: [(name: String, value: String)] = [], bytes: [UInt8] = []) {
        self.init(status: status, headers: headers, body: .body(.bytes(bytes)))
    }
}

public protocol ResponseWriter: Sendable {
    func write(_ bytes: [UInt8]) async throws
}

/// A way in that is not an AWS API: git's smart HTTP, a package index, the server's own health. Added with
/// ``Cloud/add(_:)``, asked in order before the APIs.
@CloudActor
public protocol HTTPRoute: AnyObject, Sendable {
    /// Whether the request is this route's; decided from the head alone, before the body has come.
    nonisolated func accepts(method: String, path: String, host: String) -> Bool
    /// Signatures and passwords are the route's to check.
    func handle(_ request: ServerRequest) async throws -> ServerResponse
}
