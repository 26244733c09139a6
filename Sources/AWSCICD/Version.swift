import LuaVM

/// The version of this package.
public let awscicdVersion = "0.1.0"

/// Facts about the runtime.
public enum AWSCICDInformation {
    /// "Lua 5.4.4".
    public static var luaVersion: String { LuaVM.version }
}
