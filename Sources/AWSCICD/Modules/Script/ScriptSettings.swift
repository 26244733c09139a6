/// What a script is told about how it was started.
public struct ScriptSettings: Sendable {
    /// How messages call it: "deploy.lua".
    public var name = "script"
    /// The file, nil for code from elsewhere.
    public var path: String?
    public var arguments: [String] = []
    /// Whether results should be printed as JSON, for machines.
    public var wantsJSON = false

    public init() {}
}

/// `script.exit(code)`: ends the script with an exit code once its `<close>` values are closed.
public struct ScriptExit: Error, Sendable, Hashable {
    public let code: Int32
}
