import Synchronization

/// Tells any number of tasks that something has changed: each looks, notes how often the bell has rung, and waits for the
/// next time. What rings between the look and the wait is not missed.
final class Bell: Sendable {
    private struct State {
        var rings = 0
        var nextNumber = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    }
    private let state = Mutex(State())

    /// How often it has rung: to be read before what it is about.
    var rings: Int { state.withLock { $0.rings } }

    func ring() {
        let waiting = state.withLock { state in
            state.rings += 1
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume() }
    }

    /// Returns when it has rung more than `seen` times, or when the task is cancelled.
    func wait(after seen: Int) async {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    if state.rings != seen || Task.isCancelled { return true }
                    state.waiting[number] = continuation
                    return false
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
        }
    }

    /// Waits until `condition` holds, or the task is cancelled.
    func wait(until condition: () -> Bool) async {
        while true {
            let seen = rings
            if condition() || Task.isCancelled { return }
            await wait(after: seen)
        }
    }
}
