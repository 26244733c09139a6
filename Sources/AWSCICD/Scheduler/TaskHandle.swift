import LuaVM

/// A task, as scripts hold it.
final class TaskHandle: LuaUserdata {
    static let luaTypeName = "task"
    let task: ScriptTask

    init(_ task: ScriptTask) { self.task = task }

    static func registerLua(in type: inout LuaTypeBuilder<TaskHandle>) throws {
        let vm = type.vm
        // join() -> results of the task's function; raises its error.
        try type.method(
            "join",
            function: try vm.waitingFunction { arguments, results in
                try wait(arguments, results: &results, timeout: nil, wantsResults: true)
            })
        // wait([seconds]) -> whether the task has ended. Never raises the task's error.
        try type.method(
            "wait",
            function: try vm.waitingFunction { arguments, results in
                var rest = arguments
                _ = try rest.next(TaskHandle.self)
                let timeout = try rest.next(Double?.self)
                return try wait(arguments, results: &results, timeout: timeout, wantsResults: false)
            })
        try type.method("cancel") { (handle: TaskHandle, context: LuaContext, reason: String?) in
            (context.vm.scheduler as? Scheduler)?.cancel(handle.task, TaskCancelled(reason: reason))
        }
        try type.method("status") { (handle: TaskHandle) -> String in handle.status }
        type.property("id") { Int($0.task.id) }
        try type.metamethod("__tostring") { (handle: TaskHandle) -> String in
            "task \(handle.task.id) (\(handle.status))"
        }
        try type.metamethod("__eq") { (handle: TaskHandle, other: TaskHandle) -> Bool in handle.task === other.task }
    }

    /// "ready", "running", "waiting", "finished", "failed" or "cancelled".
    var status: String { "\(task.state)" }

    private static func wait(
        _ arguments: LuaArguments, results: inout LuaResults, timeout: Double?, wantsResults: Bool
    ) throws -> Bool {
        var arguments = arguments
        let task = try arguments.next(TaskHandle.self).task
        guard let scheduler = arguments.vm.scheduler as? Scheduler else { return false }
        if task.state.hasEnded {
            if wantsResults {
                try scheduler.give(task, to: &results)
            } else {
                scheduler.claim(task)
                try results.push(true)
            }
            return false
        }
        if task === scheduler.current { throw LuaMessage("a task cannot wait for its own end") }
        let waiter = try scheduler.beginWait(.join)
        let details = task.details
        details.joiners.append(waiter, wantsResults ? .results : .end)
        if let timeout { scheduler.addTimer(waiter, after: timeout) }
        return true
    }
}
