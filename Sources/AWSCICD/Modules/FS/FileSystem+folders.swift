#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension FileSystem {
    struct Entry: Sendable {
        let name: FSPath
        let kind: Kind
    }

    /// The entries of a folder, without "." and "..", in the order of their bytes.
    static func list(_ path: FSPath) throws(FileError) -> [Entry] {
        guard let folder = path.withCString({ opendir($0) }) else { throw FileError("list", path, errno: errno) }
        defer { closedir(folder) }
        var entries: [Entry] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else {
                if errno != 0 { throw FileError("list", path, errno: errno) }
                break
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: UInt8.self, capacity: 256) { bytes in
                    Array(UnsafeBufferPointer(start: bytes, count: 256).prefix { $0 != 0 })
                }
            }
            if name == [0x2E] || name == [0x2E, 0x2E] { continue }
            let child = try FSPath(name)
            let kind: Kind =
                switch Int32(entry.pointee.d_type) {
                case Int32(DT_REG): .file
                case Int32(DT_DIR): .directory
                case Int32(DT_LNK): .link
                case Int32(DT_UNKNOWN):
                    (try? status(of: path.appending(child), followingLinks: false))?.kind ?? .other
                default: .other
                }
            entries.append(Entry(name: child, kind: kind))
        }
        return entries.sorted { $0.name.bytes.lexicographicallyPrecedes($1.name.bytes) }
    }

    /// Everything below a folder, each as a path relative to it; folders come before what they hold. Symbolic links are
    /// named and not followed.
    static func walk(_ path: FSPath) throws(FileError) -> [Entry] {
        var found: [Entry] = []
        var open: [FSPath?] = [nil]
        while let relative = open.popLast() {
            var below: [FSPath] = []
            for entry in try list(relative.map(path.appending) ?? path) {
                let name = relative?.appending(entry.name) ?? entry.name
                found.append(Entry(name: name, kind: entry.kind))
                if entry.kind == .directory { below.append(name) }
            }
            open.append(contentsOf: below.reversed().map(Optional.some))
        }
        return found.sorted { $0.name.bytes.lexicographicallyPrecedes($1.name.bytes) }
    }

    /// Makes a folder and the ones above it; one that is there already is no error.
    static func makeDirectory(_ path: FSPath, mode: UInt32 = 0o777) throws(FileError) {
        if path.withCString({ mkdir($0, mode_t(mode)) }) == 0 { return }
        switch errno {
        case EEXIST:
            guard (try? status(of: path))?.kind == .directory else { throw FileError("make", path, errno: EEXIST) }
        case ENOENT:
            let parent = path.parent
            guard parent != path else { throw FileError("make", path, errno: ENOENT) }
            try makeDirectory(parent)
            if path.withCString({ mkdir($0, mode_t(mode)) }) != 0, errno != EEXIST {
                throw FileError("make", path, errno: errno)
            }
        case let number: throw FileError("make", path, errno: number)
        }
    }

    /// Removes a file, a link or an empty folder; with `recursively`, a folder with all that it holds. Links are removed,
    /// never followed. False when there was nothing.
    @discardableResult
    static func remove(_ path: FSPath, recursively: Bool = false) throws(FileError) -> Bool {
        let kind: Kind
        do {
            kind = try status(of: path, followingLinks: false).kind
        } catch {
            if error.code == "ENOENT" { return false }
            throw FileError("remove", path, errno: errno)
        }
        guard kind == .directory else {
            if path.withCString({ unlink($0) }) != 0 { throw FileError("remove", path, errno: errno) }
            return true
        }
        if recursively {
            guard try absolute(path).bytes != [0x2F] else {
                throw FileError("remove", path: "/", reason: "that is the whole file system", code: "EPERM")
            }
            for entry in try list(path) { try remove(path.appending(entry.name), recursively: true) }
        }
        if path.withCString({ rmdir($0) }) != 0 {
            if errno == ENOTEMPTY, !recursively {
                throw FileError(
                    "remove", path: path.description,
                    reason: "the folder is not empty (use { recursive = true })", code: "ENOTEMPTY")
            }
            throw FileError("remove", path, errno: errno)
        }
        return true
    }

    /// Makes a new empty folder in `TMPDIR`, else /tmp, that only this user can look into.
    static func makeTemporaryDirectory(prefix: String = "awscicd") throws(FileError) -> FSPath {
        try makeTemporary(prefix) { mkdtemp($0) != nil }
    }

    /// Makes a new empty file in `TMPDIR`, else /tmp, that only this user can read.
    static func makeTemporaryFile(prefix: String = "awscicd") throws(FileError) -> FSPath {
        try makeTemporary(prefix) {
            let descriptor = mkstemp($0)
            if descriptor >= 0 { close(descriptor) }
            return descriptor >= 0
        }
    }

    private static func makeTemporary(
        _ prefix: String, _ make: (UnsafeMutablePointer<CChar>) -> Bool
    ) throws(FileError) -> FSPath {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        let template = try FSPath(base.isEmpty ? "/tmp" : base).appending(FSPath("\(prefix).XXXXXX"))
        var bytes = template.bytes.map { CChar(bitPattern: $0) } + [0]
        let made = bytes.withUnsafeMutableBufferPointer { $0.baseAddress.map(make) ?? false }
        guard made else { throw FileError("make a temporary file in", template.parent, errno: errno) }
        return try FSPath(bytes.dropLast().map { UInt8(bitPattern: $0) })
    }
}
