#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Paths that others chose, kept below a folder of ours.
enum SafePath {
    /// The real path of something that exists, when it lies below `directory` after all symbolic links.
    static func existing(_ path: String, below directory: String) -> String? {
        guard let base = real(directory), let found = real(directory + "/" + path) else { return nil }
        return found == base || found.hasPrefix(base + "/") ? found : nil
    }

    private static func real(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }
}
