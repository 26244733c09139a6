import AWSModel

/// AWS Identity and Access Management: who may do what, and who may be whom.
@CloudActor
public final class IAMService: CloudService {
    public static let model = "iam"
    let cloud: Cloud
    let roles: Table<Role>
    let sessions: Table<Session>

    public init(cloud: Cloud) {
        self.cloud = cloud
        roles = cloud.store.table("iam.roles", of: Role.self)
        sessions = cloud.store.table("iam.sessions", of: Session.self)
    }

    public var operations: [String: OperationHandler] { [:] }
}
