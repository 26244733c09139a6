import Synchronization

/// Whether a runtime has been interrupted already, and whether someone looks at what it does since.
final class StopCount: Sendable {
    private let count = Atomic<Int>(0)

    /// Notes an interrupt; true when it is not the first.
    func note() -> Bool { count.wrappingAdd(1, ordering: .relaxed).oldValue > 0 }

    private let watched = Atomic<Bool>(false)

    /// True when nobody watched until now.
    func beginWatch() -> Bool { watched.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged }

    func endWatch() { watched.store(false, ordering: .relaxed) }

    func clear() { count.store(0, ordering: .relaxed) }
}
