#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The environment variables and the home directory that settings come from; tests and hosts give their own.
public struct Environment: Sendable {
    public var variables: [String: String]
    /// The user's home directory, where `~/.aws` lies.
    public var home: String

    public init(variables: [String: String], home: String) {
        self.variables = variables
        self.home = home
    }

    /// The process's own, as it is now.
    public static var process: Environment {
        var variables: [String: String] = [:]
        var entry = environ
        while let pointer = entry.pointee {
            let text = String(cString: pointer)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            entry += 1
        }
        let home = variables["HOME"] ?? getpwuid(getuid()).map { String(cString: $0.pointee.pw_dir) } ?? "/"
        return Environment(variables: variables, home: home)
    }

    /// A variable that is set and not empty.
    public subscript(name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }

    /// A path with `~` for the home directory and `$NAME` for variables.
    func expand(_ path: String) -> String {
        var path = path
        if path == "~" || path.hasPrefix("~/") { path = home + path.dropFirst() }
        guard path.contains("$") else { return path }
        var expanded = ""
        var rest = path[...]
        while let dollar = rest.firstIndex(of: "$") {
            expanded += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            let isBraced = rest.first == "{"
            let name = (isBraced ? rest.dropFirst() : rest).prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            expanded += variables[String(name)] ?? (isBraced ? "${\(name)}" : "$\(name)")
            rest = rest[name.endIndex...]
            if isBraced, rest.first == "}" { rest = rest.dropFirst() }
        }
        return expanded + rest
    }
}
