import FoundationEssentials

/// The files that a fresh instance (or build) starts with, as Amazon Linux 2023 has them.
public enum InstanceImage {
    /// Parts of the host's `/etc` that programs of the host's `/usr` need; nothing in them is secret.
    public static var binds: [SandboxConfiguration.Bind] {
        [
            "alternatives", "ssl", "pki", "ca-certificates", "crypto-policies", "ld.so.cache", "ld.so.conf",
            "ld.so.conf.d",
            "localtime", "mime.types", "services", "protocols", "perl", "python3", "python3.11", "java-17-openjdk",
            "fonts",
            "magic", "terminfo",
        ]
        .map { "/etc/" + $0 }.filter { FileManager.default.fileExists(atPath: $0) }
        .map { SandboxConfiguration.Bind($0) }
    }

    /// Fills a root folder.
    public static func make(at root: String, hostname: String) throws {
        for folder in folders {
            try FileManager.default.createDirectory(atPath: root + folder, withIntermediateDirectories: true)
        }
        for (path, text) in files(hostname: hostname) {
            try Data(text.utf8).write(to: URL(fileURLWithPath: root + path))
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: root + "/root")
    }

    private static let folders = [
        "/etc/profile.d", "/etc/systemd/system/multi-user.target.wants", "/var/log/journal", "/var/lib/cloud",
        "/var/cache", "/var/spool", "/var/www", "/opt", "/srv", "/mnt", "/media", "/root", "/home/ec2-user",
        "/etc/sysconfig", "/etc/cron.d",
    ]

    private static let users: [(name: String, id: Int, home: String, shell: String)] = [
        ("root", 0, "/root", "/bin/bash"), ("daemon", 2, "/sbin", "/sbin/nologin"),
        ("mail", 8, "/var/spool/mail", "/sbin/nologin"),
        ("nobody", 65534, "/", "/sbin/nologin"), ("apache", 48, "/var/www", "/sbin/nologin"),
        ("nginx", 996, "/var/lib/nginx", "/sbin/nologin"), ("www-data", 33, "/var/www", "/sbin/nologin"),
        ("ec2-user", 1000, "/home/ec2-user", "/bin/bash"), ("ubuntu", 1001, "/home/ec2-user", "/bin/bash"),
    ]

    private static func files(hostname: String) -> [(String, String)] {
        let short = hostname.prefix { $0 != "." }
        return [
            (
                "/etc/passwd",
                users.map { "\($0.name):x:\($0.id):\($0.id):\($0.name):\($0.home):\($0.shell)\n" }.joined()
            ),
            (
                "/etc/group",
                users.map { "\($0.name):x:\($0.id):\n" }.joined()
                    + "wheel:x:10:ec2-user\ntty:x:5:\nadm:x:4:ec2-user\nnogroup:x:65533:\n"
            ),
            ("/etc/hostname", hostname + "\n"),
            (
                "/etc/hosts",
                "127.0.0.1 localhost localhost.localdomain\n::1 localhost6\n127.0.0.1 \(hostname) \(short)\n"
                    + "169.254.169.254 instance-data.ec2.internal instance-data\n"
            ),
            ("/etc/resolv.conf", "search ec2.internal\nnameserver 169.254.169.253\noptions timeout:1 attempts:1\n"),
            (
                "/etc/nsswitch.conf",
                "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n"
            ),
            (
                "/etc/os-release",
                """
                NAME="Amazon Linux"
                VERSION="2023"
                ID="amzn"
                ID_LIKE="fedora"
                VERSION_ID="2023"
                PLATFORM_ID="platform:al2023"
                PRETTY_NAME="Amazon Linux 2023 (local cloud)"
                HOME_URL="https://aws.amazon.com/linux/amazon-linux-2023/"

                """
            ),
            ("/etc/system-release", "Amazon Linux release 2023 (Amazon Linux)\n"),
            ("/etc/environment", ""), ("/etc/fstab", ""), ("/etc/shells", "/bin/sh\n/bin/bash\n"),
            (
                "/etc/profile",
                """
                export PATH=\(BubblewrapArguments.path)
                for file in /etc/profile.d/*.sh; do [ -r "$file" ] && . "$file"; done
                unset file

                """
            ),
            ("/root/.bashrc", "[ -f /etc/bashrc ] && . /etc/bashrc\n"), ("/etc/bashrc", ""),
        ]
    }
}
