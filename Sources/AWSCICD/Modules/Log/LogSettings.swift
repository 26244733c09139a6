/// How important a line of the log is.
public enum LogLevel: String, Sendable, CaseIterable, Comparable {
    case debug, info, warn, error
    /// Not a level of lines: as a threshold it lets nothing through.
    case off

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }
}

/// Where a runtime's log goes and how it looks.
public struct LogSettings: Sendable {
    public enum Format: String, Sendable, CaseIterable {
        /// For people: time, level, message, `name=value`.
        case text
        /// One JSON object a line, for machines.
        case json
    }

    public var level = LogLevel.info
    public var format = Format.text
    public var usesColor = false
    /// Takes one line, its end included. Called on the runtime's own thread.
    public var write: @Sendable ([UInt8]) -> Void = { standardError($0) }

    public init() {}

    /// Writes to standard error; what cannot be written is dropped, as a log that fails must not end a deployment.
    @Sendable public static func standardError(_ bytes: [UInt8]) { Terminal.write(bytes, to: 2) }
}
