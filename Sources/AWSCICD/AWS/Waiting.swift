import AWSClient
import AWSModel
import LuaVM

/// Calls an operation until its answers say that something is so.
struct Waiting: Sendable {
    let client: AWSClient
    let rules: WaiterRules
    let operation: Operation
    var delay: Double
    var maxAttempts: Int
    /// Seconds for the whole wait; nil for no limit but the attempts.
    var timeout: Double?
    var options = CallOptions()

    private var clock: any ClientClock { client.configuration.session.clock }

    /// The answer that ended the wait, nil when an expected error did ("does not exist" ends a wait for its deletion).
    ///
    /// - Throws: ``AWSError`` with the code "WaiterFailed" when it will never be so, "WaiterTimeout" when the
    /// attempts or
    ///   the time are used up; or the call's own error when the waiter does not expect it.
    func run(_ input: AWSValue) async throws -> AWSResult? {
        let deadline = timeout.map { clock.now + $0 }
        var last = "no answer yet"
        for attempt in 1...max(1, maxAttempts) {
            var result: AWSResult?
            var error: AWSError?
            do {
                result = try await client.customized(operation, input, options: options)
            } catch let failure as AWSError where failure.kind == .service {
                error = failure
            }
            switch try verdict(result, error) {
            case .success: return result
            case .failure(let reason):
                throw failed("WaiterFailed", .service, "it will not happen: \(reason)", error, attempt)
            case .unexpectedError: if let error { throw error }
            case .retry: last = error.map { "\($0.code)" } ?? "not so yet"
            }
            if attempt == maxAttempts { break }
            if let deadline, clock.now + delay > deadline {
                throw failed(
                    "WaiterTimeout", .timeout, "not so within \(Self.text(timeout ?? 0)) s; \(last)", error, attempt)
            }
            try await clock.sleep(seconds: delay)
        }
        throw failed(
            "WaiterTimeout", .timeout,
            "not so after \(maxAttempts) attempts, \(Self.text(delay)) s apart; the last answer: \(last)", nil,
            maxAttempts)
    }

    private func verdict(_ result: AWSResult?, _ error: AWSError?) throws -> WaiterRules.Verdict {
        if let result { return try rules.verdict(on: .output(result.output, status: result.metadata.status)) }
        return try rules.verdict(on: .error(code: error?.code ?? "", status: error?.status ?? 0))
    }

    private func failed(
        _ code: String, _ kind: AWSError.Kind, _ message: String, _ cause: AWSError?, _ attempts: Int
    ) -> AWSError {
        AWSError(
            kind, code: code, message: "\(rules.waiter.snakeName): \(message)", service: client.service.name,
            operation: operation.name, status: cause?.status ?? 0, requestID: cause?.requestID,
            fields: cause?.fields ?? [:],
            attempts: attempts)
    }

    private static func text(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? String(Int64(seconds)) : String(seconds)
    }
}

extension ServiceHandle {
    /// `(input, options)`. Options are those of a call, and `delay` (seconds), `max_attempts`, and `within` (seconds
    /// for
    /// all of it).
    func waiterFunction(_ name: String, _ vm: LuaVM) throws -> LuaFunction {
        guard let waiter = service.waiter(name) else {
            let hint = Suggestion.closest(to: name, among: service.waiterNames).map { "; did you mean \($0)?" } ?? ""
            throw LuaMessage("aws.\(scriptName) has no waiter '\(name)'\(hint)")
        }
        guard let operation = service.operation(waiter.operation) else {
            throw LuaMessage("the model of \(service.name) has a waiter for \(waiter.operation), but no such operation")
        }
        let rules = try WaiterRules(waiter)
        let (client, look, label) = (client, look, "aws.\(scriptName).wait.\(waiter.snakeName)")
        return try vm.asyncFunction {
            (input: LuaSnapshot?, options: LuaOptions) async throws -> (LuaWriter?, LuaWriter?) in
            do {
                var options = options.of(label)
                var waiting = Waiting(
                    client: client, rules: rules, operation: operation, delay: Double(waiter.delay),
                    maxAttempts: waiter.maxAttempts)
                if let delay = try options.duration("delay") { waiting.delay = delay }
                if let attempts = try options.integer("max_attempts") { waiting.maxAttempts = attempts }
                waiting.timeout = try options.duration("within")
                waiting.options = try CallOptions(reading: &options)
                try options.finish()
                let result = try await waiting.run(try CallInput.read(input, operation, client.service))
                return (result.map { look.result($0.output) }, result?.metadata.lua)
            } catch {
                throw look.raised(error)
            }
        }
    }
}
