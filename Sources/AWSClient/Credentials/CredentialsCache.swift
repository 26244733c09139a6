import AWSSigning
import Synchronization

/// Credentials that are fetched once, kept, and renewed before they expire.
///
/// Fifteen minutes before the end one caller renews them while the others go on with the old ones, which are kept if
/// that fails; from ten minutes before the end everybody waits for new ones. Credentials that were given for a short time
/// only, such as the quarter of an hour that is the least for a role, are renewed after half of it: they would else be
/// fetched for every call. There is one fetch at a time.
public actor CredentialsCache: CredentialsProvider {
    public static let advisory: Double = 15 * 60
    public static let mandatory: Double = 10 * 60

    public nonisolated let name: String
    private let provider: any CredentialsProvider
    private let clock: any ClientClock
    private let advisory: Double
    private let mandatory: Double
    private var current: Credentials?
    /// The current ones while nobody need think of renewing them, and the moment until then: what nearly every call
    /// finds, without a hop to the actor.
    private nonisolated let kept = Mutex<(credentials: Credentials, until: Double)?>(nil)
    /// Seconds for which the current ones were given.
    private var lifetime = Double.infinity
    private var fetch: Task<Credentials, any Error>?
    /// When the last renewal that was only advised failed, so that not every call tries again.
    private var lastFailure: Double?

    /// - Parameters:
    ///   - advisory: seconds before the end from which one caller renews.
    ///   - mandatory: seconds before the end from which everybody waits.
    public init(
        _ provider: any CredentialsProvider, clock: any ClientClock, advisory: Double = CredentialsCache.advisory,
        mandatory: Double = CredentialsCache.mandatory
    ) {
        self.advisory = advisory
        self.mandatory = mandatory
        self.provider = provider
        self.clock = clock
        name = provider.name
    }

    public func load() async throws -> CredentialsOffer { .found(try await credentials()) }

    /// - Parameter limit: seconds, of the process's own time, after which this caller waits no longer and gets
    ///   ``CredentialsTimeout``; the fetch goes on for the next one.
    public nonisolated func credentials(within limit: Double? = nil) async throws -> Credentials {
        if let fresh { return fresh }
        return try await looked(within: limit)
    }

    /// Those that are there and need not be renewed yet; nil when ``credentials(within:)`` has to wait for them.
    nonisolated var fresh: Credentials? {
        guard let kept = kept.withLock({ $0 }), clock.now < kept.until else { return nil }
        return kept.credentials
    }

    private func looked(within limit: Double?) async throws -> Credentials {
        guard let current else { return try await renewed(within: limit) }
        guard let expiration = current.expiration else { return current }
        let left = expiration - clock.now
        if left > advisoryTime { return current }
        if left > min(mandatory, lifetime / 3) {
            if fetch != nil { return current }
            if let lastFailure, clock.now - lastFailure < 60 { return current }
            do {
                return try await renewed(within: limit)
            } catch is CancellationError {
                throw CancellationError()
            } catch is CredentialsTimeout {
                return current
            } catch {
                lastFailure = clock.now
                return current
            }
        }
        return try await renewed(within: limit)
    }

    /// Forgets what is kept: a service said that it has expired.
    public func invalidate(_ stale: Credentials) {
        guard current?.accessKeyID == stale.accessKeyID, current?.expiration != nil else { return }
        current = nil
        kept.withLock { $0 = nil }
    }

    /// A caller that is cancelled, or has no more time, stops waiting at once; the fetch goes on for the others.
    private func renewed(within limit: Double?) async throws -> Credentials {
        let task = fetch ?? startFetch()
        let waiting = OneShotBox<Result<Credentials, any Error>>()
        let source = name
        let alarm = limit.map { limit in
            Task {
                try await Task.sleep(for: .seconds(max(0, limit)))
                waiting.resume(.failure(CredentialsTimeout(source: source)))
            }
        }
        defer { alarm?.cancel() }
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiting.set(continuation)
                Task { waiting.resume(await task.result) }
            }
        } onCancel: {
            waiting.resume(.failure(CancellationError()))
        }.get()
    }

    /// Seconds before the end from which the current credentials are worth renewing.
    private var advisoryTime: Double { min(advisory, lifetime / 2) }

    private func startFetch() -> Task<Credentials, any Error> {
        let provider = provider
        let task = Task {
            let result: Result<Credentials, any Error>
            do {
                switch try await provider.load() {
                case .found(let credentials): result = .success(credentials)
                case .nothing(let reason): result = .failure(CredentialsFailure("\(provider.name): \(reason)"))
                }
            } catch { result = .failure(error) }
            return try finish(result)
        }
        fetch = task
        return task
    }

    private func finish(_ result: Result<Credentials, any Error>) throws -> Credentials {
        fetch = nil
        let credentials = try result.get()
        if let expiration = credentials.expiration, expiration <= clock.now {
            throw CredentialsFailure("\(credentials.source) gave credentials that have expired already; sign in again")
        }
        current = credentials
        lifetime = credentials.expiration.map { $0 - clock.now } ?? .infinity
        let until = credentials.expiration.map { $0 - advisoryTime } ?? .infinity
        kept.withLock { $0 = (credentials, until) }
        lastFailure = nil
        return credentials
    }
}

/// Credentials that did not come in the time that a call had for them.
public struct CredentialsTimeout: Error, Sendable {
    public let source: String
}
