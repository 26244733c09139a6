import NIOCore
import NIOPosix

/// Copies bytes between two connections, in both directions, each as fast as the other side takes them.
final class Relay: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var partner: Relay?
    private var context: ChannelHandlerContext?
    private var isReadWaiting = false

    /// Connects `channel` to a port of the host's loopback.
    static func join(_ channel: any Channel, toLoopbackPort port: Int) -> EventLoopFuture<Void> {
        ClientBootstrap(group: channel.eventLoop)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port)
            .flatMap { other in
                // Both are on one event loop, so the two handlers may know each other.
                channel.eventLoop.makeCompletedFuture {
                    let (near, far) = (Relay(), Relay())
                    (near.partner, far.partner) = (far, near)
                    try channel.pipeline.syncOperations.addHandler(near)
                    try other.pipeline.syncOperations.addHandler(far)
                }
            }
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        partner = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        partner?.context?.write(wrapOutboundOut(unwrapInboundIn(data)), promise: nil)
    }
    func channelReadComplete(context: ChannelHandlerContext) { partner?.context?.flush() }

    func read(context: ChannelHandlerContext) {
        if partner?.context?.channel.isWritable ?? true {
            context.read()
        } else {
            isReadWaiting = true
        }
    }
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, let partner, partner.isReadWaiting {
            partner.isReadWaiting = false
            partner.context?.read()
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent { partner?.context?.close(mode: .output, promise: nil) }
    }
    func channelInactive(context: ChannelHandlerContext) { partner?.context?.close(promise: nil) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
