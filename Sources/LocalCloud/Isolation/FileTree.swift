#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

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
        var folders = [folder]
        walk(folder) { path, status in
            guard status.st_mode & S_IFMT == S_IFDIR else {
                unlink(path)
                return
            }
            if status.st_mode & 0o700 != 0o700 { chmod(path, 0o700) }
            folders.append(path)
        }
        for folder in folders.reversed() { rmdir(folder) }
    }

    /// The same for a folder of many thousands: a file system that gives freed blocks back to its device at once waits for
    /// each removal, so many wait at a time.
    static func removeAtOnce(_ folder: String) {
        chmod(folder, 0o700)
        var files: [String] = []
        var folders: [[String]] = [[folder]]  // by their depth
        let top = depth(folder)
        walk(folder) { path, status in
            guard status.st_mode & S_IFMT == S_IFDIR else { return files.append(path) }
            if status.st_mode & 0o700 != 0o700 { chmod(path, 0o700) }
            let level = depth(path) - top
            while folders.count <= level { folders.append([]) }
            folders[level].append(path)
        }
        FileWork.forEach(files) { unlink($0) }
        for level in folders.reversed() { FileWork.forEach(level) { rmdir($0) } }
    }

    private static func depth(_ path: String) -> Int { path.utf8.count { $0 == UInt8(ascii: "/") } }
}
