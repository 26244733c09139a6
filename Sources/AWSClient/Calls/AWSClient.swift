import AWSModel
import AWSSigning
import Synchronization

/// A client of one service.
///
/// ```swift
/// let codepipeline = Catalog.builtIn.service("codepipeline")!
/// let client = AWSClient(service: codepipeline, configuration: ClientConfiguration())
/// let result = try await client.call(codepipeline.operation("ListPipelines")!, [:])
/// ```
/// A call is checked against the model, goes through the interceptors, and is signed and sent, again where the retry
/// rules allow it. Everything that it throws is an ``AWSError``, or what an interceptor threw.
///
/// What a call computes (its check, its signature, its answer's decoding) runs where it is called, on the caller's actor; it
/// waits for the network and hashes files elsewhere.
public final class AWSClient: Sendable {
    public let service: ServiceModel
    public let configuration: ClientConfiguration
    public let interceptors: [any Interceptor]

    private let attemptInterceptors: [any Interceptor]
    private let context = Mutex<Result<ClientContext, SettingsFailure>?>(nil)

    public init(service: ServiceModel, configuration: ClientConfiguration = ClientConfiguration()) {
        self.service = service
        self.configuration = configuration
        interceptors = configuration.interceptors.filter { !$0.seesEachAttempt }
        attemptInterceptors = configuration.interceptors.filter(\.seesEachAttempt)
    }

    /// The region that calls go to; nil when none is set.
    public var region: String? { try? settled().settings.region }

    public func call(
        _ operation: Operation, _ input: AWSValue, options: CallOptions = CallOptions()
    ) async throws -> AWSResult {
        if !options.inputIsChecked { try validate(operation, input) }
        let change = ServiceCustoms.outputChange(operation, given: input)
        var call = Call(
            service: service, operation: operation, input: ServiceCustoms.input(input, operation), options: options,
            region: region)
        if change != nil { call.options.sink = nil }
        do {
            var result =
                if interceptors.isEmpty {
                    try await send(call)
                } else {
                    try await run(interceptors, call) { [self] call in try await send(call) }
                }
            if let change { result.output = change(result.output) }
            return result
        } catch is CancellationError {
            throw failure(operation, .cancelled, "Cancelled", "the call was cancelled")
        }
    }

    /// What is wrong with an input; empty when it can be sent.
    ///
    /// - Parameter lists: how places in lists are counted in the problems' paths.
    public func problems(
        _ operation: Operation, _ input: AWSValue, lists: InputValidator.ListBase = .zero
    ) -> [ValidationProblem] {
        guard let shape = operation.input else {
            let member = input.map?.orderedKeys.first
            return member.map { [ValidationProblem(path: $0, message: "the operation takes no input")] } ?? []
        }
        return InputValidator.validate(ServiceCustoms.input(input, operation), shape: shape, lists: lists)
    }

    // MARK: Stages

    func validate(_ operation: Operation, _ input: AWSValue) throws {
        let problems = problems(operation, input)
        if problems.isEmpty { return }
        throw AWSError(
            .validation, code: "ParamValidation", message: problems.map(\.description).joined(separator: "; "),
            service: service.name, operation: operation.name, problems: problems)
    }

    func run(
        _ interceptors: [any Interceptor], _ call: Call, last: @escaping @Sendable (Call) async throws -> AWSResult
    ) async throws -> AWSResult {
        guard let first = interceptors.first else { return try await last(call) }
        let rest = Array(interceptors.dropFirst())
        return try await first.intercept(call) { [self] call in try await run(rest, call, last: last) }
    }

    private func send(_ call: Call) async throws -> AWSResult {
        try await performWithRetries(call) { context, call, plan in try await context.attempt(call, plan) }
    }

    typealias Attempt = @Sendable (ClientContext, Call, CallPlan) async throws -> AWSResult

    /// The retries, with the interceptors that see each attempt around `attempt`.
    func performWithRetries(_ call: Call, attempt: @escaping Attempt) async throws -> AWSResult {
        let context: ClientContext
        do throws(SettingsFailure) { context = try settled() } catch {
            throw failure(call.operation, .configuration, "Configuration", error.message)
        }
        let loop = RetryLoop(context: context, call: call)
        return try await loop.run { [self] call, plan in
            if attemptInterceptors.isEmpty { return try await attempt(context, call, plan) }
            return try await run(attemptInterceptors, call) { call in try await attempt(context, call, plan) }
        }
    }

    /// The settings and what follows from them, worked out on first use.
    func settled() throws(SettingsFailure) -> ClientContext {
        if let known = context.withLock({ $0 }) { return try known.get() }
        let result: Result<ClientContext, SettingsFailure>
        do throws(SettingsFailure) {
            result = .success(try ClientContext(service: service, configuration: configuration))
        } catch {
            result = .failure(error)
        }
        // Whoever comes first counts, so that all calls share one retry quota.
        return try context.withLock { context in
            if let known = context { return known }
            context = result
            return result
        }.get()
    }

    func failure(_ operation: Operation, _ kind: AWSError.Kind, _ code: String, _ message: String) -> AWSError {
        AWSError(kind, code: code, message: message, service: service.name, operation: operation.name)
    }
}
