import AWSModel

extension IAMService {
    var userOperations: [String: OperationHandler] {
        tagOperations("User", users, key: "UserName", noun: "user").merging([
            "CreateUser": createUser, "GetUser": getUser, "ListUsers": listUsers, "DeleteUser": deleteUser,
            "CreateAccessKey": createAccessKey, "ListAccessKeys": listAccessKeys, "DeleteAccessKey": deleteAccessKey,
            "UpdateAccessKey": updateAccessKey, "ListGroupsForUser": listGroupsForUser,
            "PutUserPermissionsBoundary": putUserBoundary, "DeleteUserPermissionsBoundary": deleteUserBoundary,
        ]) { first, _ in first }
    }

    private func createUser(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = try input.require("UserName", code: "ValidationError")
        let path = input["Path"]?.string ?? "/"
        try IAMName.check(name, member: "userName", limit: 64)
        try IAMName.checkPath(path)
        guard users[context.account, "", name] == nil else {
            throw ServiceError.alreadyExists("User with name \(name) already exists.")
        }
        try checkBoundary(input)
        try IAMTags.check(input)
        let user = User(
            name: name, id: "AIDA" + Identifier.upper(17), path: path,
            arn: "arn:aws:iam::\(context.account):user\(path)\(name)", created: cloud.clock.now.rounded(.down),
            permissionsBoundary: input["PermissionsBoundary"]?.string, tags: [Tag](input["Tags"]))
        users[context.account, "", name] = user
        return .map(["User": user.value()])
    }

    /// The named user, or the caller when no name is given.
    private func existingUser(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> User {
        var name = input["UserName"]?.string ?? ""
        if name.isEmpty, case .user(let own) = context.principal.kind { name = own }
        guard let user = users[context.account, "", name] else {
            throw .noSuchEntity("The user with name \(name) cannot be found.")
        }
        return user
    }

    private func getUser(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        if input["UserName"] == nil, context.principal.kind == .root {
            return .map([
                "User": [
                    "Path": "/", "UserName": "root", "UserId": .string(context.account),
                    "Arn": .string(context.principal.arn), "CreateDate": .timestamp(0),
                ]
            ])
        }
        return .map(["User": try existingUser(input, context).value()])
    }

    private func listUsers(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let matching = users.all(account: context.account, region: "").filter { matchesPath($0.path, input) }
        return try list("Users", matching.map { $0.value(isDetailed: false) }, input)
    }

    private func deleteUser(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let user = try existingUser(input, context)
        if groups.all(account: context.account, region: "").contains(where: { $0.members.contains(user.name) }) {
            throw ServiceError.deleteConflict("Cannot delete entity, must remove users from group first.")
        }
        if !user.accessKeys.isEmpty {
            throw ServiceError.deleteConflict("Cannot delete entity, must delete access keys first.")
        }
        if !user.attachedPolicies.isEmpty {
            throw ServiceError.deleteConflict("Cannot delete entity, must detach all policies first.")
        }
        if !user.inlinePolicies.isEmpty {
            throw ServiceError.deleteConflict("Cannot delete entity, must delete policies first.")
        }
        users[context.account, "", user.name] = nil
        return [:]
    }

    private func createAccessKey(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var user = try existingUser(input, context)
        guard user.accessKeys.count < 2 else {
            throw ServiceError.limitExceeded("Cannot exceed quota for AccessKeysPerUser: 2")
        }
        let key = AccessKey(
            id: "AKIA" + Identifier.upper(16), secret: Identifier.alphanumeric(40),
            created: cloud.clock.now.rounded(.down))
        user.accessKeys.append(key)
        users[context.account, "", user.name] = user
        secrets[key.id] = key.secret
        keyOwners["", "", key.id] = KeyOwner(account: context.account, user: user.name)
        return .map([
            "AccessKey": [
                "UserName": .string(user.name), "AccessKeyId": .string(key.id), "Status": "Active",
                "SecretAccessKey": .string(key.secret), "CreateDate": .timestamp(key.created),
            ]
        ])
    }

    private func listAccessKeys(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let user = try existingUser(input, context)
        let keys = user.accessKeys.map { key -> AWSValue in
            [
                "UserName": .string(user.name), "AccessKeyId": .string(key.id),
                "Status": .string(key.isActive ? "Active" : "Inactive"), "CreateDate": .timestamp(key.created),
            ]
        }
        return try list("AccessKeyMetadata", keys, input)
    }

    private func position(of id: String, in user: User) throws(ServiceError) -> Int {
        guard let at = user.accessKeys.firstIndex(where: { $0.id == id }) else {
            throw .noSuchEntity("The Access Key with id \(id) cannot be found.")
        }
        return at
    }

    private func deleteAccessKey(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var user = try existingUser(input, context)
        let id = input["AccessKeyId"]?.string ?? ""
        user.accessKeys.remove(at: try position(of: id, in: user))
        users[context.account, "", user.name] = user
        keyOwners["", "", id] = nil
        secrets[id] = nil
        return [:]
    }

    private func updateAccessKey(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var user = try existingUser(input, context)
        let at = try position(of: input["AccessKeyId"]?.string ?? "", in: user)
        user.accessKeys[at].isActive = input["Status"]?.string == "Active"
        users[context.account, "", user.name] = user
        return [:]
    }

    private func listGroupsForUser(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let user = try existingUser(input, context)
        let memberships = groups.all(account: context.account, region: "").filter { $0.members.contains(user.name) }
        return try list("Groups", memberships.map(\.value), input)
    }

    private func putUserBoundary(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let arn = input["PermissionsBoundary"]?.string ?? ""
        guard managedPolicy(arn) != nil else {
            throw ServiceError.noSuchEntity("Scope ARN: \(arn) does not exist or is not attachable.")
        }
        let user = try existingUser(input, context)
        users.update(context.account, "", user.name) { $0.permissionsBoundary = arn }
        return [:]
    }

    private func deleteUserBoundary(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let user = try existingUser(input, context)
        users.update(context.account, "", user.name) { $0.permissionsBoundary = nil }
        return [:]
    }
}
