/// Waits with a deadline, earliest first; a binary heap. Waits that were ended by something else stay until they are due
/// or until they are the greater part.
struct TimerHeap {
    private struct Entry {
        let deadline: Int64
        let waiter: Waiter
        /// Waits of the same deadline end in the order in which they began.
        let order: UInt32

        static func < (left: Entry, right: Entry) -> Bool {
            left.deadline != right.deadline ? left.deadline < right.deadline : left.order < right.order
        }
    }
    private var nextOrder: UInt32 = 0
    private var entries: [Entry] = []
    private var limit = 64

    var earliest: Int64? { entries.first?.deadline }

    mutating func add(_ waiter: Waiter, deadline: Int64) {
        if entries.count >= limit { compact() }
        nextOrder &+= 1
        entries.append(Entry(deadline: deadline, waiter: waiter, order: nextOrder))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if !(entries[child] < entries[parent]) { break }
            entries.swapAt(parent, child)
            child = parent
        }
    }

    /// Removes and returns the earliest wait that is due.
    mutating func popDue(at now: Int64) -> Waiter? {
        guard let first = entries.first, first.deadline <= now else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            siftDown(0)
        }
        return first.waiter
    }

    /// Drops waits that are void from the front, so that `earliest` is of a real one.
    mutating func dropVoid() {
        while let first = entries.first, !first.waiter.isValid {
            let last = entries.removeLast()
            if !entries.isEmpty {
                entries[0] = last
                siftDown(0)
            }
        }
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

    private mutating func compact() {
        entries.removeAll { !$0.waiter.isValid }
        for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
        limit = max(64, entries.count * 2)
    }
}
