/// What is to happen at a time, earliest first; a binary heap. Entries that something else has made void stay until they are
/// due or until they are the greater part.
struct DeadlineHeap<Payload> {
    private struct Entry {
        let deadline: Int64
        let payload: Payload
        /// What has the same deadline comes in the order in which it was added.
        let order: UInt32

        static func < (left: Entry, right: Entry) -> Bool {
            left.deadline != right.deadline ? left.deadline < right.deadline : left.order < right.order
        }
    }
    private var nextOrder: UInt32 = 0
    private var entries: [Entry] = []
    private var limit = 64

    /// Of all entries, the void ones too: see ``dropVoid(_:)``.
    var earliest: Int64? { entries.first?.deadline }

    mutating func add(_ payload: Payload, at deadline: Int64, isVoid: (Payload) -> Bool) {
        if entries.count >= limit { compact(isVoid) }
        nextOrder &+= 1
        entries.append(Entry(deadline: deadline, payload: payload, order: nextOrder))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if !(entries[child] < entries[parent]) { break }
            entries.swapAt(parent, child)
            child = parent
        }
    }

    /// Removes and returns the earliest that is due.
    mutating func popDue(at now: Int64) -> Payload? {
        guard let first = entries.first, first.deadline <= now else { return nil }
        removeFirst()
        return first.payload
    }

    /// Drops what is void from the front, so that `earliest` is of something real.
    mutating func dropVoid(_ isVoid: (Payload) -> Bool) {
        while let first = entries.first, isVoid(first.payload) { removeFirst() }
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

    private mutating func compact(_ isVoid: (Payload) -> Bool) {
        entries.removeAll { isVoid($0.payload) }
        for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
        limit = max(64, entries.count * 2)
    }
}
