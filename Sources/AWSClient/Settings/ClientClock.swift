#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Time as a client sees it: what signs, expires and waits. Tests give one that does not wait.
public protocol ClientClock: Sendable {
    /// Seconds since 1970.
    var now: Double { get }
    /// A number in 0..<1: the jitter of the waits between attempts.
    var random: Double { get }
    func sleep(seconds: Double) async throws
}

public struct SystemClock: ClientClock {
    public init() {}

    public var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    public var random: Double { .random(in: 0..<1) }

    public func sleep(seconds: Double) async throws {
        if seconds > 0 { try await Task.sleep(for: .seconds(seconds)) }
    }
}
