import CLuaShim

/// What runs tasks and the operations that they wait for.
public protocol LuaScheduler: AnyObject {
    /// Starts an operation that the running task waits for.
    func start(_ operation: LuaOperation) throws
    /// The running task was resumed: push what it waited for, or throw what it is to raise.
    func resumed(_ results: inout LuaResults) throws
    /// Looks at the task that runs, while ``LuaVM/isWatched`` is set: throw what it is to raise where it is.
    func watch() throws
    /// Begins a wait of the running task for the end of another one's loading of a module.
    func waitForModule(_ name: String) throws
    /// A module has been loaded, or could not be: wakes those that wait for it.
    func moduleEnded(_ name: String)
}

/// One call of an asynchronous function: its body, and then its outcome.
open class LuaOperation {
    public init() {}
    /// Runs the body; it keeps its outcome to itself. Stays with its caller: looking for an executor costs more than many
    /// bodies do.
    nonisolated(nonsending) open func run() async {}
    /// Whether the body has ended without an error.
    open var hasSucceeded: Bool { false }
    /// Pushes the outcome, or throws it.
    open func finish(_ results: inout LuaResults) throws {}
}

/// Pushes the results of an operation that has ended well.
@usableFromInline typealias PushResults = (inout LuaResults) throws -> Void

@usableFromInline final class AsyncCall: LuaOperation {
    @usableFromInline let body: nonisolated(nonsending) @Sendable () async throws -> PushResults
    @usableFromInline var outcome: Result<PushResults, any Error>?

    @usableFromInline init(_ body: nonisolated(nonsending) @escaping @Sendable () async throws -> PushResults) {
        self.body = body
    }

    @usableFromInline nonisolated(nonsending) override func run() async {
        do {
            outcome = .success(try await body())
        } catch {
            outcome = .failure(error)
        }
    }

    @usableFromInline override var hasSucceeded: Bool {
        if case .success = outcome { true } else { false }
    }

    @usableFromInline override func finish(_ results: inout LuaResults) throws {
        switch outcome {
        case .success(let push): try push(&results)
        case .failure(let error): throw error
        case nil: throw CancellationError()
        }
    }
}

extension LuaVM {
    /// A Lua function whose Swift body may suspend: the calling task waits, and others run meanwhile.
    ///
    /// ```swift
    /// let get = try vm.asyncFunction { (url: String) async throws -> String in … }
    /// ```
    /// The body runs on the runtime's own thread between its `await`s: what computes for long belongs elsewhere. When the
    /// task is cancelled, the body's Swift task is; it should end soon, with a `CancellationError` or with its result.
    @inlinable public func asyncFunction<each A: LuaArgument & Sendable, each R: LuaResult & Sendable>(
        _ body: @escaping @Sendable (repeat each A) async throws -> (repeat each R)
    ) throws(LuaError) -> LuaFunction {
        try waitingFunction(
            HostFunction { L in
                var arguments = LuaArguments(L)
                do {
                    let values = (repeat try (each A).read(&arguments))
                    let operation = AsyncCall {
                        let outcome = try await body(repeat each values)
                        return { results in repeat try (each outcome).push(to: &results) }
                    }
                    try LuaVM.of(L).begin(operation)
                    return CLUA_WAIT
                } catch {
                    return raise(error, L)
                }
            })
    }

    @usableFromInline func begin(_ operation: LuaOperation) throws {
        guard let scheduler else { throw LuaMessage("nothing here can wait: the script has no scheduler") }
        try scheduler.start(operation)
    }

    /// Called by C when a waiting task has been resumed.
    func finishWaiting(_ L: OpaquePointer) -> Int32 {
        var results = LuaResults(L)
        do {
            try scheduler?.resumed(&results)
            return results.count
        } catch {
            return raise(error, L)
        }
    }
}
