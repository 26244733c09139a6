extension IAMService {
    /// Evaluates the policies that apply to a principal.
    ///
    /// - Parameters:
    ///   - context: condition keys and their values: `["iam:PassedToService": ["ec2.amazonaws.com"]]`.
    ///   - resourcePolicy: the resource's own policy, as JSON.
    ///   - owner: the account of the resource, where its ARN does not say.
    ///   - service: in whose form the error is ("s3", "ec2", …); that of the JSON protocols when nil.
    /// - Throws: ``ServiceError`` that names the action, the resource and what kind of policy was missing.
    public func authorize(
        _ principal: Principal, action: String, resource: String, context: [String: [String]] = [:],
        resourcePolicy: String? = nil, owner: String? = nil, service: String? = nil
    ) throws(ServiceError) {
        // Root within its own account: no policy has to be looked at.
        if principal.kind == .root, resourcePolicy == nil, owner == nil || owner == principal.account { return }
        let decision = decide(
            principal, action: action, resource: resource, context: context, resourcePolicy: resourcePolicy,
            owner: owner)
        if case .denied(let reason) = decision {
            throw AccessDenied(principal: principal, action: action, resource: resource, reason: reason).error(
                for: service)
        }
    }

    func decide(
        _ principal: Principal, action: String, resource: String, context: [String: [String]] = [:],
        resourcePolicy: String? = nil, owner: String? = nil
    ) -> PolicyEvaluator.Decision {
        let resourceDocument = resourcePolicy.flatMap(document)
        let request = PolicyRequest(
            principal: principal, action: action, resource: resource, context: context, now: cloud.clock.now)
        var evaluator = PolicyEvaluator(identity: [], resource: resourceDocument)
        let named = accountOf(resource)
        let owner = owner ?? (named.utf8.count == 12 ? named : principal.account)
        evaluator.isCrossAccount = owner != principal.account
        switch principal.kind {
        case .root: evaluator.identity = Self.everything.map { [$0] } ?? []
        case .service:
            guard resourceDocument != nil else { return .allowed }
            evaluator.isCrossAccount = false
        case .anonymous: evaluator.isCrossAccount = false
        case .user(let name):
            guard let user = users[principal.account, "", name] else { break }
            evaluator.identity = documents(of: user)
            for group in groups.all(account: principal.account, region: "") where group.members.contains(name) {
                evaluator.identity += documents(of: group)
            }
            evaluator.boundary = user.permissionsBoundary.flatMap { managedPolicy($0) }.flatMap {
                document($0.document)
            }
        case .assumedRole(let name, _):
            guard let role = roles[principal.account, "", name] else { break }
            evaluator.identity = documents(of: role)
            evaluator.boundary = role.permissionsBoundary.flatMap { managedPolicy($0) }.flatMap {
                document($0.document)
            }
            if let session = sessions["", "", principal.accessKeyID] {
                evaluator.session = documents(of: session)
            }
        }
        return evaluator.decide(request)
    }

    /// What an account's root may do.
    private static let everything = try? PolicyDocument.parse(
        #"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#)

    /// The policies that a session was given; nil when there are none and nothing is narrowed.
    private func documents(of session: Session) -> [PolicyDocument]? {
        let managed = session.managedPolicies ?? []
        guard session.policy != nil || !managed.isEmpty else { return nil }
        // One that was deleted since allows nothing any more.
        return [session.policy].compactMap { $0.flatMap(document) }
            + managed.compactMap { managedPolicy($0).flatMap { document($0.document) } }
    }

    private func documents(of holder: some PolicyHolder) -> [PolicyDocument] {
        holder.inlinePolicies.values.compactMap(document)
            + holder.attachedPolicies.compactMap { managedPolicy($0).flatMap { document($0.document) } }
    }
}

/// A refusal in the words of the service that gives it.
struct AccessDenied {
    let principal: Principal
    let action: String
    let resource: String
    let reason: String

    func error(for service: String?) -> ServiceError {
        let who = "User: \(principal.arn) is not authorized to perform: \(action)"
        switch service {
        case "ec2":
            return ServiceError(
                "UnauthorizedOperation",
                "You are not authorized to perform this operation. \(who) on resource: \(resource) \(reason)",
                status: 403)
        case "s3":
            return ServiceError("AccessDenied", "\(who) on resource: \"\(resource)\" \(reason)", status: 403)
        case "sns": return ServiceError("AuthorizationError", "\(who) on resource: \(resource) \(reason)", status: 403)
        case "iam", "sts", "autoscaling", "elbv2", "cloudwatch":
            return ServiceError("AccessDenied", "\(who) on resource: \(resource) \(reason)", status: 403)
        case "codeartifact":
            return ServiceError("AccessDeniedException", "\(who) on resource: \(resource) \(reason)", status: 403)
        default: return ServiceError("AccessDeniedException", "\(who) on resource: \(resource) \(reason)", status: 400)
        }
    }
}
