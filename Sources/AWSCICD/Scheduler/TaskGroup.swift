import LuaVM

/// Tasks whose ends are waited for in the order in which they come: what `task.all`, `any`, `map` and scopes are made of.
final class TaskGroup: LuaUserdata {
    static let luaTypeName = "task group"

    private var ended = FIFO<ScriptTask>()
    private var remaining = 0
    private var waiter: Waiter?

    func add(_ task: ScriptTask) {
        if task.state.hasEnded {
            ended.append(task)
        } else {
            remaining += 1
            task.details.groups.append(self)
        }
    }

    func taskEnded(_ task: ScriptTask, _ scheduler: Scheduler) {
        remaining -= 1
        ended.append(task)
        if let waiter { scheduler.wake(waiter, .flag(true)) }
        waiter = nil
    }

    static func registerLua(in type: inout LuaTypeBuilder<TaskGroup>) throws {
        try type.method("add") { (group, handle: TaskHandle) in group.add(handle.task) }
        // Whether there will be an ended task to take: waits until there is one.
        try type.method(
            "wait",
            function: try type.vm.waitingFunction { arguments, results in
                let group = try TaskGroup.read(&arguments)
                guard group.ended.isEmpty, group.remaining > 0 else {
                    try results.push(!group.ended.isEmpty)
                    return false
                }
                guard let scheduler = arguments.vm.scheduler as? Scheduler else { return false }
                group.waiter = try scheduler.beginWait(.group)
                return true
            })
        try type.method("take") { (group: TaskGroup) -> TaskHandle? in
            group.ended.popFirst().map(TaskHandle.init)
        }
    }
}
