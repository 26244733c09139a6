import Synchronization

/// Whether a runtime has been interrupted already.
final class StopCount: Sendable {
    private let count = Atomic<Int>(0)

    /// Notes an interrupt; true when it is not the first.
    func note() -> Bool { count.wrappingAdd(1, ordering: .relaxed).oldValue > 0 }

    func clear() { count.store(0, ordering: .relaxed) }
}
