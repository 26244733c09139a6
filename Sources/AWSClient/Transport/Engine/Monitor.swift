/// State that a lock guards, and a signal that one thread waits for.
///
/// Unchecked: the state is only reached with the lock held.
final class Monitor<State: ~Copyable>: @unchecked Sendable {
    private let condition = MonotonicCondition()
    private var state: State

    init(_ state: consuming State) { self.state = state }

    @inline(__always)
    func withLock<Result>(_ body: (inout State) -> Result) -> Result {
        condition.lock()
        defer { condition.unlock() }
        return body(&state)
    }

    func signal() { condition.signal() }

    /// What a look at the state says: there is a result, or there may be one after a signal, or in some milliseconds.
    enum Look<Result> {
        case done(Result)
        case wait(milliseconds: Int?)
    }

    /// Looks at the state until there is a result; between two looks the lock is let go. A wait may end for no reason.
    ///
    /// Each look has the state anew. Within one it is this thread's alone, as far as the compiler knows: a loop that waited
    /// there would not have to read it again.
    ///
    /// - Parameter look: is also told whether something was signalled, which is false when the time was over.
    func wait<Result>(_ look: (inout State, _ isSignalled: Bool) -> Look<Result>) -> Result {
        condition.lock()
        defer { condition.unlock() }
        var isSignalled = true
        while true {
            switch look(&state, isSignalled) {
            case .done(let result): return result
            case .wait(let milliseconds):
                isSignalled = condition.wait(nanoseconds: milliseconds.map { Int64($0) * 1_000_000 })
            }
        }
    }
}
