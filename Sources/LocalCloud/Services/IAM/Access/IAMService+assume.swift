import AWSModel

extension IAMService {
    /// The session of a role, for a service that works for the user: `cloud.iam.assume(roleARN: …, by:
    /// "codepipeline.amazonaws.com", session: "pipeline-run")`.
    ///
    /// - Throws: ``ServiceError`` `AccessDenied` when the role does not exist or its trust policy does not name the service.
    ///   Services wrap it in their own words.
    public func assume(roleARN: String, by service: String, session: String) throws(ServiceError) -> Principal {
        guard let role = role(arn: roleARN) else { throw .cannotAssume(roleARN, service) }
        let caller = Principal.service(service, account: accountOf(roleARN))
        let request = PolicyRequest(
            principal: caller, action: "sts:AssumeRole", resource: roleARN,
            context: ["aws:SourceAccount": [caller.account]], now: cloud.clock.now)
        let evaluator = PolicyEvaluator(identity: [], resource: document(role.trustPolicy), isTrust: true)
        guard evaluator.decide(request) == .allowed else { throw .cannotAssume(roleARN, service) }
        noteUse(of: role)
        return principal(of: role, session: session)
    }

    /// The session of a role, for a user or another role's session.
    ///
    /// - Throws: ``ServiceError`` `AccessDenied` unless the trust policy allows it and, where that only names an account,
    ///   the caller's own policies too.
    func assume(
        roleARN: String, as caller: Principal, session: String, context: [String: [String]]
    ) throws(ServiceError) -> (Principal, Role) {
        func denied() -> ServiceError {
            ServiceError(
                "AccessDenied",
                "User: \(caller.arn) is not authorized to perform: sts:AssumeRole on resource: \(roleARN)", status: 403)
        }
        guard let role = role(arn: roleARN), let trust = document(role.trustPolicy) else { throw denied() }
        let request = PolicyRequest(
            principal: caller, action: "sts:AssumeRole", resource: roleARN, context: context, now: cloud.clock.now)
        guard PolicyEvaluator(identity: [], resource: trust, isTrust: true).decide(request) == .allowed else {
            throw denied()
        }
        let namesCaller = trust.statements.contains { statement in
            let named = statement.principals?.byKind["AWS"] ?? []
            return statement.effect == .allow && (named.contains(caller.arn) || named.contains(caller.identityARN))
        }
        let isOwn = caller.account == accountOf(roleARN)
        if caller.kind != .root, !(namesCaller && isOwn) {
            try authorize(caller, action: "sts:AssumeRole", resource: roleARN, context: context, service: "sts")
        }
        noteUse(of: role)
        return (principal(of: role, session: session), role)
    }

    func accountOf(_ arn: String) -> String {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        return parts.count == 6 ? String(parts[4]) : ""
    }

    public func roleExists(_ arn: String) -> Bool { role(arn: arn) != nil }

    func role(arn: String) -> Role? {
        guard let name = arn.split(separator: "/").last else { return nil }
        let role = roles[accountOf(arn), "", String(name)]
        return role?.arn == arn ? role : nil
    }

    func principal(of role: Role, session: String) -> Principal {
        let account = accountOf(role.arn)
        return Principal(
            arn: "arn:aws:sts::\(account):assumed-role/\(role.name)/\(session)", account: account,
            userID: "\(role.id):\(session)", kind: .assumedRole(role: role.name, session: session), accessKeyID: "")
    }

    /// Kept to the hour: what the console shows of a role's last use needs no more.
    private func noteUse(of role: Role) {
        let now = cloud.clock.now
        guard now - (role.lastUsed ?? 0) > 3600 else { return }
        roles.update(accountOf(role.arn), "", role.name) { $0.lastUsed = now }
    }
}

extension ServiceError {
    static func cannotAssume(_ role: String, _ service: String) -> ServiceError {
        ServiceError(
            "AccessDenied", "User: \(service) is not authorized to perform: sts:AssumeRole on resource: \(role)",
            status: 403)
    }
}
