import Synchronization

/// What a session keeps once it is known.
final class SessionCache: Sendable {
    private let config = Mutex<Result<SharedConfig, SettingsFailure>?>(nil)
    private let credentials = Mutex<[String: CredentialsCache]>([:])

    func sharedConfig(_ read: () throws(SettingsFailure) -> SharedConfig) throws(SettingsFailure) -> SharedConfig {
        if let known = config.withLock({ $0 }) { return try known.get() }
        let result: Result<SharedConfig, SettingsFailure>
        do throws(SettingsFailure) { result = .success(try read()) } catch { result = .failure(error) }
        config.withLock { $0 = result }
        return try result.get()
    }

    /// The credentials of one profile and way to get them, so that all clients refresh them together.
    func credentials(_ key: String, make: () -> CredentialsCache) -> CredentialsCache {
        credentials.withLock { caches in
            if let known = caches[key] { return known }
            let made = make()
            caches[key] = made
            return made
        }
    }
}
