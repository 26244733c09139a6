import AWSModel

/// On-premises instances: registered, tagged, found.
extension CodeDeployService {
    var onPremisesOperations: [String: OperationHandler] {
        [
            "RegisterOnPremisesInstance": registerInstance, "DeregisterOnPremisesInstance": deregisterInstance,
            "GetOnPremisesInstance": getOnPremisesInstance,
            "BatchGetOnPremisesInstances": batchGetOnPremisesInstances,
            "ListOnPremisesInstances": listOnPremisesInstances, "AddTagsToOnPremisesInstances": addInstanceTags,
            "RemoveTagsFromOnPremisesInstances": removeInstanceTags,
        ]
    }

    private static func isInstanceName(_ name: String) -> Bool {
        (1...100).contains(name.utf8.count) && !name.hasPrefix("i-")
            && name.utf8.allSatisfy { (33...126).contains($0) && !"/:\"".utf8.contains($0) }
    }

    private func instanceName(_ input: AWSValue) throws(ServiceError) -> String {
        let name = try input.require("instanceName", code: "InstanceNameRequiredException")
        guard Self.isInstanceName(name) else {
            throw ServiceError("InvalidInstanceNameException", "The on-premises instance name \(name) is not valid")
        }
        return name
    }

    private func registerInstance(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = try instanceName(input)
        let (user, session) = (input["iamUserArn"]?.string, input["iamSessionArn"]?.string)
        guard user == nil || session == nil else {
            throw ServiceError(
                "MultipleIamArnsProvidedException", "Give either iamUserArn or iamSessionArn, not both")
        }
        guard user != nil || session != nil else {
            throw ServiceError("IamArnRequiredException", "iamUserArn or iamSessionArn is required")
        }
        if let user, !user.hasPrefix("arn:aws:iam::") || !user.contains(":user/") {
            throw ServiceError("InvalidIamUserArnException", "\(user) is not the ARN of an IAM user")
        }
        if let session, !session.hasPrefix("arn:aws:sts::") {
            throw ServiceError("InvalidIamSessionArnException", "\(session) is not the ARN of a session")
        }
        let known = onPremises.all(account: context.account, region: context.region).filter(\.isRegistered)
        guard !known.contains(where: { $0.name == name }) else {
            throw ServiceError("InstanceNameAlreadyRegisteredException", "The name \(name) is registered already")
        }
        if let user, known.contains(where: { $0.userARN == user }) {
            throw ServiceError("IamUserArnAlreadyRegisteredException", "The user \(user) is registered already")
        }
        if let session, known.contains(where: { $0.sessionARN == session }) {
            throw ServiceError(
                "IamSessionArnAlreadyRegisteredException", "The session \(session) is registered already")
        }
        onPremises[context.account, context.region, name] = OnPremisesInstance(
            name: name, arn: Self.arn("instance/\(name)_\(Identifier.alphanumeric(10))", context), userARN: user,
            sessionARN: session, registered: cloud.clock.now)
        return [:]
    }

    private func found(_ name: String, _ context: CallContext) throws(ServiceError) -> OnPremisesInstance {
        guard let found = onPremises[context.account, context.region, name] else {
            throw ServiceError("InstanceNotRegisteredException", "The on-premises instance \(name) is not registered")
        }
        return found
    }

    private func deregisterInstance(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = try instanceName(input)
        onPremises.update(context.account, context.region, name) { instance in
            if instance.isRegistered { instance.deregistered = cloud.clock.now }
        }
        return [:]
    }

    private func getOnPremisesInstance(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        ["instanceInfo": try found(try instanceName(input), context).value]
    }

    private func batchGetOnPremisesInstances(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let names = input["instanceNames"]?.strings ?? []
        guard names.count <= 100 else {
            throw ServiceError("BatchLimitExceededException", "At most 100 instances can be asked for in one call")
        }
        return ["instanceInfos": .list(try names.map { name throws(ServiceError) in try found(name, context).value })]
    }

    private func listOnPremisesInstances(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let status = input["registrationStatus"]?.string
        let filters = TagFilters(filters: input["tagFilters"], sets: nil)
        let names = onPremises.all(account: context.account, region: context.region).filter { instance in
            (status == nil || instance.isRegistered == (status == "Registered"))
                && (filters.isEmpty || filters.matches(instance.tags))
        }.map(\.name)
        return try page(names, "instanceNames", input)
    }

    private func addInstanceTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try changeTags(input, context) { tags, given in
            tags.set(given)
        }
    }

    private func removeInstanceTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try changeTags(input, context) { tags, given in
            tags.removeAll { tag in given.contains { $0.key == tag.key && $0.value == tag.value } }
        }
    }

    private func changeTags(
        _ input: AWSValue, _ context: CallContext, _ change: (inout [Tag], [Tag]) -> Void
    ) throws -> AWSValue {
        let given = [Tag](input["tags"])
        let names = input["instanceNames"]?.strings ?? []
        guard !given.isEmpty else { throw ServiceError("TagRequiredException", "A tag was not specified") }
        guard !names.isEmpty else {
            throw ServiceError("InstanceNameRequiredException", "An on-premises instance name was not specified")
        }
        for name in names { _ = try found(name, context) }
        for name in names { onPremises.update(context.account, context.region, name) { change(&$0.tags, given) } }
        return [:]
    }
}
