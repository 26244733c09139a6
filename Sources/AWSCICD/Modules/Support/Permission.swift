/// Something that could harm or tell: what a primitive asks for before it does it.
public enum Permission: Sendable, Hashable, CustomStringConvertible {
    /// An absolute path. One that leads elsewhere by symbolic links is asked for as it stands and as what it leads to.
    case read(path: String)
    case write(path: String)
    case run(program: String)
    /// As the host is looked up (``HTTPTarget``): of a request, of each redirect that it follows, of a proxy.
    case connect(host: String, port: Int)
    case environment(variable: String)
    /// `operation` as AWS publishes it: "CreatePipeline".
    case aws(service: String, operation: String)

    public var description: String {
        switch self {
        case .read(let path): "read \(path)"
        case .write(let path): "write \(path)"
        case .run(let program): "run \(program)"
        case .connect(let host, let port): "connect to \(host):\(port)"
        case .environment(let variable): "read the environment variable \(variable)"
        case .aws(let service, let operation): "call \(service):\(operation)"
        }
    }
}

/// What a script may do. Every primitive that touches something outside of its script asks here, in Swift, where no script
/// can change the answer.
public struct Permissions: Sendable {
    private let isAllowed: @Sendable (Permission) -> Bool
    private let reason: String
    /// What need not be asked need not be looked up either.
    let allowsEverything: Bool

    /// - Parameters:
    ///   - reason: why something is refused and what to do about it, for the error; empty for nothing.
    ///   - isAllowed: the decision; called from any thread.
    public init(reason: String = "", _ isAllowed: @escaping @Sendable (Permission) -> Bool) {
        self.init(reason: reason, isAllowed, allowsEverything: false)
    }

    private init(reason: String, _ isAllowed: @escaping @Sendable (Permission) -> Bool, allowsEverything: Bool) {
        self.isAllowed = isAllowed
        self.reason = reason
        self.allowsEverything = allowsEverything
    }

    /// For one's own scripts.
    public static let all = Permissions(reason: "", { _ in true }, allowsEverything: true)
    /// For shared scripts that only compute.
    public static let none = Permissions(
        reason: "a sandbox lets a script compute, and nothing else; run it outside of the sandbox if you trust it"
    ) { _ in false }

    /// - Throws: ``PermissionDenied``.
    public func check(_ permission: Permission) throws(PermissionDenied) {
        if !isAllowed(permission) { throw PermissionDenied(permission: permission, reason: reason) }
    }
}

/// A primitive was not allowed to do what the script asked for.
public struct PermissionDenied: Error, Sendable, CustomStringConvertible {
    public let permission: Permission
    /// Why, and what to do about it; empty when nobody has said.
    public let reason: String
    public var description: String { "not permitted: \(permission)" + (reason.isEmpty ? "" : " (\(reason))") }
}
