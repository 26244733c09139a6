import Synchronization

/// The requests that are being answered: a server that stops waits for them, for what they do on the way out (a program that
/// they started, a record that they keep) has nobody to do it for it once the process is gone.
final class RequestCount: Sendable {
    private struct State {
        var running = 0
        var waiting: AsyncStream<Never>.Continuation?
    }

    private let state = Mutex(State())

    func answering<Answer: Sendable>(_ answer: @Sendable () async -> Answer) async -> Answer {
        state.withLock { $0.running += 1 }
        defer {
            let waiting = state.withLock { state in
                state.running -= 1
                return state.running == 0 ? state.waiting : nil
            }
            waiting?.finish()
        }
        return await answer()
    }

    /// Returns when none is left, or after `seconds`: they are cancelled, but may be with something that does not heed it.
    func wait(atMost seconds: Double) async {
        let (ends, waiting) = AsyncStream<Never>.makeStream()
        let isIdle = state.withLock { state in
            state.waiting = waiting
            return state.running == 0
        }
        guard !isIdle else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in ends {} }
            group.addTask { try? await RunningTime.pass(seconds) }
            await group.next()
            group.cancelAll()
        }
    }
}
