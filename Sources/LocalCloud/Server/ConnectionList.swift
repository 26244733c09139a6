import NIOCore
import Synchronization

/// The open connections, so that they can be counted and closed.
final class ConnectionList: Sendable {
    private struct State {
        var open: [ObjectIdentifier: any Channel] = [:]
        /// None is taken any more.
        var isClosed = false
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Keeps a connection until it closes; false when there are too many.
    func add(_ channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let isAdded = state.withLock { state in
            guard !state.isClosed, state.open.count < limit else { return false }
            state.open[id] = channel
            return true
        }
        guard isAdded else { return false }
        channel.closeFuture.whenComplete { [self] _ in
            state.withLock { $0.open[id] = nil }
        }
        return true
    }

    /// Returns when every connection is closed.
    func closeAll() async {
        let channels = state.withLock { state in
            state.isClosed = true
            return Array(state.open.values)
        }
        for channel in channels { channel.close(promise: nil) }
        for channel in channels { try? await channel.closeFuture.get() }
    }
}
