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

    /// A folder for its owner alone, unless it is there already.
    static func create(_ path: String) throws(StartError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StartError("the folder \(path) cannot be made: \(error.localizedDescription)")
        }
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
