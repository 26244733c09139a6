import AWSModel

extension IAMService {
    var roleOperations: [String: OperationHandler] {
        tagOperations("Role", roles, key: "RoleName", noun: "role").merging([
            "CreateRole": createRole, "GetRole": getRole, "ListRoles": listRoles, "DeleteRole": deleteRole,
            "UpdateRole": updateRole, "UpdateRoleDescription": updateRoleDescription,
            "UpdateAssumeRolePolicy": updateAssumeRolePolicy,
            "PutRolePermissionsBoundary": putRoleBoundary, "DeleteRolePermissionsBoundary": deleteRoleBoundary,
            "CreateServiceLinkedRole": createServiceLinkedRole, "DeleteServiceLinkedRole": deleteServiceLinkedRole,
            "GetServiceLinkedRoleDeletionStatus": { _, _ in ["Status": "SUCCEEDED"] },
        ]) { first, _ in first }
    }

    private func createRole(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = try input.require("RoleName", code: "ValidationError")
        let path = input["Path"]?.string ?? "/"
        try IAMName.check(name, member: "roleName", limit: 64)
        try IAMName.checkPath(path)
        let trust = input["AssumeRolePolicyDocument"]?.string ?? ""
        let duration = input["MaxSessionDuration"]?.int ?? 3600
        guard (3600...43200).contains(duration) else {
            throw ServiceError.invalidIAMInput(
                ValidationText.one(
                    "maxSessionDuration", value: "\(duration)", must: "have value between 3600 and 43200"))
        }
        let names = roles.keys(account: context.account, region: "")
        guard !names.contains(where: { $0.lowercased() == name.lowercased() }) else {
            throw ServiceError.alreadyExists("Role with name \(name) already exists.")
        }
        try checkTrust(trust)
        try checkBoundary(input)
        try IAMTags.check(input)
        let role = Role(
            name: name, id: "AROA" + Identifier.upper(17), path: path,
            arn: "arn:aws:iam::\(context.account):role\(path)\(name)", created: cloud.clock.now.rounded(.down),
            trustPolicy: trust, description: input["Description"]?.string, maxSessionDuration: duration,
            permissionsBoundary: input["PermissionsBoundary"]?.string, tags: [Tag](input["Tags"]))
        roles[context.account, "", name] = role
        return .map(["Role": role.value()])
    }

    func existingRole(_ name: String, _ context: CallContext) throws(ServiceError) -> Role {
        guard let role = roles[context.account, "", name] else {
            throw .noSuchEntity("The role with name \(name) cannot be found.")
        }
        return role
    }

    private func getRole(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        .map(["Role": try existingRole(input["RoleName"]?.string ?? "", context).value()])
    }

    private func listRoles(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let matching = roles.all(account: context.account, region: "").filter { matchesPath($0.path, input) }
        return try list("Roles", matching.map { $0.value(isDetailed: false) }, input)
    }

    private func deleteRole(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let role = try existingRole(input["RoleName"]?.string ?? "", context)
        if profiles.all(account: context.account, region: "").contains(where: { $0.roles.contains(role.name) }) {
            throw ServiceError.deleteConflict("Cannot delete entity, must remove roles from instance profile first.")
        }
        if !role.attachedPolicies.isEmpty {
            throw ServiceError.deleteConflict("Cannot delete entity, must detach all policies first.")
        }
        if !role.inlinePolicies.isEmpty {
            throw ServiceError.deleteConflict("Cannot delete entity, must delete policies first.")
        }
        roles[context.account, "", role.name] = nil
        return [:]
    }

    private func change(
        _ input: AWSValue, _ context: CallContext, _ body: (inout Role) -> Void
    ) throws(ServiceError) -> Role {
        var role = try existingRole(input["RoleName"]?.string ?? "", context)
        body(&role)
        roles[context.account, "", role.name] = role
        return role
    }

    private func updateRole(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        _ = try change(input, context) {
            if let text = input["Description"]?.string { $0.description = text }
            if let duration = input["MaxSessionDuration"]?.int { $0.maxSessionDuration = duration }
        }
        return [:]
    }

    private func updateRoleDescription(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        .map(["Role": try change(input, context) { $0.description = input["Description"]?.string }.value()])
    }

    private func updateAssumeRolePolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let trust = input["PolicyDocument"]?.string ?? ""
        _ = try existingRole(input["RoleName"]?.string ?? "", context)
        try checkTrust(trust)
        _ = try change(input, context) { $0.trustPolicy = trust }
        return [:]
    }

    /// Refuses a permissions boundary that is no policy.
    func checkBoundary(_ input: AWSValue) throws(ServiceError) {
        guard let arn = input["PermissionsBoundary"]?.string, managedPolicy(arn) == nil else { return }
        throw .noSuchEntity("Scope ARN: \(arn) does not exist or is not attachable.")
    }

    private func putRoleBoundary(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let arn = input["PermissionsBoundary"]?.string ?? ""
        guard managedPolicy(arn) != nil else {
            throw ServiceError.noSuchEntity("Scope ARN: \(arn) does not exist or is not attachable.")
        }
        _ = try change(input, context) { $0.permissionsBoundary = arn }
        return [:]
    }

    private func deleteRoleBoundary(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        _ = try change(input, context) { $0.permissionsBoundary = nil }
        return [:]
    }

    private func createServiceLinkedRole(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let service = try input.require("AWSServiceName", code: "InvalidInput")
        guard ServicePrincipal.isKnown(service) else {
            throw ServiceError("InvalidInput", "The service principal \(service) is not valid.", status: 400)
        }
        let suffix = input["CustomSuffix"]?.string.map { "_\($0)" } ?? ""
        let short = service.split(separator: ".").first.map(String.init) ?? service
        let known = ["autoscaling": "AutoScaling", "elasticloadbalancing": "ElasticLoadBalancing", "ecs": "ECS"]
        let name = "AWSServiceRoleFor\(known[short] ?? short.prefix(1).uppercased() + short.dropFirst())\(suffix)"
        guard roles[context.account, "", name] == nil else {
            throw ServiceError(
                "InvalidInput",
                "Service role name \(name) has been taken in this account, please try a different suffix.")
        }
        let path = "/aws-service-role/\(service)/"
        let trust =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":""# + service
            + #""},"Action":"sts:AssumeRole"}]}"#
        let role = Role(
            name: name, id: "AROA" + Identifier.upper(17), path: path,
            arn: "arn:aws:iam::\(context.account):role\(path)\(name)", created: cloud.clock.now.rounded(.down),
            trustPolicy: trust, description: input["Description"]?.string)
        roles[context.account, "", name] = role
        return .map(["Role": role.value()])
    }

    private func deleteServiceLinkedRole(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let role = try existingRole(input["RoleName"]?.string ?? "", context)
        roles[context.account, "", role.name] = nil
        return .map(["DeletionTaskId": .string("task\(role.path)\(role.name)/\(Identifier.uuid())")])
    }
}
