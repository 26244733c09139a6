public import AWSClient

/// What the clients of a runtime's `aws` begin with; `aws.client{…}` builds on it. Read when a script uses `aws` first,
/// so that the environment of then counts.
public struct AWSSettings: Sendable {
    public var region: String?
    public var profile: String?
    /// In place of every service's own: "http://127.0.0.1:4566".
    public var endpoint: String?
    /// Environment, credentials and transport; nil for the process's own.
    public var session: AWSSession?
    /// Whether a profile with `mfa_serial` may ask for its code at the terminal; without a terminal, or with a session of
    /// the host's own, it fails and says so.
    public var asksAtTerminal = false
    public var credentials: CredentialsChoice?
    /// Around each call, the first one outermost: permissions, plan mode, journal, recording.
    public var interceptors: [any Interceptor] = []
    /// Told of each call, attempt and wait.
    public var trace: (@Sendable (TraceEvent) -> Void)?

    public init() {}

    var clientConfiguration: ClientConfiguration {
        let prompt = asksAtTerminal ? MFAPrompt.atTerminal : nil
        var configuration = ClientConfiguration(
            session: session ?? prompt.map { AWSSession(promptForMFA: $0) } ?? .shared)
        configuration.region = region
        configuration.profile = profile
        configuration.endpoint = endpoint
        if let credentials { configuration.credentials = credentials }
        configuration.interceptors = interceptors
        configuration.trace = trace
        return configuration
    }
}
