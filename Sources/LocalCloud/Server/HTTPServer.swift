import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// HTTP/1.1 on loopback.
final class HTTPServer: Sendable {
    /// Limits that keep one client from holding or exhausting the server.
    struct Limits: Sendable {
        /// Largest request body, in bytes.
        var body: Int64
        /// Largest input of a call that is no object's content. The largest that a service here takes is CodeCommit's commit
        /// of 20 MB in Base64.
        var call: Int64 = 64 << 20
        /// A body past this many bytes goes to a file.
        var memoryBody = 1 << 20
        /// Seconds in which a request's head has to be complete, and without a byte after which its body is given up.
        var stall: Int64 = 30
        /// Seconds that a connection without a request is kept.
        var idle: Int64 = 120
        /// Open connections; further ones are closed at once.
        var connections = mostConnections
        static let mostConnections = 2048
    }

    /// Answers one request.
    typealias Responder = @Sendable (ServerRequest) async -> ServerResponse

    /// Lives as long as the process: requests that were under way at a stop end after their connections are closed, and still
    /// have something to say to their loop then, which a loop that has shut down complains of.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    private let channel: any Channel
    private let connections: ConnectionList
    private let requests: RequestCount
    /// How long a stop waits for requests that do not heed it, in seconds.
    private static let longestEnd = 5.0
    let port: Int

    /// Binds to a port of 127.0.0.1.
    ///
    /// - Throws: ``StartError`` when the port is taken or not allowed.
    init(port: Int, spoolDirectory: String, limits: Limits, respond: @escaping Responder) async throws {
        let connections = ConnectionList(limit: limits.connections)
        let requests = RequestCount()
        do {
            channel = try await ServerBootstrap(group: Self.group)
                .serverChannelOption(.backlog, value: 1024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.maxMessagesPerRead, value: 4)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        guard connections.add(channel) else { throw ChannelError.connectTimeout(.zero) }
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.configureHTTPServerPipeline(
                            withPipeliningAssistance: true, withErrorHandling: true)
                        try pipeline.addHandler(
                            HTTPConnection(
                                limits: limits, spoolDirectory: spoolDirectory
                            ) { request in await requests.answering { await respond(request) } })
                    }
                }
                .bind(host: "127.0.0.1", port: port).get()
        } catch {
            switch (error as? IOError)?.errnoCode {
            case EADDRINUSE: throw StartError("another program listens there; choose another port, or 0 for a free one")
            case EACCES: throw StartError("ports below 1024 are for root; choose another port, or 0 for a free one")
            default: throw error
            }
        }
        self.connections = connections
        self.requests = requests
        self.port = channel.localAddress?.port ?? port
    }

    /// Closes the port and every connection, which cancels what is under way, and waits for its end.
    func stop() async {
        try? await channel.close()
        await connections.closeAll()
        await requests.wait(atMost: Self.longestEnd)
    }
}
