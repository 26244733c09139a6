import LuaVM

/// `task.semaphore(n)`: at most `n` tasks at a time; those that wait get their turn in order.
final class TaskSemaphore: LuaUserdata {
    static let luaTypeName = "semaphore"

    private var available: Int
    private var waiters = WaitQueue<Void>()

    init(_ count: Int) { available = count }

    private func release(_ scheduler: Scheduler) {
        if let first = waiters.popFirst() {
            scheduler.wake(first.waiter, .semaphore(self))
        } else {
            available += 1
        }
    }

    static func registerLua(in type: inout LuaTypeBuilder<TaskSemaphore>) throws {
        let vm = type.vm
        // acquire() -> the semaphore, for `local permit <close> = semaphore:acquire()`.
        try type.method(
            "acquire",
            function: try vm.waitingFunction { arguments, results in
                let semaphore = try TaskSemaphore.read(&arguments)
                guard let scheduler = arguments.vm.scheduler as? Scheduler else { return false }
                if semaphore.available > 0 {
                    semaphore.available -= 1
                    try semaphore.push(to: &results)
                    return false
                }
                semaphore.waiters.append(try scheduler.beginWait(.semaphore))
                return true
            })
        try type.method("try_acquire") { (semaphore: TaskSemaphore) -> Bool in
            guard semaphore.available > 0 else { return false }
            semaphore.available -= 1
            return true
        }
        let release = try vm.function { (semaphore: TaskSemaphore, context: LuaContext) in
            if let scheduler = context.vm.scheduler as? Scheduler { semaphore.release(scheduler) }
        }
        try type.method("release", function: release)
        try type.metamethod("__close", function: release)
        type.property("available") { $0.available }
    }
}
