import AWSModel
import AWSSigning
import Synchronization

/// What all calls of a client share: settings, endpoints, credentials, the retry quota and the clock's offset.
final class ClientContext: Sendable {
    let service: ServiceModel
    let customs: ServiceCustoms?
    let configuration: ClientConfiguration
    let settings: Settings
    let endpoints: EndpointResolver
    let discovery: EndpointDiscovery
    let quota = RetryQuota()
    let limiter: AdaptiveLimiter?
    /// Seconds to add to our clock to get the service's.
    let clockOffset = Mutex(0.0)
    /// Regions of buckets that turned out not to be in the client's region.
    let bucketRegions = Mutex<[String: String]>([:])
    let credentials: CredentialsCache?
    let requestIDPrefix = SecureRandom.uuid()

    var session: AWSSession { configuration.session }
    var clock: any ClientClock { configuration.session.clock }

    init(service: ServiceModel, configuration: ClientConfiguration) throws(SettingsFailure) {
        self.service = service
        customs = ServiceCustoms(service)
        self.configuration = configuration
        settings = try Settings(configuration, service: service)
        endpoints = EndpointResolver(service: service, settings: settings, parameters: configuration.endpointParameters)
        discovery = EndpointDiscovery(clock: configuration.session.clock)
        limiter = settings.retryMode == .adaptive ? AdaptiveLimiter(clock: configuration.session.clock) : nil
        switch configuration.credentials {
        case .anonymous: credentials = nil
        case .fixed(let fixed):
            credentials = CredentialsCache(FixedCredentials(credentials: fixed), clock: configuration.session.clock)
        case .provider(let cache as CredentialsCache): credentials = cache
        case .provider(let provider): credentials = CredentialsCache(provider, clock: configuration.session.clock)
        case .chain:
            credentials = configuration.session.credentials(profile: configuration.profile, region: settings.region)
        }
    }

    /// Seconds until the call gives up; nil when it has no limit.
    func timeLeft(_ plan: CallPlan) -> Double? { plan.deadline.map { $0 - clock.now } }

    /// The moment to sign with.
    var signingTime: Double { clock.now + clockOffset.withLock { $0 } }

    /// Credentials for a request, nil when it is not signed.
    @inline(never)
    func credentials(
        for request: BuiltRequest, operation: Operation, plan: CallPlan = CallPlan()
    ) async throws -> Credentials? {
        guard request.scheme.needsCredentials, let credentials else { return nil }
        do {
            return try await credentials.credentials(within: timeLeft(plan))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw AWSError(before: error, service: service, operation: operation)
        }
    }
}

struct FixedCredentials: CredentialsProvider {
    let credentials: Credentials
    var name: String { credentials.source }
    func load() async throws -> CredentialsOffer { .found(credentials) }
}

/// What one call changes from attempt to attempt, and what it found out.
struct CallPlan: Sendable {
    var isPresigned = false
    /// Whether our transport sends the request: whoever else is handed one cannot send a file in chunks, and building it
    /// must not ask the network.
    var isSent = true
    /// A bucket's real region, after a redirect.
    var region: String?
    /// One for all attempts: `amz-sdk-invocation-id`.
    var invocationID = ""
    var maxAttempts = 1
    /// The moment, on the client's clock, at which the call gives up.
    var deadline: Double?
}
