import FoundationEssentials

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What of the host a sandbox can use.
public enum HostTools {
    /// A program in this process's PATH or where systems keep them.
    public static func find(_ name: String) -> String? {
        (searchPath + ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"]).lazy
            .map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static var searchPath: [String] {
        variable("PATH")?.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") } ?? []
    }

    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// What to do about what bwrap said.
    static func advice(for words: String?) -> String? {
        guard let words else { return nil }
        if words.contains("uid map") || words.contains("namespace") || words.contains("Operation not permitted")
            || words.contains("unshare") || words.contains("No permissions")
        {
            return """
                Instances and builds run only where they can be isolated. Allow user namespaces: sysctl -w \
                kernel.unprivileged_userns_clone=1 (Debian), sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 \
                (Ubuntu 24.04), sysctl -w user.max_user_namespaces=10000; in a container start it with --privileged
                """
        }
        return nil
    }

    /// Folders of the host's tools outside /usr that PATH leads to (~/.pyenv, /opt, …), to be shown read-only to a build.
    ///
    /// Of a home folder only what holds programs is shown: the managers' own folders, a Python environment, or the folder in
    /// PATH itself; never the home as a whole, where keys and passwords lie.
    public static func toolchains() -> [SandboxConfiguration.Bind] {
        let home = variable("HOME") ?? "/nonexistent"
        var folders: [String] = []
        func add(_ path: String) {
            guard FileManager.default.fileExists(atPath: path), path != "/", path != home,
                !folders.contains(where: { path == $0 || path.hasPrefix($0 + "/") })
            else { return }
            folders.removeAll { $0.hasPrefix(path + "/") }
            folders.append(path)
        }
        for folder in ["/opt", "/nix", "/snap", "/home/linuxbrew"] { add(folder) }
        for entry in searchPath where !isSystem(entry) {
            if entry.hasPrefix(home + "/") {
                let first = String(entry.dropFirst(home.count + 1).prefix { $0 != "/" })
                add(managers.contains(first) ? "\(home)/\(first)" : programs(of: entry))
                if first == ".cargo" { add(home + "/.rustup") }
                if first == ".local" { add(home + "/.local/lib") }
            } else {
                let name = entry.split(separator: "/").last ?? ""
                let parent = FilePath.parent(entry)
                add(["bin", "sbin", "shims"].contains(name) && parent.split(separator: "/").count > 1 ? parent : entry)
            }
        }
        return folders.map { SandboxConfiguration.Bind($0) }
    }

    /// What a folder in PATH needs to be of use: the whole of a Python environment, whose packages lie beside its programs,
    /// else the folder itself.
    private static func programs(of entry: String) -> String {
        let parent = FilePath.parent(entry)
        return FileManager.default.fileExists(atPath: parent + "/pyvenv.cfg") ? parent : entry
    }

    /// Folders in PATH in which a version manager keeps its stand-ins for commands, and its choice of a version: what it
    /// writes to when a build installs something or chooses another version.
    static func shims() -> [String] {
        let shown = toolchains().map(\.destination)
        var found: [String] = []
        for entry in searchPath where entry.hasSuffix("/shims") && !found.contains(entry) {
            guard shown.contains(where: { entry.hasPrefix($0 + "/") }) else { continue }
            found += [entry, FilePath.parent(entry) + "/version"].filter { FileManager.default.fileExists(atPath: $0) }
        }
        return found
    }

    /// PATH, and the variables by which tool managers find themselves, as far as they lead to what a build sees.
    public static func environment() -> [String: String] {
        let shown = toolchains().map(\.destination)
        func isShown(_ path: String) -> Bool {
            isSystem(path) || shown.contains { path == $0 || path.hasPrefix($0 + "/") }
        }
        var environment: [String: String] = [:]
        var path = searchPath.filter(isShown)
        for entry in BubblewrapArguments.path.split(separator: ":").map(String.init) where !path.contains(entry) {
            path.append(entry)
        }
        // The host's Python is read-only, so pip installs for the user: a user whose folder the build can write to.
        environment["PYTHONUSERBASE"] = "/codebuild/local"
        path.insert("/codebuild/local/bin", at: 0)
        // What the sandbox brings itself (dnf, sudo, …) stands in for what needs more than a sandbox has.
        let brought = "/.awscicd/bin"
        path.removeAll { $0 == brought }
        environment["PATH"] = ([brought] + path).joined(separator: ":")
        for name in [
            "PYENV_ROOT", "RBENV_ROOT", "NODENV_ROOT", "NVM_DIR", "RUSTUP_HOME", "GOROOT", "JAVA_HOME",
            "ASDF_DIR", "ASDF_DATA_DIR", "SDKMAN_DIR", "VOLTA_HOME", "GEM_HOME",
        ] {
            if let value = variable(name), isShown(value) { environment[name] = value }
        }
        // The sandbox is the build's own, as CodeBuild's image is: Debian's guard for the whole machine has nothing to guard.
        environment["PIP_BREAK_SYSTEM_PACKAGES"] = "1"
        return environment
    }

    private static let managers: Set<String> = [
        ".pyenv", ".rbenv", ".nodenv", ".nvm", ".asdf", ".sdkman", ".volta", ".jenv", ".goenv", ".tfenv", ".bun",
        ".deno",
        ".swiftly", ".juliaup", ".ghcup", "miniconda3", "anaconda3",
    ]

    private static func isSystem(_ path: String) -> Bool {
        ["/usr", "/bin", "/sbin", "/lib", "/lib64"].contains { path == $0 || path.hasPrefix($0 + "/") }
    }
}

/// Paths as text.
enum FilePath {
    /// The folder that a path lies in.
    static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
