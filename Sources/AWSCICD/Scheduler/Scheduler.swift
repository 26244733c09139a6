import LuaVM

/// Runs the tasks of one runtime, on its executor.
///
/// The order, which scripts may rely on:
/// 1. A task runs until it waits or ends; nothing interrupts it.
/// 2. Tasks that are ready run in the order in which they became so. A spawned task becomes ready when it is spawned: it
///    runs when the task that spawned it waits.
/// 3. When none is ready, the jobs of the runtime's actor run, then the timers that are due, the earliest first.
/// 4. Before every wait, a task that was cancelled raises instead; except in a clean-up (a `__close` handler, or anything
///    while an error is on its way to its `pcall`) until the grace time is over, and inside `task.shield`.
final class Scheduler: LuaScheduler {
    let vm: LuaVM
    let clock: any RuntimeClock
    /// Seconds that clean-ups may go on waiting after a cancellation.
    let grace: Double
    let pool: OperationPool
    var sites = SpawnSites()

    private(set) var current: ScriptTask?
    private var ready: [ScriptTask] = []
    private var running: [ScriptTask] = []
    private var timers = TimerHeap()
    private var nextID: UInt32 = 0
    /// Operations under way, and whatever else will wake a task from outside.
    private(set) var pending = 0
    /// Every task that has not ended, by its number.
    private(set) var tasks: [UInt32: ScriptTask] = [:]

    init(vm: LuaVM, clock: any RuntimeClock, grace: Double) {
        self.vm = vm
        self.clock = clock
        self.grace = grace
        pool = OperationPool()
        vm.scheduler = self
    }

    // MARK: - Tasks

    /// Makes a coroutine a task that will run in its turn.
    func add(_ coroutine: LuaCoroutine, isBackground: Bool = false) -> ScriptTask {
        nextID &+= 1
        let task = ScriptTask(coroutine, id: nextID)
        task.isBackground = isBackground
        tasks[task.id] = task
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

    /// Begins a wait of the running task, which its host function then returns from.
    /// - Throws: the cancellation, when the task was cancelled.
    func beginWait(_ purpose: @autoclosure () -> String = "") throws -> Waiter {
        guard let task = current else { throw LuaMessage("nothing can wait here: no task is running") }
        try raiseCancellation(of: task)
        task.state = .waiting
        if let rare = task.rare { rare.purpose = purpose() }
        return Waiter(task)
    }

    /// The cancellation that a task has to raise now, if it has one.
    func raiseCancellation(of task: ScriptTask) throws {
        guard let cancellation = task.rare?.cancellation, mayInterrupt(task) else { return }
        vm.isUnwinding = true
        throw cancellation
    }

    /// Whether a cancellation may end what a task does now.
    func mayInterrupt(_ task: ScriptTask) -> Bool {
        if task.isGraceOver { return true }
        if task.shields > 0 { return false }
        let unwinding = task === current ? vm.isUnwinding : task.isUnwinding
        return !unwinding && !task.coroutine.isInCloseHandler
    }

    func addTimer(_ waiter: Waiter, after seconds: Double) {
        // Past about 290 years Int64's nanoseconds end: that is for ever.
        let nanoseconds = min(max(seconds, 0) * 1e9, 9e18 / 2)
        timers.add(waiter, deadline: clock.now &+ Int64(nanoseconds))
    }

    // MARK: - Operations

    func start(_ operation: LuaOperation) throws {
        let waiter = try beginWait("a call of the host")
        let running = RunningOperation(operation, waiter)
        pending += 1
        waiter.task.details.operation = running
        pool.start(running)
    }

    /// An operation's body has ended; called by the pool on the executor.
    func ended(_ running: RunningOperation) {
        pending -= 1
        let task = running.waiter.task
        if task.rare?.operation === running { task.rare?.operation = nil }
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
            if running.isCancelled, !running.operation.hasSucceeded {
                // Whatever the body made of its cancellation, the script sees its own.
                try raiseCancellation(of: task)
            }
            try running.operation.finish(&results)
        case .results(let other): try give(other, to: &results)
        case .value(let reference): try reference.push(to: &results)
        case .flag(let value): try results.push(value)
        }
    }

    /// The results of a task that has ended, or its error.
    func give(_ task: ScriptTask, to results: inout LuaResults) throws {
        task.isJoined = true
        if let error = task.rare?.error { throw error }
        try task.coroutine.copyResults(to: &results)
    }

    // MARK: - Turns

    /// Runs what is ready, once; answers what to wait for.
    func turn() -> RuntimeExecutor.Next {
        fireTimers()
        swap(&ready, &running)
        for task in running { run(task) }
        running.removeAll(keepingCapacity: true)
        if !ready.isEmpty { return .again }
        timers.dropVoid()
        guard let deadline = timers.earliest else { return .wait }
        if clock.isReal { return .sleep(deadline - clock.now) }
        if pending == 0 { clock.idle(until: deadline) }
        return deadline <= clock.now ? .again : .wait
    }

    private func fireTimers() {
        guard timers.earliest != nil else { return }
        let now = clock.now
        while let waiter = timers.popDue(at: now) { wake(waiter, .nothing) }
    }

    private func run(_ task: ScriptTask) {
        current = task
        task.state = .running
        let state = task.coroutine.resume(isUnwinding: &task.isUnwinding)
        current = nil
        switch state {
        case .waiting: break
        case .finished: end(task, .finished)
        case .failed(let error):
            task.details.error = error
            end(task, error.underlying is TaskCancelled ? .cancelled : .failed)
        }
    }

    private func end(_ task: ScriptTask, _ state: ScriptTask.State) {
        task.state = state
        tasks[task.id] = nil
        guard let rare = task.rare else { return }
        for joiner in rare.joiners where wake(joiner, .results(task)) { task.isJoined = true }
        rare.joiners = []
        rare.completion?(task)
        rare.completion = nil
    }
}
