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

/// Folders, walked without following links.
enum FileTree {
    /// Calls `visit` with everything below `folder`, folders before what is in them.
    static func walk(_ folder: String, _ visit: (_ path: String, _ status: stat) -> Void) {
        guard let stream = opendir(folder) else { return }
        var folders: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            let path = folder + "/" + name
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            visit(path, status)
            if status.st_mode & S_IFMT == S_IFDIR { folders.append(path) }
        }
        closedir(stream)
        for folder in folders { walk(folder, visit) }
    }

    /// What a file takes at least, an empty one too: its place in the file system's tables.
    static let smallest: Int64 = 4096

    /// Bytes on disk of everything below `folder`.
    static func size(_ folder: String) -> Int64 {
        var total: Int64 = 0
        walk(folder) { _, status in total += max(Int64(status.st_blocks) * 512, smallest) }
        return total
    }
}

extension FileTree {
    /// Removes a folder and all in it, folders without permissions included; links are removed, not followed.
    static func remove(_ folder: String) {
        chmod(folder, 0o700)
        walk(folder) { path, status in
            if status.st_mode & S_IFMT == S_IFDIR, status.st_mode & 0o700 != 0o700 { chmod(path, 0o700) }
        }
        removeWalk(folder)
    }

    private static func removeWalk(_ folder: String) {
        if let stream = opendir(folder) {
            while let entry = readdir(stream) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name == "." || name == ".." { continue }
                let path = folder + "/" + name
                var status = stat()
                guard lstat(path, &status) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFDIR { removeWalk(path) } else { unlink(path) }
            }
            closedir(stream)
        }
        rmdir(folder)
    }
}
