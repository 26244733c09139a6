import AWSModel
import AWSSigning

/// An HTTP request as ``HTTPTransport`` sends it.
public struct HTTPRequest: Sendable {
    public var method: String
    /// Absolute, `http` or `https`, percent-encoded; the path is sent as it stands, dot segments included.
    public var url: String
    /// In the order in which they are sent. `Content-Length` follows from the body.
    public var headers: [(name: String, value: String)]
    /// Bytes, or part of a file that is read as it is sent.
    public var body: AWSBody
    public var timeouts: Timeouts
    public var responseBody: ResponseBody
    /// How many redirects are followed; AWS's services need none.
    public var maximumRedirects: Int
    /// Asked before a redirect is followed; nil for all that `maximumRedirects` allows. A refusal ends the request with an
    /// error of the kind `redirectRefused`.
    public var mayFollow: (@Sendable (HTTPTarget) -> Bool)?
    /// Whether a compressed answer is asked for and unpacked. Off for AWS, where the bytes of an object are its content.
    public var decompresses: Bool
    public var proxy: Proxy
    /// A file of trusted certificates (PEM) in place of the system's.
    public var caBundle: String?
    /// Who this client is, for servers that want to know.
    public var clientCertificate: ClientCertificate?
    /// For what must not reach the server twice: a connection of its own, so that no stale one swallows the request.
    public var usesFreshConnection: Bool
    /// Whether the host is this machine, where the caller knows: it is read from the URL otherwise, for each request.
    var isLoopback: Bool?
    /// The coding of a body that is a file, for S3.
    var chunks: ChunkedBody?
    /// The checksums that the answer may announce, by which its body is checked, before it becomes a file if it is to.
    var responseAlgorithms: [ChecksumAlgorithm] = []

    public init(
        method: String = "GET", url: String, headers: [(name: String, value: String)] = [],
        body: AWSBody = .bytes([]), timeouts: Timeouts = Timeouts(),
        responseBody: ResponseBody = .memory(limit: ResponseBody.defaultLimit), maximumRedirects: Int = 0,
        decompresses: Bool = false, proxy: Proxy = .environment, caBundle: String? = nil,
        usesFreshConnection: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeouts = timeouts
        self.responseBody = responseBody
        self.maximumRedirects = maximumRedirects
        self.decompresses = decompresses
        self.proxy = proxy
        self.caBundle = caBundle
        self.usesFreshConnection = usesFreshConnection
    }

    /// Limits in seconds.
    public struct Timeouts: Sendable, Hashable {
        /// Until the connection, TLS included, stands.
        public var connect: Double
        /// Without a byte in either direction, in whole seconds; nil for streams that may be silent for long.
        public var idle: Double?
        /// For everything, from the name look-up to the last byte.
        public var total: Double?
        /// For which an idle connection is kept to be used again, in whole seconds: well under the 118 at which servers
        /// hang up, since a request on a connection that is about to close may be lost.
        public var keepAlive: Double = 50

        public init(connect: Double = 10, idle: Double? = 60, total: Double? = nil) {
            self.connect = connect
            self.idle = idle
            self.total = total
        }
    }

    /// Where the answer's body goes.
    public enum ResponseBody: Sendable, Hashable {
        /// Into memory, up to `limit` bytes; a longer body is an error, not a killed process.
        case memory(limit: Int64)
        /// Into a file that appears, complete, when the answer was a success; other answers' bodies stay in memory.
        case file(path: String)

        public static let defaultLimit: Int64 = 256 << 20
    }

    /// Files in PEM by which a server knows its client.
    public struct ClientCertificate: Sendable, Hashable {
        public var path: String
        /// nil where the certificate's own file holds the key too.
        public var keyPath: String?
        /// Of an encrypted key.
        public var password: String?

        public init(path: String, keyPath: String? = nil, password: String? = nil) {
            self.path = path
            self.keyPath = keyPath
            self.password = password
        }
    }

    public enum Proxy: Sendable, Hashable {
        /// `HTTPS_PROXY`, `http_proxy`, `ALL_PROXY` and `NO_PROXY`; loopback addresses never go through a proxy.
        case environment
        case none
        case url(String)
    }
}

/// The answer to an ``HTTPRequest``, whatever its status.
public struct HTTPResponse: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    /// In memory, or the file that was asked for.
    public var body: AWSBody
    /// The URL that answered, after redirects.
    public var url: String
    public var timing: HTTPTiming

    public init(
        status: Int, headers: [(name: String, value: String)], body: AWSBody, url: String = "",
        timing: HTTPTiming = HTTPTiming()
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.url = url
        self.timing = timing
    }

    /// The first value of a header, whatever the case of its name.
    public func header(_ name: String) -> String? { headers.first(named: name) }
}

/// Seconds since the request was handed over.
public struct HTTPTiming: Sendable, Hashable {
    public var connected: Double = 0
    public var firstByte: Double = 0
    public var total: Double = 0
    public var reusedConnection = false

    public init() {}
}

extension [(name: String, value: String)] {
    /// The first value of a header, whatever the case of its name.
    public func first(named name: String) -> String? {
        first { $0.name.isSameHeader(as: name) }?.value
    }

    /// Whether there is such a header, whatever the case of its name.
    func has(_ name: String) -> Bool { indices.contains { self[$0].name.isSameHeader(as: name) } }

    /// Sets a header in place of all that have its name.
    public mutating func replace(_ name: String, with value: String) {
        removeAll { $0.name.isSameHeader(as: name) }
        append((name, value))
    }
}
