import AWSModel
import AWSSigning

/// The attempts of one call.
///
/// A failure is first looked at for something that can be put right at once (a wrong region, a wrong clock, credentials
/// that expired early), each at most once; then the retry rules decide.
struct RetryLoop {
    let context: ClientContext
    let call: Call

    private static let expiredCodes: Set = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"]

    func run(_ send: @Sendable (Call, CallPlan) async throws -> AWSResult) async throws -> AWSResult {
        var call = call
        call.input = Idempotency.filled(call.input, shape: call.operation.input)
        var plan = CallPlan()
        plan.invocationID = SecureRandom.uuid()
        plan.maxAttempts = maximumAttempts
        if let limit = call.options.timeout ?? context.configuration.callTimeout {
            plan.deadline = context.clock.now + limit
        }
        let tracer = Tracer(context: context, call: call)
        var corrections: Set<Correction> = []
        var cost: Int?
        /// Corrections are no retries and lengthen no wait.
        var retries = 0

        tracer.begin()
        while true {
            try await waitForRate(call, plan, tracer)
            call.attempt += 1
            let started = context.clock.now
            do {
                var result = try await send(call, plan)
                context.limiter?.record(throttled: false)
                context.quota.release(cost ?? 1)
                result.metadata.attempts = call.attempt
                tracer.attempt(call, result, since: started)
                tracer.end(attempts: call.attempt)
                return result
            } catch is CancellationError {
                throw finished(
                    AWSError(
                        .cancelled, code: "Cancelled", message: "the call was cancelled", service: call.service.name,
                        operation: call.operation.name), call, tracer)
            } catch var error as AWSError {
                error.attempts = call.attempt
                tracer.attempt(call, error, since: started)
                if Task.isCancelled, error.kind != .cancelled {
                    error.kind = .cancelled
                    error.code = "Cancelled"
                }
                let kind = RetryRules.classify(error, operation: call.operation, service: call.service)
                context.limiter?.record(throttled: kind == .throttling)
                if try await correct(error, &plan, &corrections) { continue }
                guard let kind, error.kind != .cancelled, retries + 1 < plan.maxAttempts else {
                    throw finished(error, call, tracer)
                }
                let delay = RetryRules.delay(
                    kind, retry: retries, random: context.clock.random, service: call.service, headers: error.headers)
                if let deadline = plan.deadline, context.clock.now + delay >= deadline {
                    error.message += " (no time is left for another attempt within the limit of the call)"
                    throw finished(error, call, tracer)
                }
                let price = RetryQuota.cost(kind)
                guard context.quota.acquire(price) else {
                    // A loop of long polls would else hammer a service that is down.
                    if call.operation.isLongPoll { try await wait(delay, call, tracer) }
                    error.message += " (not tried again: too many calls of this client failed lately)"
                    throw finished(error, call, tracer)
                }
                cost = price
                retries += 1
                try await wait(delay, call, tracer)
            }
        }
    }

    private var maximumAttempts: Int {
        if call.options.sendsOnce { return 1 }
        return max(
            1, call.options.maxAttempts ?? context.settings.maxAttempts ?? RetryRules.maximumAttempts(call.service))
    }

    private func finished(_ error: AWSError, _ call: Call, _ tracer: Tracer) -> AWSError {
        var error = error
        error.attempts = call.attempt
        tracer.end(attempts: call.attempt)
        return error
    }

    /// In the mode "adaptive": until the rate allows another request, if the call has the time.
    private func waitForRate(_ call: Call, _ plan: CallPlan, _ tracer: Tracer) async throws {
        guard let limiter = context.limiter else { return }
        let allows: Bool
        do {
            allows = try await limiter.acquire(within: context.timeLeft(plan))
        } catch {
            throw finished(
                AWSError(
                    .cancelled, code: "Cancelled", message: "the call was cancelled while it waited for its turn",
                    service: call.service.name, operation: call.operation.name), call, tracer)
        }
        if allows { return }
        throw finished(
            AWSError(
                .timeout, code: "Timeout",
                message: "the service throttles this client, and its turn comes after the limit of the call",
                service: call.service.name, operation: call.operation.name), call, tracer)
    }

    private func wait(_ delay: Double, _ call: Call, _ tracer: Tracer) async throws {
        tracer.wait(call, seconds: delay)
        do {
            try await context.clock.sleep(seconds: delay)
        } catch {
            throw finished(
                AWSError(
                    .cancelled, code: "Cancelled", message: "the call was cancelled while it waited to try again",
                    service: call.service.name, operation: call.operation.name), call, tracer)
        }
    }

    // MARK: Corrections

    private enum Correction { case region, clock, credentials, endpoint }

    /// Whether something was put right, so that the request can go out again at once.
    private func correct(_ error: AWSError, _ plan: inout CallPlan, _ done: inout Set<Correction>) async throws -> Bool
    {
        guard error.kind == .service else { return false }
        if !done.contains(.clock), ClockSkew.correct(error, context: context) {
            done.insert(.clock)
            return true
        }
        if !done.contains(.credentials), Self.expiredCodes.contains(error.code),
            let cache = context.credentials, let stale = try? await cache.credentials(), stale.expiration != nil
        {
            await cache.invalidate(stale)
            done.insert(.credentials)
            return true
        }
        if !done.contains(.endpoint), call.operation.usesEndpointDiscovery,
            error.status == 421 || error.code == "InvalidEndpointException"
        {
            await context.discovery.forget()
            done.insert(.endpoint)
            return true
        }
        if !done.contains(.region),
            let region = await BucketRegion.find(error, call: call, context: context, plan: plan)
        {
            plan.region = region
            done.insert(.region)
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
