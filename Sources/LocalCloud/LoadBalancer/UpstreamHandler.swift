import NIOCore
import NIOHTTP1
import NIOPosix

/// One connection to a target: hands response parts to the proxy handler that uses it. Both live on one event loop.
final class UpstreamHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    let target: Target
    weak var user: ProxyHandler?
    private var context: ChannelHandlerContext?
    private var isReadHeld = false
    private var timer: Scheduled<Void>?
    /// Whether it has served a request before: its target may close it at any moment.
    private(set) var isReused = false

    init(target: Target) { self.target = target }

    /// Makes a connection on `loop`. The future fails with ``Sandbox/ConnectFailure`` or the system's error.
    static func connect(_ target: Target, on loop: any EventLoop) -> EventLoopFuture<NIOLoopBound<UpstreamHandler>> {
        loop.makeFutureWithTask { try await target.connect().get() }.flatMap { socket in
            let handler = NIOLoopBound(UpstreamHandler(target: target), eventLoop: loop)
            return ClientBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
                        try channel.pipeline.syncOperations.addHandler(handler.value)
                    }
                }
                .withConnectedSocket(socket.release())
                .map { _ in handler }
        }
    }

    var isUsable: Bool { context?.channel.isActive ?? false }
    var isWritable: Bool { context?.channel.isWritable ?? false }

    func take(_ user: ProxyHandler) {
        timer?.cancel()
        timer = nil
        self.user = user
    }
    func leave() {
        user = nil
        isReused = true
        resumeReading()
    }
    func close() {
        user = nil
        timer?.cancel()
        context?.close(promise: nil)
    }
    func closeWhenUnused(after time: TimeAmount, _ forget: @escaping () -> Void) {
        guard let context else { return }
        let work = NIOLoopBound((self, forget), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: time) {
            work.value.1()
            work.value.0.close()
        }
    }
    func write(_ part: HTTPClientRequestPart) { context?.write(wrapOutboundOut(part), promise: nil) }
    func flush() { context?.flush() }
    func resumeReading() {
        guard isReadHeld else { return }
        isReadHeld = false
        context?.read()
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let user else {
            return context.close(promise: nil)  // bytes that nobody asked for
        }
        user.received(unwrapInboundIn(data), from: self)
    }
    func channelReadComplete(context: ChannelHandlerContext) { user?.flushClient() }
    func read(context: ChannelHandlerContext) {
        if user?.isClientWritable ?? true { context.read() } else { isReadHeld = true }
    }
    func channelWritabilityChanged(context: ChannelHandlerContext) { user?.upstreamWritabilityChanged() }
    func channelInactive(context: ChannelHandlerContext) {
        let user = user
        self.user = nil
        user?.upstreamClosed(self)
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
