/// The few deadlines that are not a task's own wait: limits, and the ends of grace times.
struct Alarms {
    private var entries: [(deadline: Int64, ring: () -> Void)] = []

    var earliest: Int64? { entries.map(\.deadline).min() }

    mutating func add(at deadline: Int64, _ ring: @escaping () -> Void) {
        entries.append((deadline, ring))
    }

    mutating func removeAll() { entries = [] }

    /// Takes what is due out; the caller rings it, since that may set further alarms.
    mutating func takeDue(at clock: any RuntimeClock) -> [() -> Void] {
        guard !entries.isEmpty else { return [] }
        let now = clock.now
        let due = entries.filter { $0.deadline <= now }
        if !due.isEmpty { entries.removeAll { $0.deadline <= now } }
        return due.map(\.ring)
    }
}
