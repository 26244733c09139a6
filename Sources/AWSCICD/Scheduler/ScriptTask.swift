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
    }

    var coroutine: LuaCoroutine
    let id: UInt32
    var state = State.ready
    /// An error is on its way through the coroutine.
    var isUnwinding = false
    var shields: UInt8 = 0
    /// Ends with the main script instead of keeping it from ending.
    var isBackground = false
    /// Its error has been, or will be, given to someone.
    var isJoined = false
    var isGraceOver = false
    /// Counts waits, so that what wakes an earlier one is known to be late.
    var wait: UInt32 = 0
    /// Where it was spawned; an index of the scheduler's ``SpawnSites``.
    var site: Int32 = 0
    var wakening = Wakening.nothing
    var rare: Rare?

    /// What few tasks have.
    final class Rare {
        var joiners: [Waiter] = []
        var error: LuaError?
        var cancellation: TaskCancelled?
        var operation: RunningOperation?
        /// What it waits for, in words, for reports.
        var purpose = ""
        var completion: ((ScriptTask) -> Void)?
    }

    init(_ coroutine: LuaCoroutine, id: UInt32) {
        self.coroutine = coroutine
        self.id = id
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
    enum Cause: Sendable { case script, scope, interrupt, timeLimit, end }
    var cause: Cause = .script
    var reason = "the task was cancelled"

    var luaMessage: String { reason }
    func writeLuaFields(_ fields: inout LuaWriter) { fields["code"] = "cancelled" }
}

/// An operation under way: its body runs in a Swift task of the pool.
final class RunningOperation {
    let operation: LuaOperation
    let waiter: Waiter
    /// The Swift task that runs it, once it does.
    var worker: OperationWorker?
    var isCancelled = false

    init(_ operation: LuaOperation, _ waiter: Waiter) {
        self.operation = operation
        self.waiter = waiter
    }
}
