import AWSModel
import AWSSigning

/// Directory buckets (S3 Express) want the credentials of a session that is opened for each bucket.
extension ClientContext {
    func expressCredentials(bucket: String, credentials: Credentials) async throws -> Credentials {
        let key = "s3express|\(bucket)|\(credentials.accessKeyID)|\(settings.region ?? "")"
        return try await session.cache.credentials(key) {
            CredentialsCache(
                ExpressSessionProvider(context: self, bucket: bucket), clock: clock, advisory: 60, mandatory: 30)
        }.credentials()
    }
}

private struct ExpressSessionProvider: CredentialsProvider {
    let context: ClientContext
    let bucket: String
    var name: String { "session of the bucket \(bucket)" }

    func load() async throws -> CredentialsOffer {
        guard let operation = context.service.operation("CreateSession") else {
            throw CredentialsFailure("this model of S3 has no CreateSession")
        }
        let call = Call(
            service: context.service, operation: operation, input: ["Bucket": .string(bucket)], options: CallOptions(),
            region: context.settings.region)
        let answer = try await context.attempt(call, CallPlan())
        guard let credentials = Credentials(answer.output["Credentials"], source: name) else {
            throw CredentialsFailure("S3 gave no session for the bucket \(bucket)")
        }
        return .found(credentials)
    }
}
