/// The deadlines that are not a task's own wait: limits, and the ends of grace times.
struct Alarms {
    private struct Alarm {
        /// Nobody needs to hear it any more.
        let isVoid: () -> Bool
        let ring: () -> Void
    }
    private var heap = DeadlineHeap<Alarm>()

    /// The next that somebody needs to hear.
    var earliest: Int64? {
        mutating get {
            heap.dropVoid { $0.isVoid() }
            return heap.earliest
        }
    }

    mutating func add(at deadline: Int64, unless isVoid: @escaping () -> Bool = { false }, _ ring: @escaping () -> Void)
    {
        heap.add(Alarm(isVoid: isVoid, ring: ring), at: deadline) { $0.isVoid() }
    }

    mutating func removeAll() { heap = DeadlineHeap() }

    /// Takes what is due out; the caller rings it, since that may set further alarms.
    mutating func takeDue(at clock: any RuntimeClock) -> [() -> Void] {
        guard heap.earliest != nil else { return [] }
        let now = clock.now
        var due: [() -> Void] = []
        while let alarm = heap.popDue(at: now) { due.append(alarm.ring) }
        return due
    }
}
