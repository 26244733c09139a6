import Synchronization

/// Runs that the host has cancelled, until the scheduler hears of it: the runtime's thread may be computing.
final class CancelRequests: Sendable {
    private let ids = Mutex<Set<UInt32>>([])
    private let hasSome = Atomic<Bool>(false)

    var isEmpty: Bool { !hasSome.load(ordering: .acquiring) }

    func add(_ run: UInt32) {
        ids.withLock { ids in
            ids.insert(run)
            hasSome.store(true, ordering: .releasing)
        }
    }

    func take() -> Set<UInt32> {
        if isEmpty { return [] }
        return ids.withLock { ids in
            let taken = ids
            ids = []
            hasSome.store(false, ordering: .releasing)
            return taken
        }
    }
}
