import Synchronization

/// The key of one day, region and service, derived from a secret by four HMACs and kept, so that a signature costs
/// three hashes.
enum SigningKey {
    private struct Scope: Hashable {
        let secret, day, region, service: String
    }

    private struct Kept {
        var keys: [Scope: HMACSHA256.Key] = [:]
        /// The key that was asked for last: a loop of calls asks for it again, and comparing costs less than hashing.
        var last: (scope: Scope, key: HMACSHA256.Key)?
    }

    private static let kept = Mutex(Kept())
    /// Enough for a script over every region and many services; then the cache starts anew.
    private static let limit = 512

    static func derive(secret: String, day: some StringProtocol, region: String, service: String) -> HMACSHA256.Key {
        let scope = Scope(secret: secret, day: String(day), region: region, service: service)
        let known: HMACSHA256.Key? = kept.withLock { kept in
            if let last = kept.last, last.scope == scope { return last.key }
            guard let key = kept.keys[scope] else { return nil }
            kept.last = (scope, key)
            return key
        }
        if let known { return known }
        var digest = Digest(.sha256)
        var key = HMACSHA256.Key(Array("AWS4\(secret)".utf8), &digest)
        for part in [scope.day, region, service, "aws4_request"] {
            key = HMACSHA256.Key(key.authenticate(Array(part.utf8), &digest) { Array($0) }, &digest)
        }
        let derived = key
        kept.withLock { kept in
            if kept.keys.count >= limit { kept.keys.removeAll() }
            kept.keys[scope] = derived
            kept.last = (scope, derived)
        }
        return derived
    }
}
