import AWSModel

extension IAMService {
    var instanceProfileOperations: [String: OperationHandler] {
        tagOperations("InstanceProfile", profiles, key: "InstanceProfileName", noun: "instance profile").merging([
            "CreateInstanceProfile": createInstanceProfile, "GetInstanceProfile": getInstanceProfile,
            "ListInstanceProfiles": listInstanceProfiles, "DeleteInstanceProfile": deleteInstanceProfile,
            "AddRoleToInstanceProfile": addRoleToInstanceProfile,
            "RemoveRoleFromInstanceProfile": removeRoleFromInstanceProfile,
            "ListInstanceProfilesForRole": listInstanceProfilesForRole,
        ]) { first, _ in first }
    }

    /// The role of an instance profile, named by its name or ARN, for an instance that was launched with it.
    ///
    /// - Returns: The profile's ARN and id, and its role's ARN; nil when there is no such profile.
    public func instanceProfile(
        _ nameOrARN: String, account: String
    ) -> (name: String, arn: String, id: String, roleARN: String?)? {
        let name = nameOrARN.split(separator: "/").last.map(String.init) ?? nameOrARN
        guard let profile = profiles[account, "", name], !nameOrARN.hasPrefix("arn:") || profile.arn == nameOrARN else {
            return nil
        }
        let role = profile.roles.first.flatMap { roles[account, "", $0] }
        return (profile.name, profile.arn, profile.id, role?.arn)
    }

    private func value(_ profile: InstanceProfile, _ account: String) -> AWSValue {
        .structure([
            "Path": .string(profile.path), "InstanceProfileName": .string(profile.name),
            "InstanceProfileId": .string(profile.id), "Arn": .string(profile.arn),
            "CreateDate": .timestamp(profile.created),
            "Roles": .list(profile.roles.compactMap { roles[account, "", $0]?.value(isDetailed: false) }),
            "Tags": profile.tags.isEmpty ? nil : profile.tags.awsValue(),
        ])
    }

    private func existing(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> InstanceProfile {
        let name = input["InstanceProfileName"]?.string ?? ""
        guard let profile = profiles[context.account, "", name] else {
            throw .noSuchEntity("Instance Profile \(name) cannot be found.")
        }
        return profile
    }

    private func createInstanceProfile(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = try input.require("InstanceProfileName", code: "ValidationError")
        let path = input["Path"]?.string ?? "/"
        try IAMName.check(name, member: "instanceProfileName", limit: 128)
        try IAMName.checkPath(path)
        guard profiles[context.account, "", name] == nil else {
            throw ServiceError.alreadyExists("Instance Profile \(name) already exists.")
        }
        try IAMTags.check(input)
        let profile = InstanceProfile(
            name: name, id: "AIPA" + Identifier.upper(17), path: path,
            arn: "arn:aws:iam::\(context.account):instance-profile\(path)\(name)",
            created: cloud.clock.now.rounded(.down), tags: [Tag](input["Tags"]))
        profiles[context.account, "", name] = profile
        return .map(["InstanceProfile": value(profile, context.account)])
    }

    private func getInstanceProfile(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        .map(["InstanceProfile": value(try existing(input, context), context.account)])
    }

    private func listInstanceProfiles(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let matching = profiles.all(account: context.account, region: "").filter { matchesPath($0.path, input) }
        return try list("InstanceProfiles", matching.map { value($0, context.account) }, input)
    }

    private func listInstanceProfilesForRole(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let role = try existingRole(input["RoleName"]?.string ?? "", context)
        let holding = profiles.all(account: context.account, region: "").filter { $0.roles.contains(role.name) }
        return try list("InstanceProfiles", holding.map { value($0, context.account) }, input)
    }

    private func deleteInstanceProfile(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let profile = try existing(input, context)
        guard profile.roles.isEmpty else {
            throw ServiceError.deleteConflict("Cannot delete entity, must remove roles from instance profile first.")
        }
        profiles[context.account, "", profile.name] = nil
        return [:]
    }

    private func addRoleToInstanceProfile(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var profile = try existing(input, context)
        let role = try existingRole(input["RoleName"]?.string ?? "", context)
        guard profile.roles.isEmpty else {
            throw ServiceError.limitExceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
        }
        profile.roles = [role.name]
        profiles[context.account, "", profile.name] = profile
        return [:]
    }

    private func removeRoleFromInstanceProfile(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var profile = try existing(input, context)
        let role = input["RoleName"]?.string ?? ""
        guard profile.roles.contains(role) else {
            throw ServiceError.noSuchEntity("The role with name \(role) cannot be found.")
        }
        profile.roles = []
        profiles[context.account, "", profile.name] = profile
        return [:]
    }
}
