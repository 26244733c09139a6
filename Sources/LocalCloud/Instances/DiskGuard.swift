import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Holds sandboxes to the size of their disks. Their files are on the host's file system, where an ordinary user cannot set
/// a quota: so when the host's free space shrinks quickly, or now and then, the folders are measured, and in one that
/// is over its limit everything that runs is ended. A single file is limited by the kernel (RLIMIT_FSIZE).
final class DiskGuard: Sendable {
    static let shared = DiskGuard()

    private struct State {
        var sandboxes: [ObjectIdentifier: Sandbox] = [:]
        /// What those that were over their limit used when they were measured last.
        var over: [ObjectIdentifier: Int64] = [:]
        var timer: (any DispatchSourceTimer)?
        var free: Int64 = 0
        var rounds = 0
    }
    private let state = UncheckedState(State())
    private let queue = DispatchQueue(label: "awscicd.localcloud.disks", qos: .utility)
    /// Bytes that the host may lose between two looks before folders are measured.
    private static let step: Int64 = 64 << 20

    func watch(_ sandbox: Sandbox) {
        state.withLock { state in
            state.sandboxes[ObjectIdentifier(sandbox)] = sandbox
            guard state.timer == nil else { return }
            let timer = DispatchSource.makeTimerSource(queue: queue)
            timer.schedule(deadline: .now() + 0.25, repeating: 0.25, leeway: .milliseconds(50))
            timer.setEventHandler { [self] in look() }
            timer.resume()
            state.timer = timer
        }
    }

    func forget(_ sandbox: Sandbox) {
        state.withLock { state in
            state.sandboxes[ObjectIdentifier(sandbox)] = nil
            state.over[ObjectIdentifier(sandbox)] = nil
            guard state.sandboxes.isEmpty else { return }
            state.timer?.cancel()
            state.timer = nil
        }
    }

    private func look() {
        guard let folder = state.withLock({ $0.sandboxes.values.first?.configuration.folder }) else { return }
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return }
        // Empty files take no blocks, but the file system's room for files.
        let free =
            Int64(status.f_bavail) * Int64(status.f_frsize)
            + Int64(min(status.f_favail, 1 << 40)) * FileTree.smallest
        let measured: [Sandbox] = state.withLock { state in
            state.rounds += 1
            let shrank = state.free - free > Self.step
            if shrank || state.free < free || state.rounds % 40 == 0 { state.free = free }
            return shrank || state.rounds % 40 == 0 ? Array(state.sandboxes.values) : []
        }
        for sandbox in measured {
            let root = sandbox.configuration.root
            let others = sandbox.configuration.binds.filter { $0.isWritable && !$0.source.hasPrefix(root + "/") }
            let used = ([root] + others.map(\.source)).reduce(0) { $0 + FileTree.size($1) }
            guard isToBeEnded(sandbox, used) else { continue }
            sandbox.onMemoryLimit?(
                "No space left on device: \(used >> 20) MiB in use of \(sandbox.configuration.limits.disk >> 20) MiB; "
                    + "what was running was ended")
            sandbox.endAllProcesses()
        }
    }
}

extension DiskGuard {
    /// Whether a sandbox is over its limit, and not because what is there is just being removed.
    private func isToBeEnded(_ sandbox: Sandbox, _ used: Int64) -> Bool {
        let id = ObjectIdentifier(sandbox)
        return state.withLock { state in
            guard used > sandbox.configuration.limits.disk else {
                state.over[id] = nil
                return false
            }
            let isEnded = state.over[id].map { used >= $0 } ?? true
            // Until it was ended it went on writing: what it may not go beyond is found out by the next look.
            state.over[id] = isEnded ? .max : used
            return isEnded
        }
    }
}

/// State behind a lock that holds what the compiler cannot know to be safe: dispatch sources.
private final class UncheckedState<Value>: @unchecked Sendable {  // all access is under `lock`
    private let lock = Mutex(())
    private var value: Value
    init(_ value: Value) { self.value = value }
    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        lock.withLock { _ in body(&value) }
    }
}
