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

    /// Lets the lock go and waits for a signal, for at most `milliseconds`; to be called with the lock held. It may return
    /// for no reason.
    /// - Returns: false when the time is over.
    @discardableResult func wait(milliseconds: Int?) -> Bool {
        condition.wait(nanoseconds: milliseconds.map { Int64($0) * 1_000_000 })
    }
}
