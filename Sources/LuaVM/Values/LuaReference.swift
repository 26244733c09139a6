import CLuaShim
import Synchronization

/// A value kept in Lua's registry for Swift.
///
/// It can be held, and dropped, on any thread; the slot is given back when the VM next runs. Reaching the value needs the
/// VM: ``LuaVM/value(of:)``.
public final class LuaReference: Sendable {
    @usableFromInline let id: Int32
    private let releases: ReleaseQueue

    init(_ id: Int32, _ releases: ReleaseQueue) {
        self.id = id
        self.releases = releases
    }

    deinit { releases.add(id) }

    /// True when the value belongs to that VM.
    func belongs(to vm: LuaVM) -> Bool { releases === vm.releases }
}

/// Registry slots that Swift no longer holds, until the VM's own thread can give them back.
final class ReleaseQueue: Sendable {
    private let ids = Mutex<(pending: [Int32], isClosed: Bool)>(([], false))
    private let isEmpty = Atomic<Bool>(true)

    func add(_ id: Int32) {
        ids.withLock { state in
            if !state.isClosed { state.pending.append(id) }
        }
        isEmpty.store(false, ordering: .releasing)
    }

    func drain(_ release: (Int32) -> Void) {
        guard !isEmpty.load(ordering: .acquiring) else { return }
        let pending = ids.withLock { state in
            isEmpty.store(true, ordering: .relaxed)
            return exchange(&state.pending, with: [])
        }
        for id in pending { release(id) }
    }

    func close() {
        ids.withLock { $0.isClosed = true }
    }
}

func exchange<T>(_ value: inout T, with new: T) -> T {
    let old = value
    value = new
    return old
}
