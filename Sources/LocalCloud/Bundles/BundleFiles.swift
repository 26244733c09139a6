import FoundationEssentials

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The file types of `st_mode`; named here because libarchive's headers declare the C names a second time.
enum FileKind {
    static let mask = S_IFMT
    static let regular = S_IFREG
    static let directory = S_IFDIR
    static let link = S_IFLNK
}

/// Files below a directory, without following symbolic links: what a build or an instance left there is not trusted.
enum BundleFiles {
    /// Names relative to `directory` of all files and links (not directories), sorted.
    static func files(below directory: String) -> [String] {
        var names: [String] = []
        visit(directory, "") { name, isDirectory in if !isDirectory { names.append(name) } }
        return names.sorted()
    }

    /// Calls `body` for everything below `directory`, parents first.
    static func visit(_ directory: String, _ prefix: String, _ body: (String, Bool) -> Void) {
        guard let handle = opendir(prefix.isEmpty ? directory : directory + "/" + prefix) else { return }
        var below: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            let relative = prefix.isEmpty ? name : prefix + "/" + name
            var status = stat()
            guard lstat(directory + "/" + relative, &status) == 0 else { continue }
            let isDirectory = status.st_mode & FileKind.mask == FileKind.directory
            body(relative, isDirectory)
            if isDirectory { below.append(relative) }
        }
        closedir(handle)
        for name in below.sorted() { visit(directory, name, body) }
    }

    /// Removes everything directly in `directory` but what is named.
    static func removeAll(in directory: String, except kept: Set<String>) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] where !kept.contains(name) {
            remove(directory + "/" + name)
        }
    }

    static func target(ofLink path: String) throws -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink(path, &buffer, Int(PATH_MAX))
        guard count >= 0 else {
            throw BundleError(.fileSystem, "cannot read a link: \(String(cString: strerror(errno)))")
        }
        return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The content of a regular file; nil when it is none, or larger than `limit` bytes.
    static func read(_ path: String, limit: Int64 = .max) -> [UInt8]? {
        // A pipe that a build left behind would be waited for until somebody writes to it.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & FileKind.mask == FileKind.regular,
            Int64(status.st_size) <= limit
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var at = 0
        while at < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                pread(file, $0.baseAddress?.advanced(by: at), $0.count - at, off_t(at))
            }
            if count <= 0 { break }
            at += count
        }
        bytes.removeLast(bytes.count - at)
        return bytes
    }

    static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o644) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else {
            throw BundleError(.fileSystem, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        try bytes.withUnsafeBytes { try BundleReader.writeAll(file, $0, name: path) }
    }

    static func size(_ path: String) throws -> Int64 {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw BundleError(.fileSystem, "cannot read \(path): \(String(cString: strerror(errno)))")
        }
        return Int64(status.st_size)
    }

    /// Copies a part of a file to a new one.
    static func copy(_ source: String, offset: Int64 = 0, length: Int64, to path: String, mode: mode_t = 0o644) throws {
        let input = open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else {
            throw BundleError(.fileSystem, "cannot read a file: \(String(cString: strerror(errno)))")
        }
        defer { close(input) }
        let output = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard output >= 0 else {
            throw BundleError(.fileSystem, "cannot write a file: \(String(cString: strerror(errno)))")
        }
        defer { close(output) }
        try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
            var at = offset
            while at < offset + length {
                let wanted = min(buffer.count, Int(offset + length - at))
                let count = pread(input, buffer.baseAddress, wanted, off_t(at))
                guard count > 0 else { break }
                try BundleReader.writeAll(output, UnsafeRawBufferPointer(rebasing: buffer[..<count]), name: path)
                at += Int64(count)
            }
        }
    }

    static func makeDirectories(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// Removes a tree, read-only directories included (a module cache, for instance); never follows a link.
    static func remove(_ path: String) {
        visit(path, "") { name, isDirectory in if isDirectory { chmod(path + "/" + name, 0o700) } }
        try? FileManager.default.removeItem(atPath: path)
    }
}
