import LuaVM

/// `task`: what runs at the same time. The parts that wait are here; those that combine them are Lua, in
/// stdlib/task.lua.
enum TaskModule: LuaModule {
    static let name = "task"

    static func open(in runtime: isolated Runtime) throws -> LuaTable {
        let vm = runtime.vm
        let scheduler = Unowned(runtime.scheduler)
        let module = try vm.table()

        for (name, isBackground) in [("spawn", false), ("background", true)] {
            try module.set(
                name,
                try vm.rawFunction { arguments, results in
                    let scheduler = scheduler.object
                    let position = arguments.position ?? "?"
                    let coroutine = try arguments.vm.task(taking: &arguments)
                    let task = scheduler.add(coroutine, position: position, isBackground: isBackground)
                    if let stopping = scheduler.stopping { scheduler.cancel(task, stopping) }
                    try TaskHandle(task).push(to: &results)
                })
        }
        try module.set(
            "sleep",
            try vm.waitingFunction { arguments, _ in
                let seconds = try arguments.next(Double.self)
                guard seconds >= 0 else { throw LuaArgumentError(index: 1, "seconds must not be negative") }
                let waiter = try scheduler.object.beginWait(.sleep)
                scheduler.object.addTimer(waiter, after: seconds)
                return true
            })
        try module.set(
            "yield",
            try vm.waitingFunction { _, _ in
                let waiter = try scheduler.object.beginWait(.nothing)
                scheduler.object.wake(waiter, .nothing)
                return true
            })
        try module.set(
            "current",
            try vm.rawFunction { _, results in
                guard let task = scheduler.object.current else { return try results.pushNil() }
                try TaskHandle(task).push(to: &results)
            })
        try module.set(
            "semaphore",
            try vm.rawFunction { arguments, results in
                let count = try arguments.next(Int.self)
                guard count >= 1 else { throw LuaArgumentError(index: 1, "at least 1 expected") }
                try TaskSemaphore(count).push(to: &results)
            })
        try module.set(
            "channel",
            try vm.rawFunction { arguments, results in
                let capacity = try arguments.next(Int?.self) ?? 0
                guard capacity >= 0 else { throw LuaArgumentError(index: 1, "the capacity must not be negative") }
                try TaskChannel(capacity).push(to: &results)
            })
        try module.set("group", try vm.rawFunction { _, results in try TaskGroup().push(to: &results) })
        try module.set(
            "shield_guard",
            try vm.rawFunction { _, results in
                guard let task = scheduler.object.current else { return }
                try TaskShield(task, scheduler.object).push(to: &results)
            })
        try module.set(
            "raise_timeout",
            try vm.rawFunction { arguments, _ in
                throw TaskTimeout(seconds: try arguments.next(Double.self))
            })
        return module
    }
}

/// A reference that does not keep its object: the VM's functions belong to the runtime that owns both.
struct Unowned<Object: AnyObject> {
    unowned let object: Object
    init(_ object: Object) { self.object = object }
}

extension Unowned: Sendable where Object: Sendable {}

/// Keeps a task from being cancelled until it is closed.
final class TaskShield: LuaUserdata {
    static let luaTypeName = "shield"
    private var task: ScriptTask?
    private weak var scheduler: Scheduler?

    init(_ task: ScriptTask, _ scheduler: Scheduler) {
        self.task = task
        self.scheduler = scheduler
        task.shields += 1
        scheduler.vm.isShielded = true
    }

    private func end() {
        guard let task else { return }
        task.shields -= 1
        self.task = nil
        if let scheduler, scheduler.current === task { scheduler.vm.isShielded = task.shields > 0 }
    }

    static func registerLua(in type: inout LuaTypeBuilder<TaskShield>) throws {
        try type.metamethod("__close") { (shield: TaskShield) in
            shield.end()
        }
    }
}

/// What `task.timeout` raises: `code` is "timeout", `seconds` how long it waited.
struct TaskTimeout: LuaRaisable {
    let seconds: Double
    var luaMessage: String { "timed out after \(seconds.formattedSeconds)" }
    func writeLuaFields(_ fields: inout LuaWriter) {
        fields["code"] = "timeout"
        fields["seconds"] = seconds
    }
}

extension Double {
    var formattedSeconds: String {
        let number = self == rounded() && magnitude < 1e15 ? String(Int64(self)) : String(self)
        return number + (self == 1 ? " second" : " seconds")
    }
}
