#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Files and folders by plain system calls: what the script module `fs` does, without Lua.
enum FileSystem {
    enum Kind: String, Sendable { case file, directory, link, other }

    /// What `stat` says. `modified` is in seconds since 1970.
    struct Status: Sendable {
        let kind: Kind
        let size: Int64
        let modified: Double
        /// Permission bits: 0o644 for instance.
        let mode: UInt32
    }

    // MARK: Whole files

    /// - Throws: also when there are more than `limit` bytes, as soon as that is known.
    static func read(_ path: FSPath, limit: Int = .max) throws(FileError) -> [UInt8] {
        var bytes = [UInt8]()
        try read(path) { (expected, part) throws(FileError) in
            // A file of /proc says 0 and has content; a growing one has more than it says; a device has no end.
            guard max(expected, bytes.count + part.count) <= limit else {
                throw FileError(
                    "read", path: path.description, reason: "it has more than \(limit) bytes", code: "EFBIG")
            }
            if bytes.isEmpty { bytes.reserveCapacity(expected + 1) }
            bytes.append(contentsOf: part)
        }
        return bytes
    }

    /// Gives the content part by part, each with the size that the file says it has.
    private static func read(
        _ path: FSPath, _ take: (_ expected: Int, _ part: ArraySlice<UInt8>) throws(FileError) -> Void
    ) throws(FileError) {
        let descriptor = try open(path, O_RDONLY, verb: "read")
        defer { close(descriptor) }
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            throw FileError("read", path, errno: EISDIR)
        }
        let expected = max(Int(status.st_size), 0)
        var chunk = [UInt8](repeating: 0, count: min(max(expected + 1, 4096), 1 << 20))
        while true {
            let count = chunk.withUnsafeMutableBytes { buffer in
                retrying { SystemCall.read(descriptor, buffer.baseAddress, buffer.count) }
            }
            if count < 0 { throw FileError("read", path, errno: errno) }
            if count == 0 { return }
            try take(expected, chunk[..<count])
        }
    }

    /// Writes all or nothing: into a new file beside it, which is then renamed. An existing file keeps its permissions;
    /// a path that is a symbolic link stays one, and the file that it names is replaced. What is no regular file
    /// (a terminal, a pipe) is written to directly.
    static func write(_ bytes: [UInt8], to path: FSPath, mode: UInt32? = nil) throws(FileError) {
        try write(to: path, mode: mode) { (descriptor) throws(FileError) in
            try writeAll(bytes[...], to: descriptor, path: path)
        }
    }

    private static func write(
        to path: FSPath, mode: UInt32?, _ fill: (_ descriptor: Int32) throws(FileError) -> Void
    ) throws(FileError) {
        let target = (try? realPath(path)) ?? path
        let existing = try? status(of: target)
        if let existing, existing.kind != .file {
            if existing.kind == .directory { throw FileError("write", path, errno: EISDIR) }
            let descriptor = try open(target, O_WRONLY, verb: "write", shownAs: path)
            defer { close(descriptor) }
            return try fill(descriptor)
        }
        if existing != nil, target.withCString({ access($0, W_OK) }) != 0 {
            throw FileError("write", path, errno: errno)
        }
        let temporary = target.adding(".\(getpid()).\(UInt32.random(in: 0 ... .max)).new")
        let descriptor = try open(temporary, O_WRONLY | O_CREAT | O_EXCL, verb: "write", mode: 0o666, shownAs: path)
        do throws(FileError) {
            defer { close(descriptor) }
            if let mode = mode ?? existing?.mode, fchmod(descriptor, mode_t(mode)) != 0 {
                throw FileError("set the permissions of", path, errno: errno)
            }
            try fill(descriptor)
        } catch {
            _ = temporary.withCString { unlink($0) }
            throw error
        }
        let renamed = temporary.withCString { from in target.withCString { SystemCall.rename(from, $0) } }
        if renamed != 0 {
            let number = errno
            _ = temporary.withCString { unlink($0) }
            throw FileError("write", path, errno: number)
        }
    }

    static func append(_ bytes: [UInt8], to path: FSPath) throws(FileError) {
        let descriptor = try open(path, O_WRONLY | O_CREAT | O_APPEND, verb: "append to", mode: 0o666)
        defer { close(descriptor) }
        try writeAll(bytes[...], to: descriptor, path: path)
    }

    /// Part by part: a file may be larger than what a script may use of memory.
    static func copy(_ source: FSPath, to target: FSPath) throws(FileError) {
        var status = stat()
        guard source.withCString({ stat($0, &status) }) == 0 else { throw FileError("read", source, errno: errno) }
        try write(to: target, mode: UInt32(status.st_mode) & 0o7777) { (descriptor) throws(FileError) in
            try read(source) { (_, part) throws(FileError) in try writeAll(part, to: descriptor, path: target) }
        }
    }

    static func rename(_ source: FSPath, to target: FSPath) throws(FileError) {
        if source.withCString({ from in target.withCString { SystemCall.rename(from, $0) } }) != 0 {
            throw FileError("rename", source, to: target, errno: errno)
        }
    }

    // MARK: What is there

    static func exists(_ path: FSPath) -> Bool { (try? status(of: path)) != nil }

    static func status(of path: FSPath, followingLinks: Bool = true) throws(FileError) -> Status {
        var status = stat()
        let result = path.withCString { followingLinks ? stat($0, &status) : lstat($0, &status) }
        guard result == 0 else { throw FileError("look at", path, errno: errno) }
        let kind: Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFLNK: .link
            default: .other
            }
        return Status(
            kind: kind, size: Int64(status.st_size),
            modified: Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9,
            mode: UInt32(status.st_mode) & 0o7777)
    }

    static func realPath(_ path: FSPath) throws(FileError) -> FSPath {
        let resolved = path.withCString { realpath($0, nil) }
        guard let resolved else { throw FileError("resolve", path, errno: errno) }
        defer { free(resolved) }
        return try FSPath(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
    }

    static func currentDirectory() throws(FileError) -> FSPath {
        guard let directory = getcwd(nil, 0) else {
            throw FileError(
                "find", path: "the current folder", reason: String(cString: strerror(errno)), code: "ENOENT")
        }
        defer { free(directory) }
        return try FSPath(UnsafeRawBufferPointer(start: directory, count: strlen(directory)))
    }

    static func absolute(_ path: FSPath) throws(FileError) -> FSPath {
        try path.isAbsolute ? path.normalized : currentDirectory().appending(path).normalized
    }

    // MARK: Links and permissions

    static func link(_ path: FSPath, to target: FSPath) throws(FileError) {
        if target.withCString({ to in path.withCString { symlink(to, $0) } }) != 0 {
            throw FileError("make the link", path, errno: errno)
        }
    }

    static func linkTarget(_ path: FSPath) throws(FileError) -> FSPath {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = path.withCString { readlink($0, &buffer, buffer.count) }
        guard count >= 0 else { throw FileError("read the link", path, errno: errno) }
        return try FSPath(buffer[..<count].map { UInt8(bitPattern: $0) })
    }

    static func setMode(_ mode: UInt32, of path: FSPath) throws(FileError) {
        if path.withCString({ chmod($0, mode_t(mode)) }) != 0 {
            throw FileError("set the permissions of", path, errno: errno)
        }
    }

    // MARK: Descriptors

    static func open(_ path: FSPath, _ flags: Int32, verb: String, mode: UInt32 = 0, shownAs shown: FSPath? = nil)
        throws(FileError) -> Int32
    {
        let descriptor = path.withCString { path in
            retrying { Int(SystemCall.open(path, flags | O_CLOEXEC, mode_t(mode))) }
        }
        guard descriptor >= 0 else { throw FileError(verb, shown ?? path, errno: errno) }
        return Int32(descriptor)
    }

    static func writeAll(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, path: FSPath) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                retrying {
                    SystemCall.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
                }
            }
            if count < 0 { throw FileError("write", path, errno: errno) }
            written += count
        }
    }

    /// A system call once more while a signal interrupts it.
    private static func retrying(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }
}
