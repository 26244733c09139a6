import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The time that a runtime's timers go by.
public protocol RuntimeClock: AnyObject, Sendable {
    /// Nanoseconds since a start of the clock's own choice; never goes back.
    var now: Int64 { get }
    /// Seconds since 1970-01-01T00:00:00Z.
    var timeOfDay: Double { get }
    /// Whether time passes by itself, so that the runtime's thread can sleep until a deadline.
    var isReal: Bool { get }
    /// Adds what is to be called when time was moved by hand.
    func onChange(_ wake: @escaping @Sendable () -> Void)
    /// The runtime has nothing to do before `deadline`, and nothing under way that could give it something.
    func idle(until deadline: Int64)
}

/// The machine's clocks.
public final class SystemClock: RuntimeClock {
    public init() {}

    public var now: Int64 { read(CLOCK_MONOTONIC) }
    public var timeOfDay: Double { Double(read(CLOCK_REALTIME)) / 1e9 }
    public var isReal: Bool { true }
    public func onChange(_ wake: @escaping @Sendable () -> Void) {}
    public func idle(until deadline: Int64) {}

    private func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// A clock for tests: time moves when it is told to or, with `jumps`, when a runtime has nothing else to do than to wait
/// for a timer. A script that sleeps for an hour then takes no time, and always does the same.
public final class VirtualClock: RuntimeClock {
    private struct State {
        var now: Int64 = 0
        var wakes: [@Sendable () -> Void] = []
    }
    private let state = Mutex(State())
    private let start: Double
    private let jumps: Bool

    /// - Parameter start: what ``timeOfDay`` begins with, in seconds since 1970.
    public init(start: Double = 1_700_000_000, jumps: Bool = true) {
        self.start = start
        self.jumps = jumps
    }

    public var now: Int64 { state.withLock { $0.now } }
    public var timeOfDay: Double { start + Double(now) / 1e9 }
    public var isReal: Bool { false }

    public func onChange(_ wake: @escaping @Sendable () -> Void) { state.withLock { $0.wakes.append(wake) } }

    public func idle(until deadline: Int64) {
        if jumps { state.withLock { $0.now = max($0.now, deadline) } }
    }

    /// Moves time on, and runs the timers of all runtimes that use this clock.
    public func advance(seconds: Double) {
        let wakes = state.withLock { state in
            state.now += Int64(seconds * 1e9)
            return state.wakes
        }
        for wake in wakes { wake() }
    }
}
