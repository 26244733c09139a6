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

    static func make(_ configuration: CloudConfiguration) throws -> (path: String, isOwned: Bool) {
        let files = FileManager.default
        if let path = configuration.workDirectory {
            try files.createDirectory(atPath: path, withIntermediateDirectories: true)
            return (path, false)
        }
        if let data = configuration.dataDirectory {
            let path = data + "/work"
            try files.createDirectory(atPath: path, withIntermediateDirectories: true)
            return (path, false)
        }
        removeStale(in: temporary)
        let path = "\(temporary)/\(prefix)\(getpid())-\(Identifier.hex(8))"
        try files.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return (path, true)
    }

    static func create(_ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
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
