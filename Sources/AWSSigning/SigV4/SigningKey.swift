import Synchronization

/// What signatures of one secret, day, region and service have in common: the scope's text, and the key, derived by four
/// HMACs. It is kept, so that a signature costs three hashes.
final class SigningKey: Sendable {
    private struct Scope: Hashable {
        let secret, day, region, service: String
    }

    /// "20150830/eu-west-1/codepipeline/aws4_request"
    let scope: String
    let hmac: HMACSHA256.Key
    private let origin: Scope

    private init(_ origin: Scope) {
        self.origin = origin
        scope = "\(origin.day)/\(origin.region)/\(origin.service)/aws4_request"
        var digest = Digest(.sha256)
        var key = HMACSHA256.Key(Array("AWS4\(origin.secret)".utf8), &digest)
        for part in [origin.day, origin.region, origin.service, "aws4_request"] {
            key = HMACSHA256.Key(key.authenticate(Array(part.utf8), &digest) { Array($0) }, &digest)
        }
        hmac = key
    }

    private struct Kept {
        var keys: [Scope: SigningKey] = [:]
        /// The key that was asked for last: a loop of calls asks for it again, and comparing costs less than hashing.
        var last: SigningKey?
    }

    private static let kept = Mutex(Kept())
    /// Enough for a script over every region and many services; then the cache starts anew.
    private static let limit = 512

    static func derive(secret: String, day: String, region: String, service: String) -> SigningKey {
        let known: SigningKey? = kept.withLock { kept in
            if let last = kept.last, last.origin.day == day, last.origin.service == service,
                last.origin.region == region, last.origin.secret == secret
            {
                return last
            }
            guard let key = kept.keys[Scope(secret: secret, day: day, region: region, service: service)] else {
                return nil
            }
            kept.last = key
            return key
        }
        if let known { return known }
        let derived = SigningKey(Scope(secret: secret, day: day, region: region, service: service))
        kept.withLock { kept in
            if kept.keys.count >= limit { kept.keys.removeAll() }
            kept.keys[derived.origin] = derived
            kept.last = derived
        }
        return derived
    }
}
