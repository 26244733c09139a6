import LuaVM
import Testing

@testable import AWSCICD

/// Waits that something else has ended are not kept for as long as their queue is.
@Suite struct WaitQueueTests {
    private final class Weak {
        weak var task: ScriptTask?
        init(_ task: ScriptTask) { self.task = task }
    }

    private func task(_ id: UInt32, _ vm: LuaVM) throws -> ScriptTask {
        let function = try vm.load("return 1", name: "=task")
        let task = ScriptTask(try vm.task(function.reference, LuaMultiple([])), id: id, root: id, site: 0)
        task.state = .waiting
        return task
    }

    @Test func waitsThatAreOverAreForgottenAndPassedOver() throws {
        let vm = try LuaVM()
        var queue = WaitQueue<Int>()
        let first = try task(1, vm)
        queue.append(Waiter(first), 1)
        var gone: [Weak] = []
        for number in 2..<1000 {
            let task = try task(UInt32(number), vm)
            gone.append(Weak(task))
            let waiter = Waiter(task)
            queue.append(waiter, number)
            // It timed out.
            task.wait &+= 1
        }
        #expect(gone.count { $0.task != nil } < 40)
        let last = try task(1000, vm)
        queue.append(Waiter(last), 1000)
        #expect(queue.popFirst()?.item == 1)
        #expect(queue.popFirst()?.item == 1000)
        #expect(queue.popFirst() == nil)
        #expect(gone.allSatisfy { $0.task == nil })
    }

    @Test func alarmsThatNobodyNeedsAreForgotten() {
        let clock = VirtualClock(jumps: false)
        var alarms = Alarms()
        var rung: [Int] = []
        final class Token {}
        weak var kept: Token?
        do {
            let token = Token()
            kept = token
            alarms.add(at: 1_000_000, unless: { true }) { withExtendedLifetime(token) {} }
        }
        for number in 0..<1000 {
            alarms.add(at: Int64(1000 - number) * 1_000_000_000, unless: { number % 10 != 0 }) { rung.append(number) }
        }
        #expect(kept == nil)
        #expect(alarms.earliest == 10_000_000_000)
        clock.advance(seconds: 500)
        for ring in alarms.takeDue(at: clock) { ring() }
        #expect(rung.filter { $0 % 10 == 0 } == Array(stride(from: 990, through: 500, by: -10)))
        clock.advance(seconds: 500)
        for ring in alarms.takeDue(at: clock) { ring() }
        #expect(alarms.earliest == nil)
    }
}
