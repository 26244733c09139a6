/// Keys that sign requests. Printing them shows the access key id and the source, never a secret.
public struct Credentials: Sendable, Hashable {
    private struct Values: Sendable, Hashable {
        var accessKeyID: String
        var secretAccessKey: String
        var sessionToken: String?
        var expiration: Double?
        var accountID: String?
        var source: String
    }

    /// Shared by the copies: each request is handed some of them, and counting one reference is cheaper than five.
    private final class Storage: Sendable {
        let values: Values
        init(_ values: Values) { self.values = values }
    }

    private var storage: Storage

    public var accessKeyID: String {
        get { storage.values.accessKeyID }
        set { change { $0.accessKeyID = newValue } }
    }
    public var secretAccessKey: String {
        get { storage.values.secretAccessKey }
        set { change { $0.secretAccessKey = newValue } }
    }
    public var sessionToken: String? {
        get { storage.values.sessionToken }
        set { change { $0.sessionToken = newValue } }
    }
    /// Seconds since 1970 at which they stop working; nil for keys that last.
    public var expiration: Double? {
        get { storage.values.expiration }
        set { change { $0.expiration = newValue } }
    }
    /// The account that the keys belong to, when their source told.
    public var accountID: String? {
        get { storage.values.accountID }
        set { change { $0.accountID = newValue } }
    }
    /// Where they came from, for people: "environment", "profile dev in ~/.aws/credentials".
    public var source: String {
        get { storage.values.source }
        set { change { $0.source = newValue } }
    }

    public init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Double? = nil,
        accountID: String? = nil, source: String = "explicit"
    ) {
        storage = Storage(
            Values(
                accessKeyID: accessKeyID, secretAccessKey: secretAccessKey, sessionToken: sessionToken,
                expiration: expiration, accountID: accountID, source: source))
    }

    private mutating func change(_ body: (inout Values) -> Void) {
        var values = storage.values
        body(&values)
        storage = Storage(values)
    }

    public static func == (left: Credentials, right: Credentials) -> Bool {
        left.storage === right.storage || left.storage.values == right.storage.values
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(storage.values) }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "Credentials(\(accessKeyID), from \(source))" }
    public var debugDescription: String { description }
    /// So that `dump` and reflection do not find the secrets either.
    public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID, "source": source]) }
}
