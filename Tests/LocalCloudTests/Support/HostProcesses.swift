import FoundationEssentials
import Glibc

/// What runs on the machine, inside sandboxes too: the host sees all of it.
enum HostProcesses {
    /// Processes whose command line starts with a name.
    static func count(named name: String) -> Int {
        let ids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return ids.count { Int($0) != nil && commandLine(of: $0, length: name.utf8.count) == name }
    }

    /// Where something is mounted in a folder, as the host sees it.
    static func mounts(below folder: String) throws -> [String] {
        try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8).split(separator: "\n")
            .map { String($0.split(separator: " ")[1]) }.filter { $0.hasPrefix(folder) }
    }

    /// Its beginning. Read by hand: Foundation does not give back what it takes for a file that says it is empty, and a
    /// test that waits looks thousands of times.
    private static func commandLine(of id: String, length: Int) -> String {
        let file = open("/proc/\(id)/cmdline", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: length)
        let count = read(file, &bytes, length)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
