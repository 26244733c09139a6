import Synchronization

/// The keys of a structure's maps: maps with the same members present share them, in one answer and from one to the next.
struct KeyLayouts: ~Copyable, Sendable {
    // Not private: Swift 6.3 cannot link a private type that a class of another file holds inside a struct without copies.
    struct Layout {
        let members: [UInt16]
        let keys: KeyList
    }

    /// Unions have as many as members.
    private static let limit = 16
    private let known = Mutex<[Layout]>([])

    /// nil when a member occurs twice: such a map has fewer keys.
    func keys(of present: UnsafeBufferPointer<UInt16>, name: (UInt16) -> String) -> KeyList? {
        known.withLock { known in
            for place in known.indices where Self.isEqual(known[place].members, present) { return known[place].keys }
            let keys = KeyList(present.map(name))
            if keys.hasRepeats { return nil }
            let layout = Layout(members: Array(present), keys: keys)
            if known.count >= Self.limit { known.removeFirst() }
            known.append(layout)
            return layout.keys
        }
    }

    @inline(__always)
    private static func isEqual(_ members: [UInt16], _ present: UnsafeBufferPointer<UInt16>) -> Bool {
        guard members.count == present.count else { return false }
        return members.withUnsafeBufferPointer { members in
            for place in 0..<present.count where members[place] != present[place] { return false }
            return true
        }
    }
}
