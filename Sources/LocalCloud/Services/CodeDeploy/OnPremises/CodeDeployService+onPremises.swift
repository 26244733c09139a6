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

    /// Those that are known: the operation has no error for another name.
    private func batchGetOnPremisesInstances(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let names = try Batch.read(input, "instanceNames", most: 25, required: "InstanceNameRequiredException")
        let found = try names.compactMap { name throws(ServiceError) in
            onPremises[context.account, context.region, try instanceName(["instanceName": name])]?.value
        }
        return ["instanceInfos": .list(found)]
    }

    private func listOnPremisesInstances(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let status = input["registrationStatus"]?.string
        try TagFilterRules.check(input["tagFilters"], code: "InvalidTagFilterException")
        let filters = TagFilters(filters: input["tagFilters"], sets: nil)
        let names = onPremises.all(account: context.account, region: context.region).filter { instance in
            (status == nil || instance.isRegistered == (status == "Registered"))
                && (filters.isEmpty || filters.matches(instance.tags))
        }.map(\.name)
        return try page(names, "instanceNames", input)
    }

    private static let instanceTagRules = TagRules(
        duplicate: "InvalidTagException", reserved: "InvalidTagException", tooMany: "TagLimitExceededException",
        lengths: "InvalidTagException")

    private func addInstanceTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let (given, instances) = try tagsAndInstances(input, context)
        for instance in instances { try Self.instanceTagRules.check(given, over: instance.tags) }
        for instance in instances {
            onPremises.update(context.account, context.region, instance.name) { $0.tags.set(given) }
        }
        return [:]
    }

    private func removeInstanceTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let (given, instances) = try tagsAndInstances(input, context)
        for instance in instances {
            onPremises.update(context.account, context.region, instance.name) {
                $0.tags.removeAll(where: given.contains)
            }
        }
        return [:]
    }

    /// "Keys and values are both required": AddTagsToOnPremisesInstances, CodeDeploy API Reference.
    private func tagsAndInstances(
        _ input: AWSValue, _ context: CallContext
    ) throws(ServiceError) -> (tags: [Tag], instances: [OnPremisesInstance]) {
        let tags = input["tags"]?.list ?? []
        let names = input["instanceNames"]?.list ?? []
        guard !tags.isEmpty else { throw CodeDeployInput.missing("tags", "TagRequiredException") }
        guard !names.isEmpty else { throw CodeDeployInput.missing("instanceNames", "InstanceNameRequiredException") }
        guard tags.allSatisfy({ $0["Key"]?.string?.isEmpty == false && $0["Value"]?.string != nil }) else {
            throw ServiceError("InvalidTagException", "The key and the value of a tag are both required")
        }
        let instances = try names.map { name throws(ServiceError) in
            try found(try instanceName(["instanceName": name]), context)
        }
        return ([Tag](input["tags"]), instances)
    }
}
