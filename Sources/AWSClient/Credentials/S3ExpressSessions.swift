import AWSModel
import AWSSigning

/// Directory buckets (S3 Express) want the credentials of a session that is opened for each bucket.
extension ClientContext {
    @inline(never)
    func expressCredentials(bucket: String, credentials: Credentials, _ plan: CallPlan) async throws -> Credentials {
        let key = "s3express|\(bucket)|\(credentials.accessKeyID)|\(settings.region ?? "")"
        return try await session.cache.credentials(key) {
            // The session keeps what fetches them, which must not keep the session in turn.
            var configuration = configuration
            configuration.session = AWSSession(fetchingFor: session)
            configuration.credentials = .fixed(credentials)
            let provider = ExpressSessionProvider(
                service: service, configuration: configuration, clockOffset: clockOffset.withLock { $0 }, bucket: bucket
            )
            return CredentialsCache(provider, clock: clock, advisory: 60, mandatory: 30)
        }.credentials(within: timeLeft(plan))
    }
}

private struct ExpressSessionProvider: CredentialsProvider {
    let service: ServiceModel
    let configuration: ClientConfiguration
    let clockOffset: Double
    let bucket: String
    var name: String { "session of the bucket \(bucket)" }

    func load() async throws -> CredentialsOffer {
        let context = try ClientContext(service: service, configuration: configuration)
        context.clockOffset.withLock { $0 = clockOffset }
        guard let operation = service.operation("CreateSession") else {
            throw CredentialsFailure("this model of S3 has no CreateSession")
        }
        let call = Call(
            service: service, operation: operation, input: ["Bucket": .string(bucket)], options: CallOptions(),
            region: context.settings.region)
        let answer = try await context.attempt(call, CallPlan())
        guard let credentials = Credentials(answer.output["Credentials"], source: name) else {
            throw CredentialsFailure("S3 gave no session for the bucket \(bucket)")
        }
        return .found(credentials)
    }
}
