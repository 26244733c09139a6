/// How to wait until something is so: an operation that is called again and again, and what its answers mean.
public struct Waiter: Sendable, Hashable {
    public enum State: UInt8, Sendable, CaseIterable { case success, failure, retry }
    /// `path`, `pathAll` and `pathAny` compare what the JMESPath ``Acceptor/argument`` finds; `status` the HTTP status;
    /// `error` the error's code.
    public enum Matcher: UInt8, Sendable, CaseIterable { case path, pathAll, pathAny, status, error }

    public struct Acceptor: Sendable, Hashable {
        public let state: State
        public let matcher: Matcher
        public let argument: String?
        public let expected: AWSValue
    }

    /// The published name: "InstanceRunning".
    public let name: String
    /// boto3's: "instance_running".
    public let snakeName: String
    /// The published name of the operation to call.
    public let operation: String
    /// Seconds between two calls.
    public let delay: Int
    public let maxAttempts: Int
    /// In the order in which they are tried.
    public let acceptors: [Acceptor]

    init(_ cursor: inout ImageCursor) {
        name = cursor.string()
        snakeName = cursor.string()
        operation = cursor.string()
        delay = cursor.varint()
        maxAttempts = cursor.varint()
        acceptors = cursor.list { cursor in
            Acceptor(
                state: State(rawValue: cursor.byte()) ?? .retry, matcher: Matcher(rawValue: cursor.byte()) ?? .path,
                argument: cursor.optionalString(), expected: cursor.value())
        }
    }
}

extension Waiter.State {
    init?(published name: String) {
        switch name {
        case "success": self = .success
        case "failure": self = .failure
        case "retry": self = .retry
        default: return nil
        }
    }
}

extension Waiter.Matcher {
    init?(published name: String) {
        switch name {
        case "path": self = .path
        case "pathAll": self = .pathAll
        case "pathAny": self = .pathAny
        case "status": self = .status
        case "error": self = .error
        default: return nil
        }
    }
}
