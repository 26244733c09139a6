import NIOCore

/// Limits of real time for what this machine itself has to do: starting a sandbox, answering a connection.
///
/// A machine that stood still (suspended, or without processor time) finds its timers due as soon as it goes on, together with
/// what they guard, which had no time either. So a limit that is reached late counts again from its beginning.
enum RunningTime {
    /// Whether a timer that comes so late found that the machine had stood still: a busy one makes it less late.
    static func stoodStill(_ delay: TimeAmount) -> Bool { delay > .seconds(1) }

    /// Returns when `seconds` have passed in which this process ran.
    static func pass(_ seconds: Double) async throws {
        let wanted = Duration.nanoseconds(Int64(max(0, min(seconds, 1e9)) * 1e9))
        var due: ContinuousClock.Instant
        repeat {
            due = .now + wanted
            try await Task.sleep(for: wanted)
        } while stoodStill(TimeAmount(due.duration(to: .now)))
    }
}
