import Synchronization

/// The key of one day, region and service, derived from a secret by four HMACs and kept, so that a signature costs
/// three hashes.
enum SigningKey {
    private struct Scope: Hashable {
        let secret, day, region, service: String
    }

    private static let cache = Mutex<[Scope: [UInt8]]>([:])
    /// Enough for a script over every region and many services; then the cache starts anew.
    private static let limit = 512

    static func derive(secret: String, day: some StringProtocol, region: String, service: String) -> [UInt8] {
        let scope = Scope(secret: secret, day: String(day), region: region, service: service)
        if let key = cache.withLock({ $0[scope] }) { return key }
        var key = HMACSHA256.authenticate(Array(scope.day.utf8), key: Array("AWS4\(secret)".utf8))
        for part in [region, service, "aws4_request"] { key = HMACSHA256.authenticate(Array(part.utf8), key: key) }
        let derived = key
        cache.withLock { keys in
            if keys.count >= limit { keys.removeAll() }
            keys[scope] = derived
        }
        return derived
    }
}
