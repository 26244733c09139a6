import LuaVM

/// Runs the tasks of one runtime, on its executor.
///
/// The order, which scripts may rely on:
/// 1. A task runs until it waits or ends; nothing interrupts it.
/// 2. Tasks that are ready run in the order in which they became so. A spawned task becomes ready when it is spawned: it
///    runs when the task that spawned it waits.
/// 3. When all that were ready have had their turn, the jobs of the runtime's actor run, then the timers that are due,
///    the earliest first.
/// 4. Before every wait, a task that was cancelled raises instead; except in a clean-up (a `__close` handler, or anything
///    while an error is on its way to its `pcall`) until the grace time is over, and inside `task.shield`.
final class Scheduler: LuaScheduler {
    let vm: LuaVM
    let clock: any RuntimeClock
    /// Seconds that clean-ups may go on waiting after a cancellation.
    let grace: Double
    /// What owns this.
    unowned var runtime: Runtime?
    var reportsDeadlocks = true

    var sites = SpawnSites()
    /// What ends the whole script, once something does.
    var stopping: TaskCancelled?
    var exitCode: Int32 = 0
    // Unchecked, here and below: they change in every turn, on one thread, and nothing that they call comes back to them.
    @exclusivity(unchecked) var alarms = Alarms()
    @exclusivity(unchecked) private(set) var current: ScriptTask?
    let cancelRequests = CancelRequests()
    let workers = OperationWorkers()
    /// Tasks that wait until another one has loaded a module, by its name.
    private var moduleWaiters: [String: [Waiter]] = [:]
    /// Every task that has not ended, by its number.
    private(set) var tasks: [UInt32: ScriptTask] = [:]
    /// Operations under way, and whatever else will wake a task from outside.
    @exclusivity(unchecked) private(set) var pending = 0
    /// What the host has started, by the number of its first task.
    var runs: [UInt32: ScriptRun] = [:]
    /// Failed tasks that nobody has joined.
    var unclaimed: [ScriptTask] = []

    /// What the running task has asked for.
    @exclusivity(unchecked) private var beginning: RunningOperation?
    @exclusivity(unchecked) private var ready: [ScriptTask] = []
    @exclusivity(unchecked) private var running: [ScriptTask] = []
    @exclusivity(unchecked) private var timers = Timers()
    private var nextID: UInt32 = 0

    init(vm: LuaVM, clock: any RuntimeClock, grace: Double) {
        self.vm = vm
        self.clock = clock
        self.grace = grace
        vm.scheduler = self
    }

    deinit { vm.scheduler = nil }

    // MARK: - Tasks

    /// Makes a coroutine a task that will run in its turn. `position` is where a script spawned it.
    func add(_ coroutine: LuaCoroutine, position: String? = nil, isBackground: Bool = false) -> ScriptTask {
        nextID &+= 1
        let site = position.map { sites.number($0, parent: current?.site ?? 0) } ?? 0
        let task = ScriptTask(
            coroutine, id: nextID, root: position == nil ? nextID : current?.root ?? nextID, site: site)
        task.isBackground = isBackground
        tasks[task.id] = task
        runs[task.root]?.taskAdded(task)
        ready.append(task)
        return task
    }

    /// Wakes a waiting task; a waiter that is void does nothing.
    @discardableResult func wake(_ waiter: Waiter, _ wakening: ScriptTask.Wakening) -> Bool {
        guard waiter.isValid else { return false }
        let task = waiter.task
        task.wait &+= 1
        task.state = .ready
        task.wakening = wakening
        ready.append(task)
        return true
    }

    /// Begins a wait of the running task; the host function that asked for it then returns.
    /// - Throws: the cancellation, when the task was cancelled.
    func beginWait(_ purpose: WaitPurpose) throws -> Waiter {
        guard let task = current else { throw LuaMessage("nothing can wait here: no task is running") }
        if pausesCancelled(task) { return Waiter(task) }
        try raiseCancellation(of: task)
        task.state = .waiting
        task.purpose = purpose
        return Waiter(task)
    }

    func waitForModule(_ name: String) throws {
        moduleWaiters[name, default: []].append(try beginWait(.module))
    }

    func moduleEnded(_ name: String) {
        for waiter in moduleWaiters.removeValue(forKey: name) ?? [] { wake(waiter, .nothing) }
    }

    func addTimer(_ waiter: Waiter, after seconds: Double) {
        timers.add(waiter, at: deadline(after: seconds), among: tasks)
    }

    /// The clock's time so many seconds from now; anything past a century is for ever.
    func deadline(after seconds: Double) -> Int64 {
        clock.now &+ Int64(min(max(seconds, 0), 4e9) * 1e9)
    }

    // MARK: - Operations of asynchronous functions

    func start(_ operation: LuaOperation) throws {
        let waiter = try beginWait(.call)
        if waiter.task.purpose == .cancelled { return }
        let running = RunningOperation(operation, waiter)
        pending += 1
        waiter.task.details.operation = running
        // Its body runs when the task no longer does.
        beginning = running
    }

    /// An operation's body has ended; called on the executor.
    func ended(_ running: RunningOperation) {
        pending -= 1
        let task = running.waiter.task
        if let rare = task.rare, rare.operation === running { rare.operation = nil }
        wake(running.waiter, .operation(running))
    }

    func resumed(_ results: inout LuaResults) throws {
        guard let task = current else { return }
        let wakening = task.wakening
        task.wakening = .nothing
        switch wakening {
        case .nothing: break
        case .failure(let error):
            if error is TaskCancelled { vm.isUnwinding = true }
            throw error
        case .operation(let running):
            // Whatever the body made of its cancellation, the script sees its own; but what succeeded is not lost: the
            // next wait raises then.
            if running.isCancelled, !running.operation.hasSucceeded { try raiseCancellation(of: task) }
            try running.operation.finish(&results)
        case .results(let other): try give(other, to: &results)
        case .value(let reference): try reference.push(to: &results)
        case .flag(let value): try results.push(value)
        case .semaphore(let semaphore): try semaphore.push(to: &results)
        }
    }

    /// The results of a task that has ended, or its error.
    func give(_ task: ScriptTask, to results: inout LuaResults) throws {
        claim(task)
        if let error = task.rare?.error {
            current?.details.givenError = error
            throw error
        }
        if !task.isCoroutineReleased { try task.coroutine.copyResults(to: &results) }
    }

    func claim(_ task: ScriptTask) {
        if !task.isJoined, task.state == .failed { unclaimed.removeAll { $0 === task } }
        task.isJoined = true
    }

    // MARK: - Turns

    /// Runs what is ready, once; answers what to wait for.
    func turn() -> RuntimeExecutor.Next {
        for ring in alarms.takeDue(at: clock) { ring() }
        fireTimers()
        swap(&ready, &running)
        // Only with something to run: when all has ended, whoever waited for that may close the VM on another thread.
        if !running.isEmpty { vm.makeRoom() }
        for task in running { run(task) }
        running.removeAll(keepingCapacity: true)
        if !ready.isEmpty { return .again }
        timers.dropVoid(tasks)
        // A grace time or a limit that is all there is to wait for does not keep a deadlock from being one.
        guard let deadline = Self.earlier(timers.earliest, alarms.earliest) else { return idle() }
        if timers.earliest == nil, case .again = idle() { return .again }
        if clock.isReal { return .sleep(deadline - clock.now) }
        if pending == 0, timers.earliest != nil { clock.idle(until: deadline) }
        return deadline <= clock.now ? .again : .wait
    }

    private static func earlier(_ one: Int64?, _ other: Int64?) -> Int64? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }

    /// Nothing is ready and no timer will make it so.
    private func idle() -> RuntimeExecutor.Next {
        guard pending == 0, reportsDeadlocks, !tasks.isEmpty else { return .wait }
        return reportDeadlock() ? .again : .wait
    }

    private func fireTimers() {
        guard timers.earliest != nil else { return }
        let now = clock.now
        while let waiter = timers.popDue(at: now, among: tasks) {
            switch waiter.task.purpose {
            case .join: wake(waiter, .flag(false))
            case .cancelled: wake(waiter, waiter.task.rare?.cancellation.map { .failure($0) } ?? .nothing)
            default: wake(waiter, .nothing)
            }
        }
    }

    private func run(_ task: ScriptTask) {
        if !task.hasStarted, let cancellation = task.rare?.cancellation, task.shields == 0 {
            task.details.error = LuaError(cancellation.reason, kind: .cancelled)
            task.details.error?.underlying = cancellation
            return end(task, .cancelled)
        }
        task.hasStarted = true
        task.state = .running
        current = task
        if task.isCancelled || !cancelRequests.isEmpty { vm.isWatched = true }
        vm.isShielded = task.shields > 0
        let state = task.coroutine.resume(
            isUnwinding: &task.isUnwinding, protectedDepth: &task.protectedDepth, isFinal: task.isGraceOver)
        current = nil
        if vm.isWatched { vm.isWatched = false }
        if let operation = beginning {
            beginning = nil
            if let runtime { workers.begin(operation, of: runtime) }
        }
        switch state {
        case .waiting: break
        case .finished: end(task, .finished)
        case .failed(var error):
            error.traceback += spawnedAt(task)
            if let given = task.rare?.givenError, given.message == error.message, !given.traceback.isEmpty {
                error.traceback = given.traceback + "\njoined by:\n" + error.traceback
            }
            task.details.error = error
            end(task, error.underlying is TaskCancelled ? .cancelled : .failed)
        }
    }

    private func end(_ task: ScriptTask, _ state: ScriptTask.State) {
        task.state = state
        tasks[task.id] = nil
        // Only results are still wanted. What else is on the stack may hold this task's own handle, or a channel in which
        // it waits: Lua's collector does not see such a circle through Swift, and none of it would ever be freed.
        let isWanted = state == .finished && (task.id == task.root || task.coroutine.resultCount > 0)
        if !isWanted { task.releaseCoroutine() }
        if let rare = task.rare {
            while let joiner = rare.joiners.popFirst() {
                // Whoever waited knows of its end, and of its error when it asks.
                wake(joiner.waiter, joiner.item == .results ? .results(task) : .flag(true))
                task.isJoined = true
            }
            for group in rare.groups { group.taskEnded(task, self) }
            rare.groups = []
        }
        if state == .failed, !task.isJoined { unclaimed.append(task) }
        runs[task.root]?.taskEnded(task, self)
    }

    private func spawnedAt(_ task: ScriptTask) -> String {
        sites.chain(task.site).map { "\nspawned as a task at:\n\t" + $0 }.joined()
    }
}
