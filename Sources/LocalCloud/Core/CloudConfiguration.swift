import FoundationEssentials

/// How a local cloud is to be run.
public struct CloudConfiguration: Sendable {
    /// Loopback port; 0 picks a free one.
    public var port: Int
    /// Where state outlives the process; nil keeps it in memory.
    public var dataDirectory: String?
    public var clock: ClockMode
    /// The account of the built-in root credentials.
    public var accountID: String
    /// Scratch space for instances, builds and payloads. Nil: `work` in the data directory, else a folder of its own below
    /// the system's temporary directory that goes when the cloud stops.
    public var workDirectory: String?
    /// The endpoint of another emulator, for operations that are not built here.
    public var upstream: String?
    /// Largest request body, in bytes. AWS's own limit for one S3 part is 5 GiB.
    public var maximumBodySize: Int64 = 5 << 30
    /// Whether calls beyond the services' published limits a second are throttled.
    public var limitsCalls = false
    /// Called with one line for each call that was answered; never with a secret's value.
    public var log: (@Sendable (String) -> Void)?

    public init(
        port: Int = 4566, dataDirectory: String? = nil, clock: ClockMode = .fast, accountID: String = "123456789012",
        workDirectory: String? = nil, upstream: String? = nil, log: (@Sendable (String) -> Void)? = nil
    ) {
        self.port = port
        self.dataDirectory = dataDirectory.map(Self.absolute)
        self.clock = clock
        self.accountID = accountID
        self.workDirectory = workDirectory.map(Self.absolute)
        self.upstream = upstream
        self.log = log
    }

    /// git and the sandboxes work in other folders than the server.
    private static func absolute(_ path: String) -> String {
        path.isEmpty || path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
