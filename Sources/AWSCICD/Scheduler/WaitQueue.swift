/// Waits in the order in which they began, each with what belongs to it. Those that were ended by something else (a time-out,
/// a cancellation) are passed over, and forgotten when they are the greater part: a channel that is asked again and again,
/// with a time limit each, keeps nothing of those who asked.
struct WaitQueue<Item> {
    private var entries = FIFO<(waiter: Waiter, item: Item)>()
    private var limit = 16

    mutating func append(_ waiter: Waiter, _ item: Item) {
        if entries.count >= limit {
            entries.removeAll { !$0.waiter.isValid }
            limit = max(16, entries.count * 2)
        }
        entries.append((waiter, item))
    }

    /// The first that still waits.
    mutating func popFirst() -> (waiter: Waiter, item: Item)? {
        while let first = entries.popFirst() {
            if first.waiter.isValid { return first }
        }
        return nil
    }
}

extension WaitQueue where Item == Void {
    mutating func append(_ waiter: Waiter) { append(waiter, ()) }
}
