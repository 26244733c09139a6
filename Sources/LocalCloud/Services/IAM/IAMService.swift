import AWSModel

/// AWS Identity and Access Management: who may do what, and who may be whom.
@CloudActor
public final class IAMService: CloudService {
    public static let model = "iam"
    let cloud: Cloud
    let roles: Table<Role>
    let users: Table<User>
    let groups: Table<Group>
    let policies: Table<ManagedPolicy>
    let profiles: Table<InstanceProfile>
    let sessions: Table<Session>
    /// Whose long-term keys these are: access key id → account and user.
    let keyOwners: Table<KeyOwner>
    /// For the server, which checks signatures off the actor.
    nonisolated let secrets = SecretBook()
    private var parsed: [String: PolicyDocument] = [:]

    public init(cloud: Cloud) throws {
        self.cloud = cloud
        roles = try cloud.store.table("iam.roles", of: Role.self)
        users = try cloud.store.table("iam.users", of: User.self)
        groups = try cloud.store.table("iam.groups", of: Group.self)
        policies = try cloud.store.table("iam.policies", of: ManagedPolicy.self)
        profiles = try cloud.store.table("iam.instance-profiles", of: InstanceProfile.self)
        sessions = try cloud.store.table("iam.sessions", of: Session.self)
        keyOwners = try cloud.store.table("iam.access-keys", of: KeyOwner.self)
        for (_, _, key, session) in sessions.everything() { secrets[key] = session.credentials.secretAccessKey }
        for (_, _, _, user) in users.everything() { for key in user.accessKeys { secrets[key.id] = key.secret } }
    }

    public var operations: [String: OperationHandler] {
        roleOperations
            .merging(userOperations) { first, _ in first }
            .merging(groupOperations) { first, _ in first }
            .merging(managedPolicyOperations) { first, _ in first }
            .merging(instanceProfileOperations) { first, _ in first }
            .merging(holderOperations("Role", roles)) { first, _ in first }
            .merging(holderOperations("User", users)) { first, _ in first }
            .merging(holderOperations("Group", groups)) { first, _ in first }
            .merging(accountOperations) { first, _ in first }
    }

    public func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] {
        let resource = resource(of: operation, input, context.account)
        var permissions = [Permission(action: "iam:\(operation)", resource: resource)]
        if operation == "AddRoleToInstanceProfile", let name = input["RoleName"]?.string {
            permissions.append(
                Permission(
                    action: "iam:PassRole", resource: roles[context.account, "", name]?.arn ?? "*",
                    context: ["iam:PassedToService": ["ec2.amazonaws.com"]]))
        }
        return permissions
    }

    /// Policies name roles with their paths, which only the record knows.
    private func resource(of operation: String, _ input: AWSValue, _ account: String) -> String {
        let path = input["Path"]?.string ?? "/"
        func arn(_ kind: String, _ name: String) -> String { "arn:aws:iam::\(account):\(kind)\(path)\(name)" }
        if operation.contains("InstanceProfile"), let name = input["InstanceProfileName"]?.string {
            return profiles[account, "", name]?.arn ?? arn("instance-profile", name)
        }
        if let name = input["RoleName"]?.string { return roles[account, "", name]?.arn ?? arn("role", name) }
        if let name = input["UserName"]?.string { return users[account, "", name]?.arn ?? arn("user", name) }
        if let name = input["GroupName"]?.string { return groups[account, "", name]?.arn ?? arn("group", name) }
        if let policy = input["PolicyArn"]?.string { return policy }
        if let name = input["PolicyName"]?.string { return arn("policy", name) }
        return "*"
    }

    /// A policy's document, parsed once; nil for one that cannot be read, which then grants nothing.
    func document(_ json: String) -> PolicyDocument? {
        if let document = parsed[json] { return document }
        guard let document = try? PolicyDocument.parse(json) else { return nil }
        if parsed.count > 2000 { parsed = [:] }
        parsed[json] = document
        return document
    }

    func managedPolicy(_ arn: String) -> ManagedPolicy? {
        if let policy = ManagedPolicies.byARN[arn] { return policy }
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6 else { return nil }
        return policies[String(parts[4]), "", arn]
    }
}

struct KeyOwner: Codable, Sendable {
    var account: String
    var user: String
}
