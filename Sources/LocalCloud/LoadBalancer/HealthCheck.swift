import NIOCore
import NIOHTTP1
import NIOPosix

/// One check of a target: a request over a connection of its own, as ELB's health checkers make it.
struct HealthCheck: Sendable {
    enum Outcome: Sendable, Equatable {
        case passed
        case mismatch(Int)
        case timeout
        case failed
    }

    var path: String
    var isHTTP: Bool
    /// "200", "200,302", "200-299".
    var matcher: String
    var timeout: Double

    func run(_ target: Target, connect: Target.Connect) async -> Outcome {
        let path = path
        let isHTTP = isHTTP
        let host = "\(target.address):\(target.port)"
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: Int.self)
        let limit = timeout
        let timer = Task {
            try await RunningTime.pass(limit)
            promise.fail(ChannelError.connectTimeout(.zero))
        }
        defer { timer.cancel() }
        guard case .success(let socket) = await connect() else {
            promise.fail(ChannelError.alreadyClosed)
            return .failed
        }
        if !isHTTP {
            promise.succeed(0)
            return .passed
        }
        do {
            let channel = try await ClientBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(StatusReader(promise))
                    }
                }
                .withConnectedSocket(socket.release()).get()
            defer { channel.close(promise: nil) }
            let head = HTTPRequestHead(
                version: .http1_1, method: .GET, uri: path,
                headers: [
                    "Host": host, "User-Agent": "ELB-HealthChecker/2.0", "Accept-Encoding": "gzip, compressed",
                    "Connection": "close",
                ])
            channel.write(HTTPClientRequestPart.head(head), promise: nil)
            channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
            let status = try await promise.futureResult.get()
            return matches(status) ? .passed : .mismatch(status)
        } catch ChannelError.connectTimeout {
            return .timeout
        } catch {
            promise.fail(error)
            return .failed
        }
    }

    private func matches(_ status: Int) -> Bool {
        matcher.split(separator: ",").contains { part in
            let ends = part.split(separator: "-").compactMap { Int($0.filter(\.isNumber)) }
            guard let low = ends.first, let high = ends.last else { return false }
            return (low...max(low, high)).contains(status)
        }
    }

    private final class StatusReader: ChannelInboundHandler {
        typealias InboundIn = HTTPClientResponsePart
        private let promise: EventLoopPromise<Int>

        init(_ promise: EventLoopPromise<Int>) { self.promise = promise }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if case .head(let head) = unwrapInboundIn(data) { promise.succeed(Int(head.status.code)) }
        }
        func channelInactive(context: ChannelHandlerContext) { promise.fail(ChannelError.alreadyClosed) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            promise.fail(error)
            context.close(promise: nil)
        }
    }
}
