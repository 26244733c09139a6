import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Tells when descriptors can be read: one thread in poll(2) for all sandboxes' pipes and connections.
///
/// Not DispatchSource: on Linux its event loop uses the memory of a source that another thread is just cancelling (it was
/// seen to crash when several instances booted), and hundreds of short pipes make that likely. Events here carry a number
/// that is looked up, never a pointer.
final class DescriptorPoller: Sendable {
    static let shared = DescriptorPoller()

    private struct Entry {
        let descriptor: Int32
        let queue: DispatchQueue
        /// Reads what there is; false when the descriptor is not to be watched any more.
        let readable: @Sendable () -> Bool
        /// Not while `readable` is on its way: it never runs twice at once.
        var isArmed = true
    }
    private struct State {
        var entries: [UInt64: Entry] = [:]
        var next: UInt64 = 0
        var isRunning = false
        var isWoken = false
    }
    private let state = Mutex(State())
    /// A byte in it ends a poll, so that the next one sees what has changed.
    private let wakeEnds: (reading: Int32, writing: Int32)

    private init() {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "no pipe for the poller: \(errorText())")
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        wakeEnds = (ends[0], ends[1])
    }

    /// Calls `readable` on `queue` each time that there is something to read.
    ///
    /// - Returns: A number for ``forget(_:)``, which has to be called before the descriptor is closed.
    func watch(_ descriptor: Int32, queue: DispatchQueue, readable: @escaping @Sendable () -> Bool) -> UInt64 {
        let (token, isFirst) = state.withLock { state in
            state.next += 1
            state.entries[state.next] = Entry(descriptor: descriptor, queue: queue, readable: readable)
            let isFirst = !state.isRunning
            state.isRunning = true
            return (state.next, isFirst)
        }
        if isFirst { startThread() }
        wake()
        return token
    }

    /// What is on its way to the thread already is dropped there: its number is not known any more.
    func forget(_ token: UInt64) { state.withLock { $0.entries[token] = nil } }

    private func wake() {
        let isNeeded = state.withLock { state in
            defer { state.isWoken = true }
            return !state.isWoken
        }
        if isNeeded { _ = write(wakeEnds.writing, "w", 1) }
    }

    private func startThread() {
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let poller = Unmanaged<DescriptorPoller>.fromOpaque(context).takeUnretainedValue()
                while true { poller.deliver() }
            }, Unmanaged.passUnretained(self).toOpaque())  // `shared` lives for ever
    }

    private func deliver() {
        var polls = [pollfd(fd: wakeEnds.reading, events: Int16(POLLIN), revents: 0)]
        var tokens: [UInt64] = [0]
        state.withLock { state in
            for (token, entry) in state.entries where entry.isArmed {
                polls.append(pollfd(fd: entry.descriptor, events: Int16(POLLIN), revents: 0))
                tokens.append(token)
            }
        }
        guard poll(&polls, nfds_t(polls.count), -1) > 0 else { return }
        if polls[0].revents != 0 {
            var bytes = [UInt8](repeating: 0, count: 64)
            while read(wakeEnds.reading, &bytes, bytes.count) > 0 {}
            // In this order: what wakes in between writes no byte, and is seen by the next round, which comes at once.
            state.withLock { $0.isWoken = false }
        }
        for (at, token) in tokens.enumerated() where at > 0 && polls[at].revents != 0 {
            let entry = state.withLock { state in
                state.entries[token]?.isArmed = false
                return state.entries[token]
            }
            guard let entry else { continue }
            entry.queue.async { [self] in
                guard entry.readable() else { return forget(token) }
                state.withLock { $0.entries[token]?.isArmed = true }
                wake()
            }
        }
    }
}
