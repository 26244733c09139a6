import CCurlShim
import Synchronization

/// A thread that has a loop of its own, and performs the transfers that it began itself whenever it would else sleep.
///
/// Elsewhere an answer arrives on the transport's thread, which wakes the one that waits for it: two changes of threads a
/// request. A loop that knows of its driver saves them:
///
/// ```swift
/// driver.attach()                                  // once, on the thread
/// while let job = jobs.next() { run(job) }
/// if driver.hasTransfers { driver.drive(milliseconds: nil) { !jobs.isEmpty } } else { sleep() }
/// ```
/// A driver that stays away for long (it computes) loses nothing but this: the transport's thread takes over.
public final class TransportDriver: Sendable {
    /// Where its transfers are; it drives one transport at a time.
    private let engine = Mutex<TransferEngine?>(nil)
    private let count = Atomic<Int>(0)

    public init() {}

    // MARK: On the thread

    /// Makes it the calling thread's. The thread must call ``detach()`` before it ends.
    public func attach() { awscicd_set_thread_driver(Unmanaged.passUnretained(self).toOpaque()) }

    public func detach() { awscicd_set_thread_driver(nil) }

    /// Whether transfers that began on this thread are under way.
    public var hasTransfers: Bool { transfers > 0 }

    /// Performs transfers until `isWanted`, asked after each step, says that there is something else to do, until
    /// ``interrupt()``, or until none of this thread's is left.
    /// - Parameter milliseconds: how long at most; 0 to do only what needs no waiting.
    /// - Returns: false when another thread performs them; a sleep is then ended as it would be without this.
    public func drive(milliseconds: Int?, until isWanted: () -> Bool) -> Bool {
        guard hasTransfers, let engine = engine.withLock({ $0 }) else { return false }
        return engine.lead(self, milliseconds: milliseconds, until: isWanted)
    }

    // MARK: From any thread

    /// Ends ``drive(milliseconds:until:)``, now or as soon as it is called.
    public func interrupt() { engine.withLock { $0 }?.interrupt() }

    // MARK: The engine's

    static var current: TransportDriver? {
        awscicd_thread_driver().map { Unmanaged<TransportDriver>.fromOpaque($0).takeUnretainedValue() }
    }

    var transfers: Int { count.load(ordering: .relaxed) }

    /// On the thread: itself, when a transfer that begins now is one of its own.
    func join(_ other: TransferEngine) -> TransportDriver? {
        let isOurs = engine.withLock { engine in
            if engine === other { return true }
            if hasTransfers { return false }
            engine = other
            return true
        }
        guard isOurs else { return nil }
        count.add(1, ordering: .relaxed)
        return self
    }

    func drives(_ other: TransferEngine) -> Bool { hasTransfers && engine.withLock { $0 === other } }

    /// One of its transfers has ended.
    func leave() { count.subtract(1, ordering: .relaxed) }
}
