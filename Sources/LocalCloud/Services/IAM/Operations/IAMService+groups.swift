import AWSModel

extension IAMService {
    var groupOperations: [String: OperationHandler] {
        [
            "CreateGroup": createGroup, "GetGroup": getGroup, "ListGroups": listGroups, "DeleteGroup": deleteGroup,
            "AddUserToGroup": addUserToGroup, "RemoveUserFromGroup": removeUserFromGroup,
        ]
    }

    private func existingGroup(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> Group {
        let name = input["GroupName"]?.string ?? ""
        guard let group = groups[context.account, "", name] else {
            throw .noSuchEntity("The group with name \(name) cannot be found.")
        }
        return group
    }

    private func createGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = try input.require("GroupName", code: "ValidationError")
        let path = input["Path"]?.string ?? "/"
        try IAMName.check(name, member: "groupName", limit: 128)
        try IAMName.checkPath(path)
        guard groups[context.account, "", name] == nil else {
            throw ServiceError.alreadyExists("Group with name \(name) already exists.")
        }
        let group = Group(
            name: name, id: "AGPA" + Identifier.upper(17), path: path,
            arn: "arn:aws:iam::\(context.account):group\(path)\(name)", created: cloud.clock.now.rounded(.down))
        groups[context.account, "", name] = group
        return .map(["Group": group.value])
    }

    private func getGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try existingGroup(input, context)
        let members = group.members.compactMap { users[context.account, "", $0]?.value(isDetailed: false) }
        var answer = try list("Users", members, input)
        answer["Group"] = group.value
        return answer
    }

    private func listGroups(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let matching = groups.all(account: context.account, region: "").filter { matchesPath($0.path, input) }
        return try list("Groups", matching.map(\.value), input)
    }

    private func deleteGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try existingGroup(input, context)
        if !group.members.isEmpty {
            throw ServiceError.deleteConflict("Cannot delete entity, must remove users from group first.")
        }
        if !group.attachedPolicies.isEmpty {
            throw ServiceError.deleteConflict("Cannot delete entity, must detach all policies first.")
        }
        if !group.inlinePolicies.isEmpty {
            throw ServiceError.deleteConflict("Cannot delete entity, must delete policies first.")
        }
        groups[context.account, "", group.name] = nil
        return [:]
    }

    private func addUserToGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var group = try existingGroup(input, context)
        let user = input["UserName"]?.string ?? ""
        guard users[context.account, "", user] != nil else {
            throw ServiceError.noSuchEntity("The user with name \(user) cannot be found.")
        }
        if !group.members.contains(user) { group.members.append(user) }
        groups[context.account, "", group.name] = group
        return [:]
    }

    private func removeUserFromGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var group = try existingGroup(input, context)
        let user = input["UserName"]?.string ?? ""
        guard group.members.contains(user) else {
            throw ServiceError.noSuchEntity("User \(user) not in group \(group.name)")
        }
        group.members.removeAll { $0 == user }
        groups[context.account, "", group.name] = group
        return [:]
    }
}
