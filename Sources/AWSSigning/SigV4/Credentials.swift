/// Keys that sign requests. Printing them shows the access key id and the source, never a secret.
public struct Credentials: Sendable, Hashable {
    public var accessKeyID: String
    public var secretAccessKey: String
    public var sessionToken: String?
    /// Seconds since 1970 at which they stop working; nil for keys that last.
    public var expiration: Double?
    /// The account that the keys belong to, when their source told.
    public var accountID: String?
    /// Where they came from, for people: "environment", "profile dev in ~/.aws/credentials".
    public var source: String

    public init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Double? = nil,
        accountID: String? = nil, source: String = "explicit"
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
        self.accountID = accountID
        self.source = source
    }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "Credentials(\(accessKeyID), from \(source))" }
    public var debugDescription: String { description }
    /// So that `dump` and reflection do not find the secrets either.
    public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID, "source": source]) }
}
