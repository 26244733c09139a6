#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Paths that others chose, kept below a folder of ours.
enum SafePath {
    /// The real path of something that exists, when it lies below `directory` after all symbolic links.
    static func existing(_ path: String, below directory: String) -> String? {
        resolved(directory + "/" + path, below: [directory])
    }

    /// The real path of something that exists, when it is one of `directories` or lies below one after all symbolic links.
    static func resolved(_ path: String, below directories: [String]) -> String? {
        guard let found = real(path) else { return nil }
        let isBelow = directories.contains { directory in
            guard let base = real(directory) else { return false }
            return found == base || found.hasPrefix(base + "/")
        }
        return isBelow ? found : nil
    }

    private static func real(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }
}
