import AWSModel

extension AWSClient {
    /// Calls the waiter's operation until it says that what is waited for is so; the last answer.
    ///
    /// Throws ``AWSError`` with the code "WaiterFailure" when it cannot become so any more ("the instance was
    /// terminated"), with "WaiterTimeout" when it is not so after all attempts, and any error of a call that the waiter
    /// does not know.
    ///
    /// - Parameters:
    ///   - waiter: from ``ServiceModel/waiter(_:)``.
    ///   - delay: seconds between two calls, in place of the model's.
    public func wait(
        _ waiter: Waiter, _ input: AWSValue = [:], delay: Double? = nil, maxAttempts: Int? = nil,
        options: CallOptions = CallOptions()
    ) async throws -> AWSResult {
        guard let operation = service.operation(waiter.operation) else {
            throw AWSError(
                .configuration, code: "WaiterFailure", message: "the model has no operation \(waiter.operation)",
                service: service.name, operation: waiter.operation)
        }
        let attempts = max(1, maxAttempts ?? waiter.maxAttempts)
        let matcher = WaiterMatcher(waiter)
        var seen = "nothing"
        for attempt in 1...attempts {
            let answer: WaiterMatcher.Answer
            do {
                answer = .output(try await call(operation, input, options: options))
            } catch let error as AWSError {
                answer = .error(error)
            }
            switch (try matcher.state(of: answer), answer) {
            case (.success, .output(let result)): return result
            case (.success, .error(let error)):
                return AWSResult(
                    output: [:],
                    metadata: ResponseMetadata(requestID: error.requestID, status: error.status, headers: error.headers)
                )
            case (.failure, _):
                throw AWSError(
                    .service, code: "WaiterFailure",
                    message: "\(waiter.snakeName) cannot be reached any more: \(matcher.summary(of: answer))",
                    service: service.name, operation: operation.name, attempts: attempt)
            case (nil, .error(let error)): throw error
            case (.retry, _), (nil, .output): seen = matcher.summary(of: answer)
            }
            if attempt < attempts {
                do {
                    try await configuration.session.clock.sleep(seconds: delay ?? Double(waiter.delay))
                } catch {
                    throw failure(operation, .cancelled, "Cancelled", "the wait was cancelled")
                }
            }
        }
        throw AWSError(
            .timeout, code: "WaiterTimeout",
            message: "\(waiter.snakeName) was not reached in \(attempts) attempts; the last one gave \(seen)",
            service: service.name, operation: operation.name, attempts: attempts)
    }
}

/// What a waiter's acceptors say of an answer. Source: the models' `waiters-2.json`.
struct WaiterMatcher {
    enum Answer {
        case output(AWSResult)
        case error(AWSError)
    }

    private let waiter: Waiter

    init(_ waiter: Waiter) { self.waiter = waiter }

    /// That of the first acceptor that matches; nil when none does.
    func state(of answer: Answer) throws -> Waiter.State? {
        for acceptor in waiter.acceptors where try matches(acceptor, answer) { return acceptor.state }
        return nil
    }

    private func matches(_ acceptor: Waiter.Acceptor, _ answer: Answer) throws -> Bool {
        switch (acceptor.matcher, answer) {
        case (.status, .output(let result)): return acceptor.expected.int == result.metadata.status
        case (.status, .error(let error)): return acceptor.expected.int == error.status
        case (.error, .error(let error)):
            // true stands for any error of the service.
            return acceptor.expected == true ? error.kind == .service : acceptor.expected.string == error.code
        case (.error, .output): return acceptor.expected == false
        case (_, .error): return false
        case (let matcher, .output(let result)):
            let found = try JMESPath(compiling: acceptor.argument ?? "@").search(result.output)
            if matcher == .path { return found == acceptor.expected }
            guard let list = found.list, !list.isEmpty else { return false }
            return matcher == .pathAll
                ? list.allSatisfy { $0 == acceptor.expected } : list.contains(acceptor.expected)
        }
    }

    /// What the waiter looks at, for messages.
    func summary(of answer: Answer) -> String {
        switch answer {
        case .error(let error): return "\(error.code): \(error.message)"
        case .output(let result):
            guard let argument = waiter.acceptors.first(where: { $0.argument != nil })?.argument,
                let found = try? JMESPath(compiling: argument).search(result.output)
            else { return "HTTP \(result.metadata.status)" }
            return String(decoding: JSON.write(found).prefix(300), as: UTF8.self)
        }
    }
}
