import FoundationEssentials

extension SandboxConfiguration {
    /// A build's sandbox: the host's tools (those outside /usr that PATH leads to as well) and the host's network, files and
    /// processes of its own. Use ``HostTools/environment()`` as the base of its commands' environment.
    ///
    /// What is put below `folder`/root before the start is there inside; after ``Sandbox/stop()`` its files can be read
    /// from outside, with care for symbolic links.
    public static func build(
        folder: String, program: String, hostname: String, limits: Limits = .build
    ) throws -> SandboxConfiguration {
        let root = folder + "/root"
        try InstanceImage.make(at: root, hostname: hostname)
        // Names are resolved as on the host.
        for name in ["hosts", "resolv.conf", "nsswitch.conf"] {
            try? FileManager.default.removeItem(atPath: "\(root)/etc/\(name)")
            try? FileManager.default.copyItem(atPath: "/etc/\(name)", toPath: "\(root)/etc/\(name)")
            if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/etc/\(name)") {
                let path = target.hasPrefix("/") ? target : "/etc/" + target
                try? FileManager.default.removeItem(atPath: "\(root)/etc/\(name)")
                try? FileManager.default.copyItem(atPath: path, toPath: "\(root)/etc/\(name)")
            }
        }
        var binds = HostTools.toolchains()
        binds += try writableShims(below: root)
        // Settings of the host's tools, without what is secret there (which an ordinary user cannot read anyway).
        let own = Set(try FileManager.default.contentsOfDirectory(atPath: root + "/etc"))
        for name in try FileManager.default.contentsOfDirectory(atPath: "/etc").sorted()
        where !own.contains(name) && !secret.contains(name) && isReadableByAll("/etc/" + name) {
            binds.append(Bind("/etc/" + name))
        }
        return SandboxConfiguration(
            folder: folder, program: program, hostname: hostname, network: .host, binds: binds,
            hasTemporaryInMemory: false,
            limits: limits)
    }

    /// Version managers (pyenv, rbenv, asdf, …) write a small program for each command that an installation adds. They get a
    /// copy of their own to write to; the host's stays as it is.
    private static func writableShims(below root: String) throws -> [Bind] {
        try HostTools.shims().enumerated().map { at, path in
            let copy = "\(root)/var/lib/awscicd/shims/\(at)"
            try FileManager.default.createDirectory(
                atPath: FilePath.parent(copy), withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            return Bind(copy, at: path, isWritable: true)
        }
    }

    private static let secret: Set<String> = [
        "shadow", "shadow-", "gshadow", "gshadow-", "sudoers", "sudoers.d", "passwd-", "group-", "security", "ssh",
        "mtab",
        "krb5.keytab", "docker", "kubernetes", "rancher", "wireguard", "openvpn", "NetworkManager", "letsencrypt",
        "netrc",
    ]

    /// Whether others may read it (and, a folder, enter it); links are followed.
    private static func isReadableByAll(_ path: String) -> Bool {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path.resolved),
            let mode = attributes[.posixPermissions] as? Int
        else { return false }
        let isFolder = attributes[.type] as? FileAttributeType == .typeDirectory
        return mode & (isFolder ? 0o5 : 0o4) == (isFolder ? 0o5 : 0o4)
    }
}

extension String {
    /// The target of a link that lies in the same folder; other paths as they are.
    fileprivate var resolved: String {
        guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: self) else { return self }
        return target.hasPrefix("/") ? target : FilePath.parent(self) + "/" + target
    }
}

extension SandboxConfiguration.Limits {
    /// What a build may use: a compiler needs more than a web server.
    public static var build: SandboxConfiguration.Limits {
        var limits = SandboxConfiguration.Limits()
        limits.processes = 2048
        limits.memory = 8 << 30
        limits.disk = 16 << 30
        limits.openFiles = 20000
        return limits
    }
}
