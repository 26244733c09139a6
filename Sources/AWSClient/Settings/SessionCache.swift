import Synchronization

/// What a session keeps once it is known.
final class SessionCache: Sendable {
    private let config: SharedConfigCache
    private let credentials = Mutex<[String: CredentialsCache]>([:])

    init() { config = SharedConfigCache() }

    /// With the same settings files, and credentials of its own.
    init(sharingFilesOf other: SessionCache) { config = other.config }

    func sharedConfig(_ read: () throws(SettingsFailure) -> SharedConfig) throws(SettingsFailure) -> SharedConfig {
        try config.value(read)
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

/// The settings files, read once, or why they cannot be read.
private final class SharedConfigCache: Sendable {
    private let known = Mutex<Result<SharedConfig, SettingsFailure>?>(nil)

    func value(_ read: () throws(SettingsFailure) -> SharedConfig) throws(SettingsFailure) -> SharedConfig {
        if let known = known.withLock({ $0 }) { return try known.get() }
        let result: Result<SharedConfig, SettingsFailure>
        do throws(SettingsFailure) { result = .success(try read()) } catch { result = .failure(error) }
        known.withLock { $0 = result }
        return try result.get()
    }
}
