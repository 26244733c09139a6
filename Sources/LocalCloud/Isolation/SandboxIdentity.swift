import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The host user that a sandbox's processes run as. An ordinary user's sandboxes run as that user; root's run each as an
/// id of its own that nothing else on the host has, so root inside is nobody outside.
enum SandboxIdentity {
    /// Far above what distributions and container tools give out.
    private static let base: UInt32 = 0x6000_0000
    private static let next = Mutex<UInt32>(base + UInt32.random(in: 0..<0x0800_0000))

    /// Nil for an ordinary user. A folder that a sandbox has owned keeps its id.
    static func id(for folder: String) -> UInt32? {
        guard geteuid() == 0 else { return nil }
        var status = stat()
        if lstat(folder, &status) == 0, status.st_uid >= base, status.st_uid < 2 * base { return status.st_uid }
        return next.withLock { next in
            next += 1
            return next
        }
    }

    /// Gives a folder and all in it to `id`; links are not followed.
    static func give(_ folder: String, to id: UInt32) {
        lchown(folder, id, id)
        FileTree.walk(folder) { path, status in
            if status.st_uid != id { lchown(path, id, id) }
        }
    }
}
