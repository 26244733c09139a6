import LuaVM

/// A task: a coroutine and what it waits for. Kept small, since a script may have a hundred thousand of them.
final class ScriptTask {
    enum State: UInt8 {
        case ready, running, waiting, finished, failed, cancelled

        var hasEnded: Bool { self.rawValue >= State.finished.rawValue }
    }

    /// What a resumed task finds.
    enum Wakening {
        case nothing
        case failure(any Error)
        case operation(RunningOperation)
        /// The results of a task that has ended.
        case results(ScriptTask)
        case value(LuaReference)
        case flag(Bool)
        case semaphore(TaskSemaphore)
    }

    /// Not to be used once it was given back.
    let coroutine: LuaCoroutine
    private(set) var isCoroutineReleased = false
    let id: UInt32
    /// The task that the host started and that this one descends from; its own number when it is one.
    let root: UInt32
    /// Where it was spawned; a number of the scheduler's ``SpawnSites``.
    let site: Int32
    /// Counts waits, so that what wakes an earlier one is known to be late.
    var wait: UInt32 = 0
    var state = State.ready
    var purpose = WaitPurpose.nothing
    var shields: UInt32 = 0
    var hasStarted = false
    /// An error is on its way through the coroutine.
    var isUnwinding = false
    /// How many calls of `pcall` the coroutine is in.
    var protectedDepth: Int32 = 0
    /// Ends with the main script instead of keeping it from ending.
    var isBackground = false
    /// Its error has been, or will be, given to someone.
    var isJoined = false
    var isGraceOver = false
    var wakening = Wakening.nothing
    private(set) var rare: Rare?

    /// What few tasks have.
    final class Rare {
        var joiners = WaitQueue<Joining>()
        var groups: [TaskGroup] = []
        var error: LuaError?
        /// An error of another task that this one was given, whose traceback belongs to its own.
        var givenError: LuaError?
        var cancellation: TaskCancelled?
        /// How often the cancellation has been raised.
        var tellings = 0
        /// By the scheduler's clock: when its clean-ups have to have ended.
        var graceEnd = Int64.max
        var operation: RunningOperation?
    }

    init(_ coroutine: LuaCoroutine, id: UInt32, root: UInt32, site: Int32) {
        self.coroutine = coroutine
        self.id = id
        self.root = root
        self.site = site
    }

    deinit { releaseCoroutine() }

    /// Gives the coroutine back to the garbage collector, with all that is on its stack.
    func releaseCoroutine() {
        if isCoroutineReleased { return }
        isCoroutineReleased = true
        coroutine.release()
    }

    /// What few tasks have, made when it is needed.
    var details: Rare {
        if let rare { return rare }
        let made = Rare()
        rare = made
        return made
    }

    var isCancelled: Bool { rare?.cancellation != nil }
}

/// What a task waits for, in the words of reports.
enum WaitPurpose: UInt8 {
    case nothing, sleep, call, join, group, semaphore, send, receive, module
    /// For its cancellation to be raised once more.
    case cancelled

    var text: String {
        switch self {
        case .nothing, .cancelled: "waits"
        case .sleep: "sleeps"
        case .call: "waits for a call"
        case .join: "waits for a task to end"
        case .group: "waits for one of several tasks to end"
        case .semaphore: "waits to acquire a semaphore"
        case .send: "waits to send to a channel"
        case .receive: "waits to receive from a channel"
        case .module: "waits for a module that another task loads"
        }
    }
}

/// What is wanted of a task by those who wait for its end.
enum Joining {
    case results
    /// To know of it.
    case end
}

/// One wait of a task. It is void once the task has been woken by something else.
struct Waiter {
    let task: ScriptTask
    let wait: UInt32

    init(_ task: ScriptTask) {
        self.task = task
        wait = task.wait
    }

    var isValid: Bool { task.wait == wait && task.state == .waiting }
}

/// What a cancelled task raises where it waits: `code` is "cancelled".
struct TaskCancelled: LuaRaisable {
    /// Why; the later ones are the more urgent.
    enum Cause: Int, Sendable { case script, end, host, exit, timeLimit, processorTime, interrupt }
    var cause: Cause = .script
    var reason = "the task was cancelled"

    init(_ cause: Cause = .script, reason: String? = nil) {
        self.cause = cause
        switch cause {
        case .script, .end, .host: self.reason = "the task was cancelled"
        case .exit: self.reason = "the script exits"
        case .timeLimit: self.reason = "the time limit was reached"
        case .processorTime: self.reason = "the processor time limit was reached"
        case .interrupt: self.reason = "interrupted"
        }
        if let reason { self.reason = reason }
    }

    var luaMessage: String { reason }
    func writeLuaFields(_ fields: inout LuaWriter) { fields["code"] = "cancelled" }
}

/// An operation under way. Used on the runtime's executor alone.
final class RunningOperation: @unchecked Sendable {
    let operation: LuaOperation
    let waiter: Waiter
    /// What runs its body, once something does.
    var worker: OperationWorker?
    var isCancelled = false

    init(_ operation: LuaOperation, _ waiter: Waiter) {
        self.operation = operation
        self.waiter = waiter
    }
}
