import FoundationEssentials

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The cloud's scratch space. A temporary one carries its process's id, so that the next start can tell and remove what a
/// killed process left.
enum WorkDirectory {
    private static let prefix = "awscicd-local-"

    static func make(_ configuration: CloudConfiguration) throws(StartError) -> (path: String, isOwned: Bool) {
        if let path = configuration.workDirectory ?? configuration.dataDirectory.map({ $0 + "/work" }) {
            try create(path)
            return (path, false)
        }
        removeStale(in: temporary)
        let path = "\(temporary)/\(prefix)\(getpid())-\(Identifier.hex(8))"
        try create(path)
        return (path, true)
    }

    /// A folder for its owner alone, unless it is there already, and those above it.
    static func create(_ path: String) throws(StartError) {
        let components = path.split(separator: "/")
        var made = path.hasPrefix("/") ? "" : "."
        for component in components {
            made += "/" + component
            if mkdir(made, 0o700) != 0, errno != EEXIST {
                throw StartError("the folder \(path) cannot be made: \(made): \(errorText())")
            }
        }
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory else {
            throw StartError("the folder \(path) cannot be made: there is a file of that name")
        }
    }

    static func remove(_ path: String) {
        FileTree.removeAtOnce(path)
    }

    private static var temporary: String {
        guard let value = getenv("TMPDIR"), value.pointee != 0 else { return "/tmp" }
        let path = String(cString: value)
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    private static func removeStale(in directory: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
            guard name.hasPrefix(prefix), let id = Int32(name.dropFirst(prefix.count).prefix { $0 != "-" }) else {
                continue
            }
            if kill(id, 0) != 0, errno == ESRCH { remove("\(directory)/\(name)") }
        }
    }
}
