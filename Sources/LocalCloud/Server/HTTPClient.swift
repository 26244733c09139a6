import AWSModel
import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A small HTTP/1.1 client for what the cloud itself sends: messages to subscribed endpoints, calls to an upstream. One
/// connection for each request.
struct HTTPClient: Sendable {
    struct Address: Sendable, Hashable {
        var host: String
        var port: Int

        /// `http://HOST[:PORT][/path]`; nil for anything else.
        static func parse(_ url: String) -> (Address, target: String)? {
            guard url.hasPrefix("http://") else { return nil }
            let rest = url.dropFirst("http://".count)
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            let authority = rest[..<end].split(separator: "@").last ?? ""
            let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let host = parts.first, !host.isEmpty, let port = parts.count > 1 ? Int(parts[1]) : 80,
                (1...65535).contains(port)
            else {
                return nil
            }
            let tail = String(rest[end...])
            return (Address(host: String(host), port: port), tail.hasPrefix("/") ? tail : "/" + tail)
        }
    }
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Largest answer that is taken.
    private static let limit = 256 << 20
    var group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton

    func perform(
        _ method: String, _ target: String, at address: Address, headers: [(name: String, value: String)],
        body: AWSBody,
        timeout: Int64
    ) async throws -> ServerResponse {
        let bytes = try Self.read(body)
        let promise = group.next().makePromise(of: ServerResponse.self)
        let bootstrap = ClientBootstrap(group: promise.futureResult.eventLoop)
            .connectTimeout(.seconds(10))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(ResponseReader(promise: promise, limit: Self.limit))
                }
            }
        let connecting = bootstrap.connect(host: address.host, port: address.port)
        let arrival = connecting.eventLoop.makePromise(of: (any Channel).self)
        arrival.completeWith(connecting)
        let channel: any Channel
        do {
            // Who no longer waits, as at the cloud's end, does not wait for a slow peer.
            channel = try await withTaskCancellationHandler {
                try await arrival.futureResult.get()
            } onCancel: {
                arrival.fail(CancellationError())
            }
        } catch {
            promise.fail(error)
            connecting.whenSuccess { $0.close(promise: nil) }
            throw error
        }
        let watch = Task {
            try await RunningTime.pass(Double(timeout))
            promise.fail(Failure(description: "no answer within \(timeout) s"))
            channel.close(promise: nil)
        }
        defer {
            watch.cancel()
            channel.close(promise: nil)
        }
        var head = HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method), uri: target)
        for (name, value) in headers { head.headers.add(name: name, value: value) }
        if !head.headers.contains(name: "host") {
            head.headers.add(name: "host", value: "\(address.host):\(address.port)")
        }
        if !bytes.isEmpty || method == "POST" || method == "PUT" {
            head.headers.replaceOrAdd(name: "content-length", value: String(bytes.count))
        }
        head.headers.replaceOrAdd(name: "connection", value: "close")
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if !bytes.isEmpty {
            channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: bytes))), promise: nil)
        }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            promise.fail(CancellationError())
        }
    }

    private static func read(_ body: AWSBody) throws -> [UInt8] {
        switch body {
        case .bytes(let bytes): return bytes
        case .file(let path, let offset, let length):
            let file = open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { throw Failure(description: "the body cannot be read") }
            defer { close(file) }
            return [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
                count = max(0, pread(file, buffer.baseAddress, Int(length), off_t(offset)))
            }
        }
    }

    private final class ResponseReader: ChannelInboundHandler {
        typealias InboundIn = HTTPClientResponsePart
        private let promise: EventLoopPromise<ServerResponse>
        private let limit: Int
        private var head: HTTPResponseHead?
        private var bytes: [UInt8] = []
        private var isDone = false

        init(promise: EventLoopPromise<ServerResponse>, limit: Int) {
            self.promise = promise
            self.limit = limit
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): self.head = head
            case .body(let buffer):
                bytes.append(contentsOf: buffer.readableBytesView)
                if bytes.count > limit { fail(Failure(description: "the answer is too large"), context) }
            case .end:
                isDone = true
                promise.succeed(
                    ServerResponse(
                        status: Int(head?.status.code ?? 502), headers: head?.headers.map { ($0.name, $0.value) } ?? [],
                        bytes: bytes))
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error, context) }

        func channelInactive(context: ChannelHandlerContext) {
            fail(Failure(description: "the connection was closed"), context)
        }

        private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
            guard !isDone else { return }
            isDone = true
            promise.fail(error)
            context.close(promise: nil)
        }
    }
}
