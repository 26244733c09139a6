import AWSModel
import AWSSigning

/// The attempts of one call.
///
/// A failure is first looked at for something that can be put right at once (a wrong region, a wrong clock, credentials
/// that expired early), each at most once; then the retry rules decide.
final class RetryLoop {
    private let context: ClientContext
    private var call: Call
    private var plan = CallPlan()
    private let tracer: Tracer
    /// When the attempt began that is under way.
    private var started: Double = 0
    private var corrections: Set<Correction> = []
    /// What the last retry took from the quota.
    private var cost: Int?
    /// Corrections are no retries and lengthen no wait.
    private var retries = 0

    private static let expiredCodes: Set = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"]

    @inline(never)
    init(context: ClientContext, call: Call) {
        self.context = context
        self.call = call
        Idempotency.fill(&self.call.input, of: call.operation)
        tracer = Tracer(context: context)
        plan.invocationID = SecureRandom.uuid()
        plan.maxAttempts =
            call.options.sendsOnce
            ? 1
            : max(
                1, call.options.maxAttempts ?? context.settings.maxAttempts ?? RetryRules.maximumAttempts(call.service))
        if let limit = call.options.timeout ?? context.configuration.callTimeout {
            plan.deadline = context.clock.now + limit
        }
    }

    func run(_ send: @Sendable (Call, CallPlan) async throws -> AWSResult) async throws -> AWSResult {
        tracer.begin(call)
        while true {
            if let limiter = context.limiter { try await waitForTurn(limiter) }
            call.attempt += 1
            started = context.clock.now
            do {
                return succeeded(try await send(call, plan))
            } catch {
                try await prepareAnother(after: error)
            }
        }
    }

    @inline(never)
    private func succeeded(_ result: consuming AWSResult) -> AWSResult {
        context.limiter?.record(throttled: false)
        context.quota.release(cost ?? 1)
        result.metadata.attempts = call.attempt
        tracer.attempt(call, result, since: started)
        tracer.end(call)
        return result
    }

    /// Returns when another attempt may be made; throws what the call ends with where there is none.
    @inline(never)
    private func prepareAnother(after error: any Error) async throws {
        if error is CancellationError { throw cancelled("the call was cancelled") }
        guard var error = error as? AWSError else { throw error }
        error.attempts = call.attempt
        tracer.attempt(call, error, since: started)
        if Task.isCancelled, error.kind != .cancelled {
            error.kind = .cancelled
            error.code = "Cancelled"
        }
        let kind = RetryRules.classify(error, operation: call.operation, service: call.service)
        context.limiter?.record(throttled: kind == .throttling)
        if try await correct(error) { return }
        guard let kind, error.kind != .cancelled, retries + 1 < plan.maxAttempts else { throw finished(error) }
        let delay = RetryRules.delay(
            kind, retry: retries, random: context.clock.random, service: call.service, headers: error.headers)
        if let deadline = plan.deadline, context.clock.now + delay >= deadline {
            error.message += " (no time is left for another attempt within the limit of the call)"
            throw finished(error)
        }
        let price = RetryQuota.cost(kind)
        guard context.quota.acquire(price) else {
            // A loop of long polls would else hammer a service that is down.
            if call.operation.isLongPoll { try await wait(delay) }
            error.message += " (not tried again: too many calls of this client failed lately)"
            throw finished(error)
        }
        cost = price
        retries += 1
        try await wait(delay)
    }

    /// In the mode "adaptive": until the rate allows another request, if the call has the time.
    @inline(never)
    private func waitForTurn(_ limiter: AdaptiveLimiter) async throws {
        let allows: Bool
        do {
            allows = try await limiter.acquire(within: context.timeLeft(plan))
        } catch {
            throw cancelled("the call was cancelled while it waited for its turn")
        }
        if allows { return }
        throw finished(
            failure(
                .timeout, "Timeout",
                "the service throttles this client, and its turn comes after the limit of the call"))
    }

    private func wait(_ delay: Double) async throws {
        tracer.wait(call, seconds: delay)
        do {
            try await context.clock.sleep(seconds: delay)
        } catch {
            throw cancelled("the call was cancelled while it waited to try again")
        }
    }

    // MARK: The end

    private func failure(_ kind: AWSError.Kind, _ code: String, _ message: String) -> AWSError {
        AWSError(kind, code: code, message: message, service: call.service.name, operation: call.operation.name)
    }

    private func cancelled(_ message: String) -> AWSError { finished(failure(.cancelled, "Cancelled", message)) }

    @inline(never)
    private func finished(_ error: AWSError) -> AWSError {
        var error = error
        error.attempts = call.attempt
        tracer.end(call)
        return error
    }

    // MARK: Corrections

    private enum Correction { case region, clock, credentials, endpoint }

    /// Whether something was put right, so that the request can go out again at once.
    private func correct(_ error: AWSError) async throws -> Bool {
        guard error.kind == .service else { return false }
        if !corrections.contains(.clock), ClockSkew.correct(error, context: context) {
            corrections.insert(.clock)
            return true
        }
        if !corrections.contains(.credentials), Self.expiredCodes.contains(error.code),
            let cache = context.credentials, let stale = try? await cache.credentials(), stale.expiration != nil
        {
            await cache.invalidate(stale)
            corrections.insert(.credentials)
            return true
        }
        if !corrections.contains(.endpoint), call.operation.usesEndpointDiscovery,
            error.status == 421 || error.code == "InvalidEndpointException"
        {
            await context.discovery.forget()
            corrections.insert(.endpoint)
            return true
        }
        if !corrections.contains(.region),
            let region = await BucketRegion.find(error, call: call, context: context, plan: plan)
        {
            plan.region = region
            corrections.insert(.region)
            return true
        }
        return false
    }
}

extension Operation {
    private static let longPolls: Set = [
        "sqs.ReceiveMessage", "stepfunctions.GetActivityTask", "swf.PollForActivityTask", "swf.PollForDecisionTask",
    ]
    /// By the model's trait, and by name where the model does not have it yet.
    var isLongPoll: Bool { longPoll || Self.longPolls.contains("\(service.name).\(name)") }
}
