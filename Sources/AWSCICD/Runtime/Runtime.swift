import AWSClient
public import LuaVM

/// An embedded scripting runtime: a Lua state, the scheduler of its tasks, and a thread of its own.
///
/// ```swift
/// let runtime = try await Runtime()
/// try await runtime.register("greet") { (name: String) in "Hello, \(name)" }
/// try await runtime.registerAsync("fetch") { (url: String) async throws -> String in … }
/// try await runtime.run("print(greet(fetch('https://example.com')))", name: "=example")
/// ```
/// Scripts are plain Lua 5.4. What waits (an asynchronous function, `task.sleep`, an AWS call) suspends the script's task
/// and lets others run. A process may have as many runtimes as it likes; nothing is shared between them.
///
/// Everything of a runtime happens on its actor; ``interrupt(_:)`` alone may be called from anywhere. How to add a module:
/// see ``LuaModule``.
public actor Runtime {
    public struct Configuration: Sendable {
        /// What scripts may reach: everything that Lua has, or an allow-list for shared scripts.
        public var profile: Profile = .trusted
        public var limits = Limits()
        /// The time that `task.sleep` and all other timers go by.
        public var clock: any RuntimeClock = SystemClock()
        /// What the clients of the table `aws` begin with: region, profile, endpoint, interceptors, trace.
        public var aws = AWSSettings()
        /// Modules that scripts find, opened when they are used first.
        public var modules: [any LuaModule.Type] = []
        /// Seconds for which clean-ups (`__close` handlers) may go on after a cancellation or an interrupt.
        public var grace: Double = 30
        /// Whether an interrupt that comes while nothing runs ends what runs next; otherwise it does nothing. For a process that
        /// is interrupted before its script has begun.
        public var keepsInterrupts = false
        /// Called once, from a thread of its own, when a script that is to end (a time limit, an interrupt) does not: when it
        /// has come to no further instruction for five seconds after the grace time, since it sits in one call of C code,
        /// which nothing can interrupt. The runtime's thread is lost then; a command can end its process. The error tells
        /// why the script was to end, and where it is.
        public var onStandstill: (@Sendable (Runtime, LuaError) -> Void)?
        /// What scripts may do outside of themselves; nil for the profile's own: everything, or in a sandbox nothing.
        public var permissions: Permissions?
        /// What the module `script` tells: the script's name and arguments.
        public var script = ScriptSettings()
        public var log = LogSettings()

        /// Whether a script that waits for what only another of its tasks could do, while they all wait, fails. Turn it off
        /// when the host wakes tasks from outside, by calls of its own.
        public var reportsDeadlocks = true
        /// Whether what requests need (libcurl and the libraries below it) is loaded while the runtime starts, on a thread of
        /// its own. Otherwise the first request does it and waits for it: some 5 milliseconds, as long as all else until
        /// a script's first answer. The process must not end meanwhile: see ``Runtime/waitForTransport()``.
        public var loadsTransport = false

        public init() {}
    }

    public enum Profile: String, Sendable, CaseIterable {
        case trusted, sandbox
    }

    /// What ends a script that takes too much; nil for no limit.
    public struct Limits: Sendable {
        /// Bytes of the Lua state.
        public var memory: Int?
        /// Seconds by the runtime's clock, from the start of a script.
        public var wallTime: Double?
        /// Seconds of processor time, from the start of a script.
        public var processorTime: Double?

        public init(memory: Int? = nil, wallTime: Double? = nil, processorTime: Double? = nil) {
            self.memory = memory
            self.wallTime = wallTime
            self.processorTime = processorTime
        }

        /// Bytes of an answer, of a file or of a program's output that are kept for a script: half of what it may use, so that the text
        /// has a place.
        var mostBytesOfOneString: Int { memory.map { max($0 / 2, 1) } ?? .max }
    }

    nonisolated let executor: RuntimeExecutor
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The Lua state: what modules make their functions with.
    public let vm: LuaVM
    let scheduler: Scheduler
    public nonisolated let configuration: Configuration
    /// What scripts may do outside of themselves.
    public nonisolated let permissions: Permissions
    /// The values that logs and error reports cover.
    public nonisolated let mask = SecretMask()
    var addedModules: [any LuaModule.Type] = []
    /// Makes names globals that open their modules when they are used: see stdlib/loader.lua.
    var preload: LuaFunction?
    nonisolated let stopper: LuaStopper
    nonisolated let workers: OperationWorkers
    nonisolated let stops = StopCount()
    /// See ``Configuration/keepsInterrupts``.
    var isInterruptKept = false
    var storage: [ObjectIdentifier: Any] = [:]

    /// - Throws: `LuaError` when the memory limit does not suffice for Lua's libraries; ``RuntimeStartError``.
    public init(_ configuration: Configuration = Configuration()) async throws {
        self.configuration = configuration
        permissions = configuration.permissions ?? (configuration.profile == .trusted ? .all : .none)
        let vm = try LuaVM(
            libraries: configuration.profile == .trusted ? .trusted : .sandbox, memoryLimit: configuration.limits.memory
        )
        let scheduler = Scheduler(vm: vm, clock: configuration.clock, grace: configuration.grace)
        let executor = RuntimeExecutor()
        // The scheduler belongs to the actor, and this runs on the actor's thread between its jobs. The thread has to be
        // there before the last property is set: from then on this initializer itself runs on it.
        try executor.start { scheduler.turn() }
        // Not earlier: no thread can be made while libraries are being loaded.
        if configuration.loadsTransport { HTTPTransport.load() }
        if !configuration.clock.isReal { configuration.clock.onChange { [weak executor] in executor?.wake() } }
        self.executor = executor
        stopper = vm.stopper
        self.vm = vm
        self.scheduler = scheduler
        workers = scheduler.workers
        scheduler.runtime = self
        scheduler.reportsDeadlocks = configuration.reportsDeadlocks
        vm.outputCover = { [mask] text in
            if mask.isEmpty { return nil }
            return text.map { mask.mask(Array($0)) } ?? []
        }
        try installExit()
        try StandardLibrary.install(in: self)
    }

    deinit {
        workers.close()
        executor.stop()
        stopper.close()
    }

    /// Adds a module after the runtime was made.
    public func add(_ module: any LuaModule.Type) throws { try StandardLibrary.add(module, to: self) }

    // MARK: - Scripts

    /// Runs a script to its end, and that of the tasks that it has spawned.
    /// - Parameters:
    ///   - source: Lua's source text; a first line that begins with `#` is skipped.
    ///   - name: what errors call it, in Lua's convention: "@deploy.lua" for a file, "=name" for a name as it is.
    ///   - arguments: what `...` and `arg` hold.
    /// - Throws: `LuaError`, whose `kind` tells a script's error from a limit or an interrupt; ``ScriptExit`` when the script
    ///   asked for it.
    public func run(_ source: String, name: String = "=script", arguments: [String] = []) async throws {
        try await run(Array(source.utf8), name: name, arguments: arguments)
    }

    public func run(_ source: [UInt8], name: String, arguments: [String] = []) async throws {
        let function = try load(source, name: name)
        let coroutine = try vm.task(function.reference, LuaMultiple(arguments))
        _ = try await finish(coroutine)
    }

    /// Runs a script and reads the first value that it returns. For structures, take a `LuaCoded`.
    public func evaluate<R: LuaArgument & Sendable>(
        _ source: String, name: String = "=script", arguments: [String] = []
    ) async throws -> R {
        let function = try load(Array(source.utf8), name: name)
        let coroutine = try vm.task(function.reference, LuaMultiple(arguments))
        return try await firstResult(of: coroutine)
    }

    /// Calls a Lua function as a task, which may wait, and reads its first result.
    public func call<each A: LuaResult & Sendable, R: LuaArgument & Sendable>(
        _ function: LuaCallback, _ arguments: repeat each A
    ) async throws -> R {
        let coroutine = try vm.task(function.reference, repeat each arguments)
        return try await firstResult(of: coroutine)
    }

    /// Calls a Lua function as a task, which may wait, for its effects.
    public func call<each A: LuaResult & Sendable>(
        _ function: LuaCallback, _ arguments: repeat each A
    ) async throws {
        _ = try await finish(try vm.task(function.reference, repeat each arguments))
    }

    /// Compiles a chunk; bytecode is refused.
    public func load(_ source: [UInt8], name: String) throws -> LuaFunction {
        // Lua itself skips a first line with # in files only. The line's end stays, so that line numbers do.
        if source.first == UInt8(ascii: "#"), let end = source.firstIndex(of: UInt8(ascii: "\n")) {
            return try vm.load(source[end...], name: name)
        }
        return try vm.load(source, name: name)
    }

    private func firstResult<R: LuaArgument & Sendable>(of coroutine: LuaCoroutine) async throws -> R {
        let task = try await finish(coroutine)
        // The task keeps the coroutine, on whose stack the result is.
        return try withExtendedLifetime(task) { try task.coroutine.result(1) }
    }

    /// Runs a task and all that it spawns, to their end. Cancelling the calling Swift task cancels them.
    func finish(_ coroutine: LuaCoroutine) async throws -> ScriptTask {
        let run = ScriptRun(scheduler.add(coroutine))
        scheduler.runs[run.main.id] = run
        let limits = scheduler.runs.count == 1 ? armLimits() : nil
        let id = run.main.id
        if isInterruptKept {
            isInterruptKept = false
            interrupt()
        }
        let requests = scheduler.cancelRequests
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in run.onEnd { continuation.resume() } }
        } onCancel: {
            // Where it waits, and where it computes.
            requests.add(id)
            stopper.watch(thread: executor.threadNumber)
            Task { await self.takeCancelRequests() }
        }
        limits?.cancel()
        noteStop()
        scheduler.runs[id] = nil
        defer {
            scheduler.unclaimed.removeAll { $0.root == id }
            if scheduler.runs.isEmpty { clearStop() }
        }
        if let error = run.error(scheduler) { throw error }
        return run.main
    }

    private func takeCancelRequests() {
        for id in scheduler.cancelRequests.take() { scheduler.cancel(run: id) }
    }
}
