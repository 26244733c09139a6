extension IAMService {
    /// Evaluates the policies that apply to a principal.
    ///
    /// - Parameters:
    ///   - context: condition keys and their values: `["iam:PassedToService": ["ec2.amazonaws.com"]]`.
    ///   - resourcePolicy: the resource's own policy, as JSON.
    ///   - service: in whose form the error is ("s3", "ec2", …); that of the JSON protocols when nil.
    /// - Throws: ``ServiceError`` that names the action, the resource and what kind of policy was missing.
    public func authorize(
        _ principal: Principal, action: String, resource: String, context: [String: [String]] = [:],
        resourcePolicy: String? = nil, service: String? = nil
    ) throws(ServiceError) {
        let decision = decide(
            principal, action: action, resource: resource, context: context, resourcePolicy: resourcePolicy)
        if case .denied(let reason) = decision {
            throw AccessDenied(principal: principal, action: action, resource: resource, reason: reason).error(for: service)
        }
    }

    func decide(
        _ principal: Principal, action: String, resource: String, context: [String: [String]] = [:],
        resourcePolicy: String? = nil
    ) -> PolicyEvaluator.Decision {
        let resourceDocument = resourcePolicy.flatMap(document)
        let request = PolicyRequest(
            principal: principal, action: action, resource: resource, context: context, now: cloud.clock.now)
        var evaluator = PolicyEvaluator(identity: [], resource: resourceDocument)
        let owner = accountOf(resource)
        evaluator.isCrossAccount = owner.count == 12 && owner != principal.account
        switch principal.kind {
        case .root:
            guard let resourceDocument else { return .allowed }
            // Root may do everything in its account; a resource's own deny holds for it too.
            let denies = resourceDocument.statements.contains {
                $0.effect == .deny && request.matches($0, isResourcePolicy: true)
            }
            return denies ? .denied(reason: "with an explicit deny in a resource-based policy") : .allowed
        case .service:
            return resourceDocument == nil ? .allowed : evaluator.decide(request)
        case .user(let name):
            guard let user = users[principal.account, "", name] else { break }
            evaluator.identity = documents(of: user)
            for group in groups.all(account: principal.account, region: "") where group.members.contains(name) {
                evaluator.identity += documents(of: group)
            }
            evaluator.boundary = user.permissionsBoundary.flatMap { managedPolicy($0) }.flatMap { document($0.document) }
        case .assumedRole(let name, _):
            guard let role = roles[principal.account, "", name] else { break }
            evaluator.identity = documents(of: role)
            evaluator.boundary = role.permissionsBoundary.flatMap { managedPolicy($0) }.flatMap { document($0.document) }
            if let session = sessions["", "", principal.accessKeyID] {
                evaluator.session = session.policy.flatMap(document)
            }
        }
        return evaluator.decide(request)
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
                "You are not authorized to perform this operation. \(who) on resource: \(resource) \(reason)", status: 403)
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
