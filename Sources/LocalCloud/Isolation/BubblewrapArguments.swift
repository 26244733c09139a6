import FoundationEssentials

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The command line of `bwrap` for a sandbox. Host paths go through `sources` ("@1", "@2", …), which the launcher replaces
/// after it has made them reachable.
struct BubblewrapArguments {
    private(set) var sources: [String] = []
    private var arguments: [String] = []

    init(_ configuration: SandboxConfiguration, program: String) {
        arguments = [
            program, "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try",
            "--die-with-parent", "--new-session", "--as-pid-1", "--uid", "0", "--gid", "0", "--hostname",
            configuration.hostname, "--cap-drop", "ALL",
        ]
        if case .own = configuration.network {
            // All but NET_BIND_SERVICE is for the first process's set-up, which then gives it up.
            arguments.append("--unshare-net")
            for capability in ["NET_BIND_SERVICE", "NET_ADMIN", "SYS_ADMIN", "SETPCAP"] {
                arguments += ["--cap-add", "CAP_" + capability]
            }
        }
        bind(.init(configuration.root, at: "/", isWritable: true))
        addSystem()
        if configuration.hasOwnLocal {
            bind(.init(configuration.root + "/usr/local", at: "/usr/local", isWritable: true))
        }
        let temporary = String(configuration.limits.temporary)
        arguments += ["--proc", "/proc", "--dev", "/dev", "--size", temporary, "--tmpfs", "/dev/shm"]
        // bwrap's /dev is a tmpfs without a limit; nothing more is to be made in it.
        arguments += ["--remount-ro", "/dev", "--size", temporary, "--tmpfs", "/run"]
        if configuration.hasTemporaryInMemory {
            arguments += ["--perms", "1777", "--size", temporary, "--tmpfs", "/tmp"]
        }
        addCommands(configuration.program)
        for shown in configuration.binds { bind(shown) }
        arguments += ["--clearenv", "--setenv", "PATH", Self.path, "--chdir", "/", "/.awscicd/init", "supervise"]
        addSupervision(configuration)
    }

    /// The commands that the first program also is. They stand first in PATH, and in the place of the host's own where it
    /// has them, for scripts that call `/usr/bin/systemctl`.
    private static let commands = [
        "systemctl", "service", "journalctl", "dnf", "yum", "apt-get", "apt", "rpm", "sudo", "su", "runuser",
    ]
    /// Commands that hand on to the host's own, which therefore stays reachable.
    private static let fronts = ["curl", "wget"]

    private mutating func addCommands(_ initialProgram: String) {
        arguments += ["--size", "262144", "--tmpfs", "/.awscicd"]
        bind(.init(initialProgram, at: "/.awscicd/init"))
        for name in Self.commands + Self.fronts { arguments += ["--symlink", "../init", "/.awscicd/bin/" + name] }
        arguments += ["--remount-ro", "/.awscicd"]
        for name in Self.commands {
            for folder in ["/usr/bin/", "/usr/sbin/"] {
                let path = folder + name
                var status = stat()
                if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
                    bind(.init(initialProgram, at: path))
                }
            }
        }
    }

    static let path = "/.awscicd/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// `launch` of the first program, then bwrap.
    func launch(_ initialProgram: String, as id: UInt32?) -> [String] {
        [initialProgram, "launch", id.map(String.init) ?? "-", String(sources.count)] + sources + arguments
    }

    private mutating func bind(_ bind: SandboxConfiguration.Bind) {
        sources.append(bind.source)
        arguments += [bind.isWritable ? "--bind" : "--ro-bind", "@\(sources.count)", bind.destination]
    }

    /// The host's programs and libraries, which every user of the host may read.
    private mutating func addSystem() {
        arguments += ["--ro-bind", "/usr", "/usr"]
        for (name, target) in Self.systemFolders where target == nil {
            arguments += ["--ro-bind", "/" + name, "/" + name]
        }
    }

    /// /bin and its like on the host; where they are links into /usr, as links with their targets.
    private static let systemFolders: [(name: String, target: String?)] =
        ["bin", "sbin", "lib", "lib32", "lib64", "libx32"].compactMap { name in
            if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/" + name) {
                return (name, target)
            }
            return FileManager.default.fileExists(atPath: "/" + name) ? (name, nil) : nil
        }

    /// Puts those links into a root folder. (bwrap's own --symlink refuses where a link is already.)
    static func makeLinks(in root: String) {
        for case (let name, let target?) in systemFolders {
            unlink("\(root)/\(name)")
            symlink(target, "\(root)/\(name)")
        }
    }

    private mutating func addSupervision(_ configuration: SandboxConfiguration) {
        let limits = configuration.limits
        arguments += [
            "--processes", String(limits.processes), "--memory", String(limits.memory), "--file-size",
            String(limits.disk), "--open-files", String(limits.openFiles),
        ]
        if case .own(let address, let metadata, let listeners) = configuration.network {
            arguments += ["--address", address, "--metadata", metadata]
            for listener in listeners { arguments += ["--listen", "\(listener.address):\(listener.port)"] }
        }
        if configuration.hasServices { arguments += ["--services", "yes"] }
    }
}
