import FoundationEssentials
import Glibc

/// What runs on the machine, inside sandboxes too: the host sees all of it.
enum HostProcesses {
    private static var ids: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).filter { Int($0) != nil }
    }

    /// Processes whose command line starts with a name.
    static func count(named name: String) -> Int {
        ids.count { text("/proc/\($0)/cmdline", limit: name.utf8.count) == name }
    }

    /// What is mounted of a folder or in one, in whatever namespace a process has: the lines of its list that have the folder's
    /// name. A sandbox mounts in a namespace of its own, which the host's own list does not show, and what is shown of a
    /// file system of its own begins at that.
    static func mounts(ofFolderNamed name: String) -> [String] {
        var seen: Set<String> = []
        return ids.flatMap { id -> [String] in
            guard let space = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(id)/ns/mnt"),
                seen.insert(space).inserted
            else { return [] }
            return text("/proc/\(id)/mountinfo").split(separator: "\n").map(String.init).filter { $0.contains(name) }
        }
    }

    /// A file's beginning. Read by hand: Foundation does not give back what it takes for a file that says it is empty, and a
    /// test that waits looks thousands of times.
    private static func text(_ path: String, limit: Int = 1 << 20) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: min(limit, 1 << 14))
        while bytes.count < limit {
            let count = read(file, &piece, min(piece.count, limit - bytes.count))
            guard count > 0 else { break }
            bytes += piece.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
