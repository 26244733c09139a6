/// Waits with a deadline.
///
/// It holds the numbers of tasks, not the tasks: a task that has ended, and all that was on its stack, is not kept for a
/// wait of an hour that it was cancelled in.
struct Timers {
    private struct Wait {
        let task: UInt32
        let number: UInt32

        /// What is to be woken; nil when something else has done so.
        func waiter(in tasks: [UInt32: ScriptTask]) -> Waiter? {
            guard let task = tasks[task], task.wait == number, task.state == .waiting else { return nil }
            return Waiter(task)
        }
    }
    private var heap = DeadlineHeap<Wait>()

    var earliest: Int64? { heap.earliest }

    /// - Parameter tasks: those that have not ended, by their number.
    mutating func add(_ waiter: Waiter, at deadline: Int64, among tasks: [UInt32: ScriptTask]) {
        heap.add(Wait(task: waiter.task.id, number: waiter.wait), at: deadline) { $0.waiter(in: tasks) == nil }
    }

    /// Removes and returns the earliest wait that is due and still one.
    mutating func popDue(at now: Int64, among tasks: [UInt32: ScriptTask]) -> Waiter? {
        while let wait = heap.popDue(at: now) {
            if let waiter = wait.waiter(in: tasks) { return waiter }
        }
        return nil
    }

    /// Drops waits that are void from the front, so that `earliest` is of a real one.
    mutating func dropVoid(_ tasks: [UInt32: ScriptTask]) {
        heap.dropVoid { $0.waiter(in: tasks) == nil }
    }
}
