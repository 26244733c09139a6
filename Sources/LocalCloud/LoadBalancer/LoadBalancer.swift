import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An application load balancer: listeners on a loopback address of its own, each request proxied to a target.
final class LoadBalancer: Sendable {
    private struct State {
        var routing = Routing()
        var channels: [Int: any Channel] = [:]
        var clients: [ObjectIdentifier: any Channel] = [:]
    }
    private let state = Mutex(State())
    let choice = WeightedChoice()
    private let pools: [ObjectIdentifier: NIOLoopBound<UpstreamPool>]
    private static let group = MultiThreadedEventLoopGroup.singleton

    init() {
        var pools: [ObjectIdentifier: NIOLoopBound<UpstreamPool>] = [:]
        for loop in Self.group.makeIterator() {
            pools[ObjectIdentifier(loop)] = try? loop.submit { NIOLoopBound(UpstreamPool(), eventLoop: loop) }.wait()
        }
        self.pools = pools
    }

    var routing: Routing {
        get { state.withLock { $0.routing } }
        set { state.withLock { $0.routing = newValue } }
    }

    /// Idle connections to targets, of one event loop.
    func pool(on loop: any EventLoop) -> UpstreamPool? { pools[ObjectIdentifier(loop)]?.value }

    /// Serves a listener's port at `address`, on `boundPort`.
    ///
    /// - Throws: The system's error when the place is taken or not allowed.
    func listen(port: Int, address: String, boundPort: Int) async throws {
        let channel = try await ServerBootstrap(group: Self.group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    let seconds = self.routing.idleSeconds
                    try pipeline.addHandler(IdleStateHandler(allTimeout: .seconds(seconds)))
                    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: true)
                    try pipeline.addHandler(ProxyHandler(balancer: self, port: port))
                    self.track(channel)
                }
            }
            .bind(host: address, port: boundPort).get()
        state.withLock { $0.channels[port] = channel }
    }

    func isListening(on port: Int) -> Bool { state.withLock { $0.channels[port] != nil } }

    func close(port: Int) async {
        let channel = state.withLock { $0.channels.removeValue(forKey: port) }
        try? await channel?.close()
    }

    /// Closes its listeners and every connection.
    func stop() async {
        let (channels, clients) = state.withLock { state in
            defer { (state.channels, state.clients) = ([:], [:]) }
            return (Array(state.channels.values), Array(state.clients.values))
        }
        for channel in channels + clients { try? await channel.close() }
        for pool in pools.values { pool._eventLoopExecute { $0.closeAll() } }
    }

    private func track(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        state.withLock { $0.clients[id] = channel }
        channel.closeFuture.whenComplete { _ in self.state.withLock { $0.clients[id] = nil } }
    }
}

extension NIOLoopBound {
    fileprivate func _eventLoopExecute(_ body: @escaping @Sendable (Value) -> Void) {
        eventLoop.execute { body(self.value) }
    }
}

/// Connections to targets that wait for their next request. Used on one event loop.
final class UpstreamPool {
    private struct Idle {
        let handler: UpstreamHandler
        let since: NIODeadline
    }
    private var idle: [ObjectIdentifier: [Idle]] = [:]
    /// Shorter than servers keep an idle connection, so that none is taken while the target closes it.
    private static let patience = TimeAmount.seconds(1)
    private static let most = 64

    func take(_ target: Target) -> UpstreamHandler? {
        let id = ObjectIdentifier(target)
        while let last = idle[id]?.popLast() {
            if idle[id]?.isEmpty == true { idle[id] = nil }
            if last.handler.isUsable, NIODeadline.now() - last.since < Self.patience { return last.handler }
            last.handler.close()
        }
        return nil
    }

    func put(_ handler: UpstreamHandler) {
        let id = ObjectIdentifier(handler.target)
        guard handler.isUsable, handler.target.state != .draining, (idle[id]?.count ?? 0) < Self.most else {
            return handler.close()
        }
        idle[id, default: []].append(Idle(handler: handler, since: .now()))
        // A connection that nobody takes is closed here, not by the target.
        handler.closeWhenUnused(after: Self.patience) { [weak self] in
            self?.idle[id]?.removeAll { $0.handler === handler }
            if self?.idle[id]?.isEmpty == true { self?.idle[id] = nil }
        }
    }

    func closeAll() {
        for handlers in idle.values { for entry in handlers { entry.handler.close() } }
        idle = [:]
    }
}
