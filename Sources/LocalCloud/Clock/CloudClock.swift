import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// How AWS's own waits pass.
public enum ClockMode: String, Sendable, CaseIterable {
    /// Shortened a hundredfold, to a minute at most.
    case fast
    case real
    /// Only when ``CloudClock/advance(by:)`` is called.
    case manual
}

/// The cloud's time. There are three kinds of waiting:
///
/// - ``sleep(aws:)``: AWS's own waits (draining, lingering interfaces, recovery windows, wait times), which `fast` shortens;
/// - ``sleep(limit:)``: limits that a user set or that people meet (an approval's days), never shortened, but a manual clock
///   passes them;
/// - ``sleep(real:)``: whatever real programs need (polling, time-outs of hooks and builds), always real.
public final class CloudClock: Sendable {
    private struct Sleeper {
        let due: Double
        let continuation: CheckedContinuation<Void, any Error>
    }
    private struct State {
        var offset = 0.0
        var nextID = 0
        var sleepers: [Int: Sleeper] = [:]
        var cancelled: Set<Int> = []
    }

    public let mode: ClockMode
    private let state = Mutex(State())

    private let started = CloudClock.realNow

    public init(_ mode: ClockMode) { self.mode = mode }

    /// Epoch seconds, with what a test advanced.
    ///
    /// A manual clock starts at a whole minute, and a thousandth of real time passes on it: what happens one after the other
    /// is stamped in that order, and a slow machine reaches no next minute that nobody advanced to.
    public var now: Double {
        let offset = state.withLock { $0.offset }
        guard mode == .manual else { return Self.realNow + offset }
        return (started / 60).rounded(.down) * 60 + (Self.realNow - started) / 1000 + offset
    }

    /// Epoch seconds of the host: for signatures and files.
    public static var realNow: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// How long one of AWS's own waits takes here, in seconds of ``now``: for states that are computed from a point in time.
    public func duration(aws seconds: Double) -> Double {
        mode == .fast ? min(seconds / 100, 60) : seconds
    }

    /// How many wait for a manual clock: a test advances it once those that it expects are there.
    public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    // Each stays on its caller's actor: what `advance` wakes there is next in the actor's order, before `advance` returns.
    public func sleep(aws seconds: Double, isolation: isolated (any Actor)? = #isolation) async throws {
        if mode == .manual {
            try await sleepUntilAdvanced(seconds)
        } else {
            try await sleep(real: duration(aws: seconds))
        }
    }

    public func sleep(limit seconds: Double, isolation: isolated (any Actor)? = #isolation) async throws {
        if mode == .manual { try await sleepUntilAdvanced(seconds) } else { try await sleep(real: seconds) }
    }

    public func sleep(real seconds: Double) async throws {
        try await Task.sleep(nanoseconds: UInt64(min(max(0, seconds), 1e9) * 1e9))
    }

    /// Lets `seconds` pass on a manual clock: whoever waits for a moment in them goes on, in the order of those moments.
    public func advance(by seconds: Double) async {
        let target = state.withLock { $0.offset } + seconds
        while true {
            let due: Sleeper? = state.withLock { state in
                let next = state.sleepers.min { ($0.value.due, $0.key) < ($1.value.due, $1.key) }
                guard let next, next.value.due <= target else {
                    state.offset = max(state.offset, target)
                    return nil
                }
                state.offset = max(state.offset, next.value.due)
                return state.sleepers.removeValue(forKey: next.key)
            }
            guard let due else { return }
            due.continuation.resume()
            // What was woken may wait again for a moment before the target.
            for _ in 0..<20 { await Task.yield() }
            await CloudActor.shared.pass()
        }
    }

    private func sleepUntilAdvanced(_ seconds: Double, isolation: isolated (any Actor)? = #isolation) async throws {
        guard seconds > 0 else { return try Task.checkCancellation() }
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return true }
                    state.sleepers[id] = Sleeper(due: state.offset + seconds, continuation: continuation)
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: id)
                if sleeper == nil { state.cancelled.insert(id) }
                return sleeper
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}

extension CloudActor {
    /// Returns after what is queued on the actor now.
    func pass() async {
        for _ in 0..<20 { await Task.yield() }
    }
}
