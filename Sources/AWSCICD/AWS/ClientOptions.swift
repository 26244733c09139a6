import AWSClient
import AWSModel
import AWSSigning
import LuaVM

extension ClientConfiguration {
    /// What `aws.client{…}` and `aws.model(json, {…})` may say: `region`, `profile`, `endpoint`, `credentials`
    /// (`{access_key_id=, secret_access_key=, session_token=}`), `anonymous`, `retries`, `retry_mode`, `timeout`,
    /// `connect_timeout`, `read_timeout`, `fips`, `dual_stack`, `path_style`, `ca_bundle`, `role`…
    mutating func apply(_ options: inout LuaOptions, _ permissions: Permissions) throws {
        if let region = try options.string("region") { self.region = region }
        if let profile = try options.string("profile") {
            self.profile = profile
            credentials = .chain
        }
        if let endpoint = try options.string("endpoint") {
            // What cannot be read cannot be permitted either.
            guard let target = try? HTTPTarget(endpoint) else {
                throw LuaMessage("the endpoint must be a URL such as https://host:port, not \"\(endpoint)\"")
            }
            try permissions.check(target)
            self.endpoint = endpoint
        }
        if let fixed = try Self.credentials(&options) { credentials = .fixed(fixed) }
        if try options.bool("anonymous") == true { credentials = .anonymous }
        if let retries = try options.retries() { maxAttempts = retries + 1 }
        if let mode = try options.string("retry_mode") {
            guard let known = RetryMode(rawValue: mode) else {
                throw LuaMessage(
                    "retry_mode must be one of \(RetryMode.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            retryMode = known
        }
        if let timeout = try options.duration("timeout") { callTimeout = timeout }
        if let timeout = try options.duration("connect_timeout") { connectTimeout = timeout }
        if let timeout = try options.duration("read_timeout") { readTimeout = timeout }
        if let value = try options.bool("fips") { usesFIPS = value }
        if let value = try options.bool("dual_stack") { usesDualStack = value }
        if let value = try options.bool("path_style") { endpointParameters["ForcePathStyle"] = .bool(value) }
        if let value = try options.string("ca_bundle") {
            try permissions.checkReading(FSPath(value))
            caBundle = value
        }
        try assumeRole(&options)
    }

    private static func credentials(_ options: inout LuaOptions) throws -> Credentials? {
        guard let map = try options.stringMap("credentials") else { return nil }
        func value(_ name: String) -> String? { map.first { $0.name == name }?.value }
        let known = ["access_key_id", "secret_access_key", "session_token"]
        if let unknown = map.first(where: { !known.contains($0.name) })?.name {
            let hint = Suggestion.closest(to: unknown, among: known).map { "; did you mean \($0)?" } ?? ""
            throw LuaMessage("credentials has no '\(unknown)'\(hint)")
        }
        guard let key = value("access_key_id"), let secret = value("secret_access_key") else {
            throw LuaMessage("credentials needs access_key_id and secret_access_key")
        }
        return Credentials(
            accessKeyID: key, secretAccessKey: secret, sessionToken: value("session_token"), source: "the script")
    }
}

extension ClientConfiguration {
    /// `role` (its ARN), with `role_session_name`, `external_id`, `role_duration`: the role is assumed with the
    /// credentials that the other options name.
    private mutating func assumeRole(_ options: inout LuaOptions) throws {
        let role = try options.string("role")
        let sessionName = try options.string("role_session_name")
        let externalID = try options.string("external_id")
        let duration = try options.duration("role_duration")
        guard let role else {
            if sessionName != nil || externalID != nil || duration != nil {
                throw LuaMessage("role_session_name, external_id and role_duration go with role")
            }
            return
        }
        let provider = AssumedRole(
            role: role, sessionName: sessionName ?? "awscicd", externalID: externalID, duration: duration ?? 3600,
            base: self)
        // One cache for all services: the role is assumed once.
        credentials = .provider(CredentialsCache(provider, clock: session.clock))
    }
}
