/// Waits with a deadline, earliest first; a binary heap. Waits that were ended by something else stay until they are due
/// or until they are the greater part.
///
/// It holds the numbers of tasks, not the tasks: a task that has ended, and all that was on its stack, is not kept for a
/// wait of an hour that it was cancelled in.
struct TimerHeap {
    private struct Entry {
        let deadline: Int64
        let task: UInt32
        let wait: UInt32
        /// Waits of the same deadline end in the order in which they began.
        let order: UInt32

        static func < (left: Entry, right: Entry) -> Bool {
            left.deadline != right.deadline ? left.deadline < right.deadline : left.order < right.order
        }

        /// What is to be woken; nil when something else has done so.
        func waiter(in tasks: [UInt32: ScriptTask]) -> Waiter? {
            guard let task = tasks[task], task.wait == wait, task.state == .waiting else { return nil }
            return Waiter(task)
        }
    }
    private var nextOrder: UInt32 = 0
    private var entries: [Entry] = []
    private var limit = 64

    var earliest: Int64? { entries.first?.deadline }

    /// - Parameter tasks: those that have not ended, by their number.
    mutating func add(_ waiter: Waiter, deadline: Int64, among tasks: [UInt32: ScriptTask]) {
        if entries.count >= limit { compact(tasks) }
        nextOrder &+= 1
        entries.append(Entry(deadline: deadline, task: waiter.task.id, wait: waiter.wait, order: nextOrder))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if !(entries[child] < entries[parent]) { break }
            entries.swapAt(parent, child)
            child = parent
        }
    }

    /// Removes and returns the earliest wait that is due and still one.
    mutating func popDue(at now: Int64, among tasks: [UInt32: ScriptTask]) -> Waiter? {
        while let first = entries.first, first.deadline <= now {
            removeFirst()
            if let waiter = first.waiter(in: tasks) { return waiter }
        }
        return nil
    }

    /// Drops waits that are void from the front, so that `earliest` is of a real one.
    mutating func dropVoid(_ tasks: [UInt32: ScriptTask]) {
        while let first = entries.first, first.waiter(in: tasks) == nil { removeFirst() }
    }

    private mutating func removeFirst() {
        let last = entries.removeLast()
        if entries.isEmpty { return }
        entries[0] = last
        siftDown(0)
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var child = 2 * parent + 1
            if child >= entries.count { return }
            if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
            if !(entries[child] < entries[parent]) { return }
            entries.swapAt(parent, child)
            parent = child
        }
    }

    private mutating func compact(_ tasks: [UInt32: ScriptTask]) {
        entries.removeAll { $0.waiter(in: tasks) == nil }
        for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
        limit = max(64, entries.count * 2)
    }
}
