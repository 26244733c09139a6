import Synchronization

/// Holds the rate of requests down after throttling and lets it grow again, as TCP's CUBIC does: the mode "adaptive".
///
/// Source: the adaptive retry mode of AWS's SDKs and Tools Reference Guide; the constants are the ones all SDKs share.
final class AdaptiveLimiter: Sendable {
    private static let beta = 0.7
    private static let scale = 0.4
    private static let smoothing = 0.8
    private static let minimumRate = 0.5

    private struct State {
        var isEnabled = false
        // The measured rate, over half seconds.
        var measuredRate = 0.0
        var bucketStart: Double
        var requestsInBucket = 0.0
        // CUBIC.
        var lastMaximum = 0.0
        var lastThrottled: Double
        var timeWindow = 0.0
        // The bucket of tokens that sending takes from.
        var fillRate = 0.0
        var capacity = 0.0
        var tokens = 0.0
        var lastFill: Double
    }

    private let clock: any ClientClock
    private let state: Mutex<State>

    init(clock: any ClientClock) {
        self.clock = clock
        let now = clock.now
        state = Mutex(State(bucketStart: now.rounded(.down), lastThrottled: now, lastFill: now))
    }

    /// Waits until a request may be sent.
    ///
    /// - Parameter limit: seconds that the caller has; nil for any time.
    /// - Returns: false, at once, when that is too short.
    @discardableResult func acquire(within limit: Double? = nil) async throws -> Bool {
        let wait: Double? = state.withLock { state in
            guard state.isEnabled else { return 0 }
            fill(&state)
            let wait = max(0, (1 - state.tokens) / state.fillRate)
            if let limit, wait > 0, wait >= limit { return nil }
            // A debt keeps the order of those who wait: each waits for its own token.
            state.tokens -= 1
            return wait
        }
        guard let wait else { return false }
        if wait > 0 { try await clock.sleep(seconds: wait) }
        return true
    }

    /// Learns from an answer.
    func record(throttled: Bool) {
        state.withLock { state in
            let now = clock.now
            measure(&state, now)
            let rate: Double
            if throttled {
                let used = state.isEnabled ? min(state.measuredRate, state.fillRate) : state.measuredRate
                state.lastMaximum = used
                state.timeWindow = Self.cubeRoot(used * (1 - Self.beta) / Self.scale)
                state.lastThrottled = now
                state.isEnabled = true
                rate = used * Self.beta
            } else {
                let time = now - state.lastThrottled - state.timeWindow
                rate = Self.scale * time * time * time + state.lastMaximum
            }
            fill(&state)
            state.fillRate = max(min(rate, 2 * state.measuredRate), Self.minimumRate)
            state.capacity = max(state.fillRate, 1)
            state.tokens = min(state.tokens, state.capacity)
        }
    }

    var rate: Double { state.withLock { $0.fillRate } }

    private func measure(_ state: inout State, _ now: Double) {
        let bucket = (now * 2).rounded(.down) / 2
        state.requestsInBucket += 1
        guard bucket > state.bucketStart else { return }
        let rate = state.requestsInBucket / (bucket - state.bucketStart)
        state.measuredRate = rate * Self.smoothing + state.measuredRate * (1 - Self.smoothing)
        state.requestsInBucket = 0
        state.bucketStart = bucket
    }

    private func fill(_ state: inout State) {
        let now = clock.now
        state.tokens = min(state.capacity, state.tokens + (now - state.lastFill) * state.fillRate)
        state.lastFill = now
    }

    /// Newton's iteration: no mathematics library is needed for one root.
    private static func cubeRoot(_ value: Double) -> Double {
        guard value > 0 else { return 0 }
        var root = max(value, 1)
        for _ in 0..<100 {
            let next = (2 * root + value / (root * root)) / 3
            if abs(next - root) < 1e-12 * root { return next }
            root = next
        }
        return root
    }
}
