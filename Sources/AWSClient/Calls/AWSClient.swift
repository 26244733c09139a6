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
    let customs: ServiceCustoms?
    private let context = Mutex<Result<ClientContext, SettingsFailure>?>(nil)

    public init(service: ServiceModel, configuration: ClientConfiguration = ClientConfiguration()) {
        self.service = service
        self.configuration = configuration
        customs = ServiceCustoms(service)
        interceptors = configuration.interceptors.filter { !$0.seesEachAttempt }
        attemptInterceptors = configuration.interceptors.filter(\.seesEachAttempt)
    }

    /// The region that calls go to; nil when none is set.
    public var region: String? { try? checkedRegion }

    /// The same, where settings that cannot be used are an error.
    public var checkedRegion: String? {
        get throws(SettingsFailure) { try settled().settings.region }
    }

    public func call(
        _ operation: Operation, _ input: AWSValue, options: CallOptions = CallOptions()
    ) async throws -> AWSResult {
        let change = customs?.outputChange(operation, given: input)
        do {
            let call = try checked(operation, input, options, keepsTree: change != nil)
            if interceptors.isEmpty {
                guard let change else { return try await send(call) }
                return changed(try await send(call), by: change)
            }
            let result = try await intercepted(call)
            guard let change else { return result }
            return changed(result, by: change)
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
        return InputValidator.validate(customary(input, operation), shape: shape, lists: lists)
    }

    // MARK: Stages

    // What waits is kept apart from what computes: all that lives in an asynchronous function is allocated for each call,
    // the room for its errors too.

    /// - Parameter keepsTree: whether the output has to be had as a value.
    @inline(never)
    private func checked(
        _ operation: Operation, _ input: AWSValue, _ options: CallOptions, keepsTree: Bool
    ) throws -> Call {
        if !options.inputIsChecked { try validate(operation, input) }
        var call = Call(
            service: service, operation: operation, input: customary(input, operation), options: options,
            region: region)
        if keepsTree { call.options.sink = nil }
        return call
    }

    @inline(never)
    private func changed(_ result: AWSResult, by change: (AWSValue) -> AWSValue) -> AWSResult {
        var result = result
        result.output = change(result.output)
        return result
    }

    /// An input as the operation takes it.
    func customary(_ input: AWSValue, _ operation: Operation) -> AWSValue {
        customs?.input(input, operation) ?? input
    }

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
        let context = try settled(for: call.operation)
        let loop = RetryLoop(context: context, call: call)
        if attemptInterceptors.isEmpty {
            return try await loop.run { call, plan in try await attempt(context, call, plan) }
        }
        return try await perform(loop, interceptedBy: attemptInterceptors) { call, plan in
            try await attempt(context, call, plan)
        }
    }

    @inline(never)
    private func perform(
        _ loop: RetryLoop, interceptedBy interceptors: [any Interceptor],
        attempt: @escaping @Sendable (Call, CallPlan) async throws -> AWSResult
    ) async throws -> AWSResult {
        try await loop.run { [self] call, plan in
            try await run(interceptors, call) { call in try await attempt(call, plan) }
        }
    }

    @inline(never)
    private func intercepted(_ call: Call) async throws -> AWSResult {
        try await run(interceptors, call) { [self] call in try await send(call) }
    }

    @inline(never)
    private func settled(for operation: Operation) throws -> ClientContext {
        do throws(SettingsFailure) { return try settled() } catch {
            throw failure(operation, .configuration, "Configuration", error.message)
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

    @inline(never)
    func failure(_ operation: Operation, _ kind: AWSError.Kind, _ code: String, _ message: String) -> AWSError {
        AWSError(kind, code: code, message: message, service: service.name, operation: operation.name)
    }
}
