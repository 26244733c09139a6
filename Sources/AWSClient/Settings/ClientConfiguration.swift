import AWSModel
import AWSSigning

/// What a client is to do differently from the environment and the profile. Everything has a default.
public struct ClientConfiguration: Sendable {
    /// Environment, files and credentials, shared by the clients of one user.
    public var session: AWSSession
    public var region: String?
    public var profile: String?
    /// In place of the service's own: "http://127.0.0.1:4566".
    public var endpoint: String?
    public var credentials: CredentialsChoice
    public var retryMode: RetryMode?
    /// Attempts of a call, the first one included.
    public var maxAttempts: Int?
    /// Seconds for a call with all its attempts and waits; nil for no limit.
    public var callTimeout: Double?
    public var connectTimeout: Double
    /// Seconds without a byte.
    public var readTimeout: Double
    public var usesFIPS: Bool?
    public var usesDualStack: Bool?
    public var ignoresConfiguredEndpoints: Bool?
    public var caBundle: String?
    public var s3: S3Options
    /// Endpoint parameters that the service's model names, such as `ForcePathStyle`.
    public var endpointParameters: AWSMap
    /// Around each call, the first one outermost; see ``Interceptor``.
    public var interceptors: [any Interceptor]
    /// Told of each call, attempt and wait; nothing that it gets is secret.
    public var trace: (@Sendable (TraceEvent) -> Void)?

    public init(session: AWSSession = .shared) {
        self.session = session
        credentials = .chain
        connectTimeout = 10
        readTimeout = 60
        s3 = S3Options()
        endpointParameters = [:]
        interceptors = []
    }
}

/// Where a client's credentials come from.
public enum CredentialsChoice: Sendable {
    /// Found as the AWS CLI and the SDKs find them; see ``CredentialsChain``.
    case chain
    case fixed(Credentials)
    case provider(any CredentialsProvider)
    /// Requests are not signed.
    case anonymous
}

/// What the clients of one user share: the environment, the settings files (read once), the credentials (fetched once
/// for each profile) and the transport.
public final class AWSSession: Sendable {
    public static let shared = AWSSession()

    public let environment: Environment
    public let transport: HTTPTransport
    public let clock: any ClientClock
    /// Asks a person for a one-time code of the device with this serial number; nil where nobody can be asked.
    public let promptForMFA: (@Sendable (_ serialNumber: String) async throws -> String)?
    let cache: SessionCache

    public init(
        environment: Environment = .process, transport: HTTPTransport = .shared, clock: any ClientClock = SystemClock(),
        promptForMFA: (@Sendable (_ serialNumber: String) async throws -> String)? = nil
    ) {
        self.environment = environment
        self.transport = transport
        self.clock = clock
        self.promptForMFA = promptForMFA
        cache = SessionCache()
    }

    /// The same, for what fetches credentials that `other` keeps: holding `other` itself, they would keep it for ever.
    init(fetchingFor other: AWSSession) {
        environment = other.environment
        transport = other.transport
        clock = other.clock
        promptForMFA = other.promptForMFA
        cache = SessionCache(sharingFilesOf: other.cache)
    }

    /// The settings files, read on first use.
    public func sharedConfig() throws(SettingsFailure) -> SharedConfig {
        try cache.sharedConfig { () throws(SettingsFailure) in try SharedConfig(environment: environment) }
    }

    /// The profile that counts: the one named here, else `AWS_PROFILE`, else "default".
    public func profileName(_ explicit: String? = nil) -> String {
        explicit ?? environment["AWS_PROFILE"] ?? environment["AWS_DEFAULT_PROFILE"] ?? "default"
    }

    var namesProfile: Bool { environment["AWS_PROFILE"] ?? environment["AWS_DEFAULT_PROFILE"] != nil }
}
