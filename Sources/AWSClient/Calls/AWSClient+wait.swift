import AWSModel

extension AWSClient {
    /// Calls the waiter's operation until it says that what is waited for is so.
    ///
    /// - Parameters:
    ///   - waiter: from ``ServiceModel/waiter(_:)``.
    ///   - delay: seconds between two calls, in place of the model's.
    ///   - within: seconds for the whole wait; nil for no limit but the attempts. The last question is asked when they are
    ///     over, and has a second for its answer.
    /// - Returns: the answer that ended the wait; nil when an expected error did ("does not exist" ends a wait for its
    ///   deletion).
    /// - Throws: ``AWSError`` with the code "WaiterFailed" when it will never be so ("the instance was terminated"),
    ///   "WaiterTimeout" when the attempts or the time are used up, and any error of a call that the waiter does not
    ///   expect.
    public func wait(
        _ waiter: Waiter, _ input: AWSValue = [:], delay: Double? = nil, maxAttempts: Int? = nil,
        within: Double? = nil, options: CallOptions = CallOptions()
    ) async throws -> AWSResult? {
        guard let operation = service.operation(waiter.operation) else {
            throw AWSError(
                .configuration, code: "WaiterFailed", message: "the model has no operation \(waiter.operation)",
                service: service.name, operation: waiter.operation)
        }
        let clock = configuration.session.clock
        let rules = try WaiterRules(waiter)
        let delay = delay ?? Double(waiter.delay)
        let attempts = max(1, maxAttempts ?? waiter.maxAttempts)
        let deadline = within.map { clock.now + $0 }
        var options = options
        let limit = options.timeout
        var attempt = 0
        while true {
            attempt += 1
            var result: AWSResult?
            var error: AWSError?
            if let deadline { options.timeout = min(limit ?? .infinity, max(1, deadline - clock.now)) }
            do {
                result = try await call(operation, input, options: options)
            } catch let failure as AWSError {
                let isLate = deadline.map { clock.now >= $0 } ?? false
                guard failure.kind == .service || failure.kind == .timeout && isLate else { throw failure }
                error = failure
            }
            func failed(_ code: String, _ kind: AWSError.Kind, _ message: String) -> AWSError {
                AWSError(
                    kind, code: code, message: "\(waiter.snakeName): \(message)", service: service.name,
                    operation: operation.name, status: error?.status ?? 0, requestID: error?.requestID,
                    fields: error?.fields ?? [:], attempts: attempt)
            }
            if error?.kind != .timeout {
                switch try rules.verdict(result, error) {
                case .success: return result
                case .failure(let reason): throw failed("WaiterFailed", .service, "it will not happen: \(reason)")
                case .unexpectedError: if let error { throw error }
                case .retry: break
                }
            }
            let last = rules.summary(result, error)
            if attempt == attempts {
                throw failed(
                    "WaiterTimeout", .timeout,
                    "not so after \(attempts) attempts, \(Self.text(delay)) s apart; the last answer: \(last)")
            }
            let left = deadline.map { $0 - clock.now } ?? .infinity
            if let within, left <= 0 {
                throw failed(
                    "WaiterTimeout", .timeout, "not so within \(Self.text(within)) s; the last answer: \(last)")
            }
            do {
                try await clock.sleep(seconds: min(delay, left))
            } catch {
                throw failure(operation, .cancelled, "Cancelled", "the wait was cancelled")
            }
        }
    }

    private static func text(_ seconds: Double) -> String {
        Int64(exactly: seconds).map { String($0) } ?? String(seconds)
    }
}

extension WaiterRules {
    fileprivate func verdict(_ result: AWSResult?, _ error: AWSError?) throws -> Verdict {
        if let result { return try verdict(on: .output(result.output, status: result.metadata.status)) }
        return try verdict(on: .error(code: error?.code ?? "", status: error?.status ?? 0))
    }

    /// What the waiter looks at, for messages.
    fileprivate func summary(_ result: AWSResult?, _ error: AWSError?) -> String {
        if let error { return "\(error.code): \(error.message)" }
        guard let result else { return "none" }
        guard let argument = waiter.acceptors.lazy.compactMap(\.argument).first,
            let found = try? JMESPath(compiling: argument).search(result.output)
        else { return "HTTP \(result.metadata.status)" }
        return String(decoding: JSON.write(found).prefix(300), as: UTF8.self)
    }
}
