import Synchronization

/// What retries of a client may cost together: a service that is down is not asked three times by everybody.
final class RetryQuota: Sendable {
    static let capacity = 500
    private let available = Mutex(RetryQuota.capacity)

    static func cost(_ kind: RetryRules.Class) -> Int { kind == .throttling ? 5 : 14 }

    /// False when there is too little left; then nothing is taken.
    func acquire(_ amount: Int) -> Bool {
        available.withLock { available in
            if amount > available { return false }
            available -= amount
            return true
        }
    }

    /// What a success gives back: the cost of its last retry, or one.
    func release(_ amount: Int) {
        available.withLock { $0 = min($0 + amount, Self.capacity) }
    }

    var left: Int { available.withLock { $0 } }
}
