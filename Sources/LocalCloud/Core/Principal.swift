/// Who makes a call.
public struct Principal: Sendable, Hashable, Codable {
    public enum Kind: Sendable, Hashable, Codable {
        case root
        case user(name: String)
        case assumedRole(role: String, session: String)
        /// An AWS service that acts in its own name, for instance `codepipeline.amazonaws.com`.
        case service(name: String)
        /// A request without a signature, where a resource's policy may allow it.
        case anonymous
    }

    /// `arn:aws:sts::123456789012:assumed-role/NAME/SESSION`, for instance.
    public var arn: String
    public var account: String
    /// `AROA…:SESSION` for a role's session, `AIDA…` for a user, the account for root.
    public var userID: String
    public var kind: Kind
    public var accessKeyID: String
    /// For a service: the resource that it acts for, which policies ask about as `aws:SourceArn`.
    public var sourceARN: String?

    public init(arn: String, account: String, userID: String, kind: Kind, accessKeyID: String) {
        self.arn = arn
        self.account = account
        self.userID = userID
        self.kind = kind
        self.accessKeyID = accessKeyID
    }

    public static func root(of account: String, accessKeyID: String = "test") -> Principal {
        Principal(
            arn: "arn:aws:iam::\(account):root", account: account, userID: account, kind: .root,
            accessKeyID: accessKeyID)
    }

    public static let anonymous = Principal(
        arn: "anonymous", account: "", userID: "anonymous", kind: .anonymous, accessKeyID: "")

    public static func service(_ name: String, account: String, for resource: String? = nil) -> Principal {
        var principal = Principal(
            arn: name, account: account, userID: name, kind: .service(name: name), accessKeyID: "")
        principal.sourceARN = resource
        return principal
    }
}
