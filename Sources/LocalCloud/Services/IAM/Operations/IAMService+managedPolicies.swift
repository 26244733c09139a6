import AWSModel

extension IAMService {
    var managedPolicyOperations: [String: OperationHandler] {
        tagOperations("Policy", policies, key: "PolicyArn", noun: "policy").merging([
            "CreatePolicy": createPolicy, "GetPolicy": getPolicy, "ListPolicies": listPolicies,
            "DeletePolicy": deletePolicy, "CreatePolicyVersion": createPolicyVersion,
            "GetPolicyVersion": getPolicyVersion, "ListPolicyVersions": listPolicyVersions,
            "SetDefaultPolicyVersion": setDefaultPolicyVersion, "DeletePolicyVersion": deletePolicyVersion,
            "ListEntitiesForPolicy": listEntitiesForPolicy,
        ]) { first, _ in first }
    }

    private func existing(_ input: AWSValue) throws(ServiceError) -> ManagedPolicy {
        let arn = input["PolicyArn"]?.string ?? ""
        guard let policy = managedPolicy(arn) else { throw .noSuchEntity("Policy \(arn) was not found.") }
        return policy
    }

    /// A policy that can be changed: not one of AWS's own.
    private func own(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> ManagedPolicy {
        let policy = try existing(input)
        guard policies[context.account, "", policy.arn] != nil else {
            throw ServiceError(
                "AccessDenied", "Policy \(policy.arn) is managed by AWS and cannot be changed.", status: 403)
        }
        return policy
    }

    private func attachments(_ arn: String, _ account: String) -> Int {
        roles.all(account: account, region: "").count { $0.attachedPolicies.contains(arn) }
            + users.all(account: account, region: "").count { $0.attachedPolicies.contains(arn) }
            + groups.all(account: account, region: "").count { $0.attachedPolicies.contains(arn) }
    }

    private func boundaries(_ arn: String, _ account: String) -> Int {
        roles.all(account: account, region: "").count { $0.permissionsBoundary == arn }
            + users.all(account: account, region: "").count { $0.permissionsBoundary == arn }
    }

    private func createPolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = try input.require("PolicyName", code: "ValidationError")
        let path = input["Path"]?.string ?? "/"
        try IAMName.check(name, member: "policyName", limit: 128)
        try IAMName.checkPath(path)
        let arn = "arn:aws:iam::\(context.account):policy\(path)\(name)"
        guard !policies.all(account: context.account, region: "").contains(where: { $0.name == name }) else {
            throw ServiceError.alreadyExists("A policy called \(name) already exists. Duplicate names are not allowed.")
        }
        let document = input["PolicyDocument"]?.string ?? ""
        try PolicyGrammar.check(document, .identity)
        try PolicyGrammar.check(size: [document], most: 6144, "Cannot exceed quota for PolicySize: 6144")
        try IAMTags.check(input)
        let now = cloud.clock.now.rounded(.down)
        let policy = ManagedPolicy(
            name: name, id: "ANPA" + Identifier.upper(17), path: path, arn: arn, created: now, updated: now,
            description: input["Description"]?.string, tags: [Tag](input["Tags"]),
            versions: [.init(id: "v1", document: document, created: now)], defaultVersion: "v1", nextVersion: 2)
        policies[context.account, "", arn] = policy
        return .map(["Policy": policy.value(attachments: 0, isDetailed: false)])
    }

    private func getPolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let policy = try existing(input)
        return .map([
            "Policy": policy.value(
                attachments: attachments(policy.arn, context.account),
                boundaries: boundaries(policy.arn, context.account))
        ])
    }

    private func listPolicies(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let scope = input["Scope"]?.string ?? "All"
        var candidates: [ManagedPolicy] = []
        if scope != "AWS" { candidates += policies.all(account: context.account, region: "") }
        if scope != "Local" { candidates += ManagedPolicies.byARN.values.sorted { $0.name < $1.name } }
        let onlyAttached = input["OnlyAttached"]?.bool ?? false
        let listed = candidates.filter { matchesPath($0.path, input) }.compactMap { policy -> AWSValue? in
            let count = attachments(policy.arn, context.account)
            return onlyAttached && count == 0 ? nil : policy.value(attachments: count, isDetailed: false)
        }
        return try list("Policies", listed, input)
    }

    private func deletePolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let policy = try own(input, context)
        guard attachments(policy.arn, context.account) == 0, boundaries(policy.arn, context.account) == 0 else {
            throw ServiceError.deleteConflict("Cannot delete a policy attached to entities.")
        }
        guard policy.versions.count == 1 else {
            throw ServiceError.deleteConflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
                    + "The default version is deleted with the policy.")
        }
        policies[context.account, "", policy.arn] = nil
        return [:]
    }

    private func createPolicyVersion(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var policy = try own(input, context)
        let document = input["PolicyDocument"]?.string ?? ""
        try PolicyGrammar.check(document, .identity)
        try PolicyGrammar.check(size: [document], most: 6144, "Cannot exceed quota for PolicySize: 6144")
        guard policy.versions.count < 5 else {
            throw ServiceError.limitExceeded(
                "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing "
                    + "version.")
        }
        let now = cloud.clock.now.rounded(.down)
        let version = ManagedPolicy.Version(id: "v\(policy.nextVersion)", document: document, created: now)
        policy.versions.append(version)
        policy.nextVersion += 1
        policy.updated = now
        let isDefault = input["SetAsDefault"]?.bool ?? false
        if isDefault { policy.defaultVersion = version.id }
        policies[context.account, "", policy.arn] = policy
        return .map(["PolicyVersion": version.value(isDefault: isDefault, withDocument: false)])
    }

    private func version(_ input: AWSValue, _ policy: ManagedPolicy) throws(ServiceError) -> ManagedPolicy.Version {
        let id = input["VersionId"]?.string ?? ""
        guard let version = policy.versions.first(where: { $0.id == id }) else {
            throw .noSuchEntity(
                "Policy \(policy.arn) version \(id) does not exist or is not attachable.")
        }
        return version
    }

    private func getPolicyVersion(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let policy = try existing(input)
        let version = try version(input, policy)
        return .map([
            "PolicyVersion": version.value(isDefault: version.id == policy.defaultVersion, withDocument: true)
        ])
    }

    private func listPolicyVersions(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let policy = try existing(input)
        let versions = policy.versions.reversed().map {
            $0.value(isDefault: $0.id == policy.defaultVersion, withDocument: false)
        }
        return try list("Versions", versions, input)
    }

    private func setDefaultPolicyVersion(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var policy = try own(input, context)
        policy.defaultVersion = try version(input, policy).id
        policies[context.account, "", policy.arn] = policy
        return [:]
    }

    private func deletePolicyVersion(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var policy = try own(input, context)
        let version = try version(input, policy)
        guard version.id != policy.defaultVersion else {
            throw ServiceError.deleteConflict("Cannot delete the default version of a policy.")
        }
        policy.versions.removeAll { $0.id == version.id }
        policies[context.account, "", policy.arn] = policy
        return [:]
    }

    private func listEntitiesForPolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let arn = try existing(input).arn
        func attached<Holder: PolicyHolder>(_ table: Table<Holder>, _ kind: String) -> AWSValue {
            let filter = input["EntityFilter"]?.string
            guard filter == nil || filter == kind else { return [] }
            let holders = table.all(account: context.account, region: "").filter { $0.attachedPolicies.contains(arn) }
            return .list(holders.map { ["\(kind)Name": .string($0.name), "\(kind)Id": .string($0.id)] })
        }
        return .map([
            "PolicyGroups": attached(groups, "Group"), "PolicyUsers": attached(users, "User"),
            "PolicyRoles": attached(roles, "Role"), "IsTruncated": false,
        ])
    }
}
