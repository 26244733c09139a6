import FoundationEssentials

/// What runs on the machine, inside sandboxes too: the host sees all of it.
enum HostProcesses {
    /// Processes whose command line starts with a name.
    static func count(named name: String) -> Int {
        let ids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return ids.count { id in
            Int(id) != nil
                && ((try? String(contentsOfFile: "/proc/\(id)/cmdline", encoding: .utf8)) ?? "").hasPrefix(name)
        }
    }
}
