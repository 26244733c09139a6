import FoundationEssentials

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Writes files below one directory and nowhere else.
///
/// Every path is walked component by component from the directory's own descriptor with `O_NOFOLLOW`, so neither `..`
/// nor a symbolic link that an earlier entry planted can lead a later one outside.
final class DirectoryWriter {
    private let root: Int32

    init(_ directory: String) throws {
        root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else {
            throw BundleError(.fileSystem, "cannot open the target directory: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(root) }

    /// The components of an entry's name; nil for the directory itself (`./`).
    static func components(of name: String) throws -> [String]? {
        guard !name.hasPrefix("/"), !name.contains("\0") else {
            throw BundleError(.unsafeEntry, "the bundle's entry \"\(name)\" has an absolute path")
        }
        let parts = name.split(separator: "/").filter { $0 != "." }.map(String.init)
        guard !parts.contains("..") else {
            throw BundleError(.unsafeEntry, "the bundle's entry \"\(name)\" leads outside of the bundle")
        }
        return parts.isEmpty ? nil : parts
    }

    func makeDirectory(_ parts: [String]) throws {
        let handle = try openDirectory(parts)
        if handle != root { close(handle) }
    }

    /// Creates (or replaces) a file and returns its descriptor, which the caller closes.
    func createFile(_ parts: [String], mode: mode_t) throws -> Int32 {
        try withParent(parts) { parent, name in
            unlinkat(parent, name, 0)
            let file = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw Self.failure(parts) }
            fchmod(file, mode & 0o777)
            return file
        }
    }

    /// Creates a symbolic link whose target stays inside the directory.
    func createLink(_ parts: [String], target: String) throws {
        var depth = parts.count - 1
        guard !target.hasPrefix("/") else { throw Self.escapes(parts, target) }
        for part in target.split(separator: "/") where part != "." {
            depth += part == ".." ? -1 : 1
            if depth < 0 { throw Self.escapes(parts, target) }
        }
        try withParent(parts) { parent, name in
            unlinkat(parent, name, 0)
            guard symlinkat(target, parent, name) == 0 else { throw Self.failure(parts) }
        }
    }

    private static func escapes(_ parts: [String], _ target: String) -> BundleError {
        BundleError(
            .unsafeEntry,
            "the bundle's link \"\(parts.joined(separator: "/"))\" points outside of the bundle: \(target)")
    }

    private static func failure(_ parts: [String]) -> BundleError {
        BundleError(
            .fileSystem, "cannot write \"\(parts.joined(separator: "/"))\": \(String(cString: strerror(errno)))")
    }

    private func withParent<T>(_ parts: [String], _ body: (Int32, String) throws -> T) throws -> T {
        guard let name = parts.last else { throw BundleError(.unsafeEntry, "the bundle has an entry without a name") }
        let parent = try openDirectory(Array(parts.dropLast()))
        defer { if parent != root { close(parent) } }
        return try body(parent, name)
    }

    private func openDirectory(_ parts: [String]) throws -> Int32 {
        var current = root
        for part in parts {
            mkdirat(current, part, 0o755)
            let next = openat(current, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            let problem = errno
            if current != root { close(current) }
            guard next >= 0 else {
                if problem == ELOOP || problem == ENOTDIR {
                    throw BundleError(
                        .unsafeEntry,
                        "the bundle's entry \"\(parts.joined(separator: "/"))\" passes through \"\(part)\", which is not a directory"
                    )
                }
                throw Self.failure(parts)
            }
            current = next
        }
        return current
    }
}
