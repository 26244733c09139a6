import LuaVM

/// `task.channel(capacity)`: values from task to task, in order. A send waits while the channel is full (always, until it
/// is received, when the capacity is 0); a receive waits while it is empty.
final class TaskChannel: LuaUserdata {
    static let luaTypeName = "channel"

    private let capacity: Int
    private var values = FIFO<LuaReference>()
    private var senders = WaitQueue<LuaReference>()
    private var receivers = WaitQueue<Void>()
    private var isClosed = false

    init(_ capacity: Int) { self.capacity = capacity }

    private func send(_ value: LuaReference, _ scheduler: Scheduler) throws -> Bool {
        if isClosed { throw LuaMessage("the channel is closed") }
        if let receiver = receivers.popFirst() {
            scheduler.wake(receiver.waiter, .value(value))
            return false
        }
        if values.count < capacity {
            values.append(value)
            return false
        }
        senders.append(try scheduler.beginWait(.send), value)
        return true
    }

    /// The next value, if there is one; a sender that waited takes its place.
    private func take(_ scheduler: Scheduler) -> LuaReference? {
        let first = values.popFirst()
        guard let sender = senders.popFirst() else { return first }
        scheduler.wake(sender.waiter, .nothing)
        guard first != nil else { return sender.item }
        values.append(sender.item)
        return first
    }

    private func close(_ scheduler: Scheduler) {
        guard !isClosed else { return }
        isClosed = true
        while let receiver = receivers.popFirst() { scheduler.wake(receiver.waiter, .nothing) }
        while let sender = senders.popFirst() {
            scheduler.wake(sender.waiter, .failure(LuaMessage("the channel is closed")))
        }
    }

    static func registerLua(in type: inout LuaTypeBuilder<TaskChannel>) throws {
        let vm = type.vm
        // send(value): a value other than nil, which means the end.
        try type.method(
            "send",
            function: try vm.waitingFunction { arguments, _ in
                let channel = try TaskChannel.read(&arguments)
                let value = try arguments.nextReference()
                guard let scheduler = arguments.vm.scheduler as? Scheduler else { return false }
                return try channel.send(value, scheduler)
            })
        // receive() -> the next value; nil when the channel is closed and empty. The channel itself is such a function,
        // for `for value in channel do`.
        let receive = try vm.waitingFunction { arguments, results in
            let channel = try TaskChannel.read(&arguments)
            guard let scheduler = arguments.vm.scheduler as? Scheduler else { return false }
            if let value = channel.take(scheduler) {
                try value.push(to: &results)
                return false
            }
            if channel.isClosed {
                try results.pushNil()
                return false
            }
            channel.receivers.append(try scheduler.beginWait(.receive))
            return true
        }
        try type.method("receive", function: receive)
        try type.metamethod("__call", function: receive)
        let close = try vm.function { (channel: TaskChannel, context: LuaContext) in
            if let scheduler = context.vm.scheduler as? Scheduler { channel.close(scheduler) }
        }
        try type.method("close", function: close)
        try type.metamethod("__close", function: close)
        try type.metamethod("__len") { (channel: TaskChannel) -> Int in channel.values.count }
    }
}
