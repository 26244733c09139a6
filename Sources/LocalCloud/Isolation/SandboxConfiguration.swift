/// What a sandbox may see and use.
public struct SandboxConfiguration: Sendable {
    public enum Network: Sendable {
        /// The host's: for builds, which download.
        case host
        /// Of the sandbox's own, with `address` and without a way out. The sandbox hands out sockets to whoever serves them
        /// outside: the one that listens on port 80 of `metadata` first, then one for each of `listeners`.
        case own(address: String, metadata: String, listeners: [Listener])
    }
    public struct Listener: Sendable, Hashable {
        public var address: String
        public var port: Int
        public init(address: String, port: Int) {
            self.address = address
            self.port = port
        }
    }
    /// A file or folder of the host, shown inside.
    public struct Bind: Sendable, Hashable {
        public var source: String
        public var destination: String
        public var isWritable: Bool
        public init(_ source: String, at destination: String? = nil, isWritable: Bool = false) {
            self.source = source
            self.destination = destination ?? source
            self.isWritable = isWritable
        }
    }
    /// Limits that hold for an ordinary user as for root; what goes beyond them fails or is ended inside, as on a machine of
    /// that size.
    public struct Limits: Sendable {
        public var processes = 512
        /// Private memory of all processes together, in bytes; also the limit of each one's data segment.
        public var memory: Int64 = 1 << 30
        /// Size of all files, in bytes; also the limit of a single file. See ``DiskGuard``.
        public var disk: Int64 = 2 << 30
        /// Size of each of the folders that are in memory (`/tmp`, `/run`, `/dev/shm`), in bytes.
        public var temporary: Int64 = 256 << 20
        public var openFiles = 4096
        public init() {}
    }

    /// The sandbox's own folder on the host; `root` in it is what the sandbox sees as `/`. Made when missing.
    public var folder: String
    /// Its first process, as ``InstanceInit/write(to:)`` wrote it.
    public var program: String
    public var hostname: String
    public var network: Network
    public var binds: [Bind]
    /// Whether `systemctl` works inside.
    public var hasServices: Bool
    /// Whether /tmp is in memory. A build's is on disk: it may be large.
    public var hasTemporaryInMemory: Bool
    public var limits: Limits
    /// Whether /usr/local is the sandbox's own and not the host's.
    public var hasOwnLocal: Bool { hasServices }

    public init(
        folder: String, program: String, hostname: String, network: Network, binds: [Bind] = [],
        hasServices: Bool = false,
        hasTemporaryInMemory: Bool = true, limits: Limits = Limits()
    ) {
        self.folder = folder
        self.program = program
        self.hostname = hostname
        self.network = network
        self.binds = binds
        self.hasServices = hasServices
        self.hasTemporaryInMemory = hasTemporaryInMemory
        self.limits = limits
    }

    /// What the sandbox sees as `/`, on the host. While the sandbox runs, its programs can put symbolic links anywhere in
    /// it: files are then read and written through ``Sandbox/write(_:to:mode:)`` and ``Sandbox/run(_:environment:directory:user:timeout:input:collects:onOutput:)``,
    /// never by path from outside.
    public var root: String { folder + "/root" }
}

/// Why a sandbox was not started.
public struct SandboxError: Error, Sendable, CustomStringConvertible {
    /// What failed, in the words of the program that failed.
    public var reason: String
    /// What the user can do about it.
    public var advice: String?

    public var description: String {
        "cannot start an isolated environment: \(reason)" + (advice.map { ". \($0)" } ?? "")
    }
}

/// How a command ended.
public struct ProcessResult: Sendable {
    /// 0…255; 128 + the signal when one ended it, as a shell reports it.
    public var exitCode: Int32
    /// The signal that ended it.
    public var signal: Int32?
    /// Whether it was ended because its time was up.
    public var timedOut: Bool
    /// Standard output and standard error as they came, when they were collected; the last mebibyte.
    public var output: [UInt8]

    public var isSuccess: Bool { exitCode == 0 && !timedOut }
    public var text: String { String(decoding: output, as: UTF8.self) }
}

/// Which stream a piece of output came from.
public enum OutputStream: Sendable { case standardOutput, standardError }
