import AWSModel

/// Deployment groups.
extension CodeDeployService {
    private static let settable = [
        "deploymentConfigName", "ec2TagFilters", "onPremisesInstanceTagFilters", "autoScalingGroups", "serviceRoleArn",
        "triggerConfigurations", "alarmConfiguration", "autoRollbackConfiguration", "outdatedInstancesStrategy",
        "deploymentStyle", "blueGreenDeploymentConfiguration", "loadBalancerInfo", "ec2TagSet", "onPremisesTagSet",
        "terminationHookEnabled",
    ]

    private static let tagFilters = [
        ("ec2TagFilters", "ec2TagSet"), ("onPremisesInstanceTagFilters", "onPremisesTagSet"),
    ]

    static func checkGroupName(_ name: String) throws(ServiceError) {
        guard isValid(name) else {
            throw ServiceError("InvalidDeploymentGroupNameException", "The deployment group name \(name) is not valid")
        }
    }

    func group(_ input: AWSValue, _ context: CallContext, member: String = "deploymentGroupName") throws(ServiceError)
        -> Group
    {
        let application = try application(input, context)
        guard let name = input[member]?.string, !name.isEmpty else {
            throw CodeDeployInput.missing("deploymentGroupName", "DeploymentGroupNameRequiredException")
        }
        try Self.checkGroupName(name)
        guard let group = groups[context.account, context.region, "\(application.name)/\(name)"] else {
            throw Self.noGroup(name)
        }
        return group
    }

    static func noGroup(_ name: String) -> ServiceError {
        ServiceError("DeploymentGroupDoesNotExistException", "No Deployment Group found for name: \(name)")
    }

    func createGroup(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let application = try application(input, context)
        let name = try input.require("deploymentGroupName", code: "DeploymentGroupNameRequiredException")
        try Self.checkGroupName(name)
        guard groups[context.account, context.region, "\(application.name)/\(name)"] == nil else {
            throw ServiceError("DeploymentGroupAlreadyExistsException", "Deployment group already exists: \(name)")
        }
        var settings: AWSMap = [
            "deploymentConfigName": "CodeDeployDefault.OneAtATime",
            "deploymentStyle": ["deploymentType": "IN_PLACE", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"],
            "outdatedInstancesStrategy": "UPDATE", "terminationHookEnabled": false,
        ]
        try DeploymentSettings.checkInput(input)
        let tags = try Self.newTags(input)
        for member in Self.settable { if let given = input[member] { settings[member] = given } }
        var group = Group(id: Identifier.uuid(), application: application.name, name: name, settings: .map(settings))
        let role = try await check(group, context)
        try await addHooks(to: &group, as: role, region: context.region)
        // Another call may have been faster while this one waited.
        guard groups[context.account, context.region, "\(application.name)/\(name)"] == nil else {
            await removeHooks(of: group, from: group.autoScalingGroups, as: role, region: context.region)
            throw ServiceError("DeploymentGroupAlreadyExistsException", "Deployment group already exists: \(name)")
        }
        groups[context.account, context.region, "\(application.name)/\(name)"] = group
        self.tags.set(tags, on: Self.arn("deploymentgroup:\(application.name)/\(name)", context))
        return ["deploymentGroupId": .string(group.id)]
    }

    /// Refuses settings that no deployment could use; returns the group's role.
    private func check(_ group: Group, _ context: CallContext) async throws -> Principal {
        let settings = group.settings
        try DeploymentSettings.check(settings)
        let role: Principal
        do {
            role = try cloud.iam.assume(roleARN: group.role, by: "codedeploy.amazonaws.com", session: "validate")
        } catch {
            throw ServiceError(
                "InvalidRoleException",
                "AWS CodeDeploy does not have the permissions required to assume the role \(group.role).")
        }
        let config = settings["deploymentConfigName"]?.string ?? ""
        guard self.config(config, context.account, context.region) != nil else { throw Self.noConfig(config) }
        try Self.checkProvisioning(of: group)
        try checkTopics(of: group)
        if !group.autoScalingGroups.isEmpty {
            let answer = try await callScaling(
                "DescribeAutoScalingGroups",
                ["AutoScalingGroupNames": .list(group.autoScalingGroups.map(AWSValue.string))], for: group, as: role,
                region: context.region)
            let found = (answer["AutoScalingGroups"]?.list ?? []).compactMap { $0["AutoScalingGroupName"]?.string }
            if let missing = group.autoScalingGroups.first(where: { !found.contains($0) }) {
                throw ServiceError(
                    "InvalidAutoScalingGroupException", "AutoScalingGroup(s) [\(missing)] cannot be found")
            }
        }
        return role
    }

    /// Refuses triggers that no notification could come of: the topics have to be there.
    private func checkTopics(of group: Group) throws(ServiceError) {
        for trigger in group.settings["triggerConfigurations"]?.list ?? [] {
            let arn = trigger["triggerTargetArn"]?.string ?? ""
            guard cloud.service(SNSService.self).topic(arn) != nil else {
                throw DeploymentSettings.invalidTopic(trigger)
            }
        }
    }

    /// Refuses a blue/green group whose green instances nothing says how to make.
    static func checkProvisioning(of group: Group) throws(ServiceError) {
        guard group.settings["deploymentStyle"]?["deploymentType"]?.string == "BLUE_GREEN" else { return }
        let option = group.settings["blueGreenDeploymentConfiguration"]?["greenFleetProvisioningOption"]
        guard option?["action"]?.string == "COPY_AUTO_SCALING_GROUP" else {
            throw ServiceError(
                "InvalidBlueGreenDeploymentConfigurationException",
                "The local cloud provisions green instances with COPY_AUTO_SCALING_GROUP only")
        }
        guard group.autoScalingGroups.count == 1 else {
            throw ServiceError(
                "InvalidBlueGreenDeploymentConfigurationException",
                "Exactly one AutoScaling group must be specified when selecting the COPY_AUTO_SCALING_GROUP green fleet "
                    + "provisioning option.")
        }
    }

    private func value(_ group: Group, _ context: CallContext) -> AWSValue {
        var map = group.settings.map ?? [:]
        map["applicationName"] = .string(group.application)
        map["deploymentGroupId"] = .string(group.id)
        map["deploymentGroupName"] = .string(group.name)
        map["computePlatform"] = "Server"
        map["autoScalingGroups"] = .list(
            group.autoScalingGroups.map {
                .structure(["name": .string($0), "hook": group.hooks[$0].map(AWSValue.string)])
            })
        map["targetRevision"] = group.targetRevision
        for member in ["ec2TagFilters", "onPremisesInstanceTagFilters", "triggerConfigurations"]
        where map[member] == nil {
            map[member] = []
        }
        func info(_ id: String?) -> AWSValue? {
            id.flatMap { deployments[context.account, context.region, $0] }.map {
                .structure([
                    "deploymentId": .string($0.id), "status": .string($0.status.rawValue),
                    "endTime": $0.completed.map(AWSValue.timestamp), "createTime": .timestamp($0.created),
                ])
            }
        }
        map["lastSuccessfulDeployment"] = info(group.lastSuccessful)
        map["lastAttemptedDeployment"] = info(group.lastAttempted)
        return .map(map)
    }

    func getGroup(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        ["deploymentGroupInfo": value(try group(input, context), context)]
    }

    func batchGetGroups(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let application = try application(input, context)
        let names = try Batch.read(
            input, "deploymentGroupNames", most: 100, required: "DeploymentGroupNameRequiredException")
        let found = names.compactMap(\.string).compactMap {
            groups[context.account, context.region, "\(application.name)/\($0)"]
        }
        return ["deploymentGroupsInfo": .list(found.map { value($0, context) })]
    }

    func listGroups(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let application = try application(input, context)
        let names = groups.all(account: context.account, region: context.region)
            .filter { $0.application == application.name }.map(\.name)
        var answer = try page(names, "deploymentGroups", input)
        answer["applicationName"] = .string(application.name)
        return answer
    }

    func updateGroup(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let old = try group(input, context, member: "currentDeploymentGroupName")
        var group = old
        var settings = group.settings.map ?? [:]
        try DeploymentSettings.checkInput(input)
        // Filters by tags are of one kind: the other goes.
        for (one, other) in Self.tagFilters {
            if DeploymentSettings.names(input[one]) { settings[other] = nil }
            if DeploymentSettings.names(input[other]) { settings[one] = nil }
        }
        for member in Self.settable { if let given = input[member] { settings[member] = given } }
        group.settings = .map(settings)
        if let name = input["newDeploymentGroupName"]?.string, name != old.name {
            try Self.checkGroupName(name)
            guard groups[context.account, context.region, "\(group.application)/\(name)"] == nil else {
                throw ServiceError("DeploymentGroupAlreadyExistsException", "Deployment group already exists: \(name)")
            }
            group.name = name
        }
        let role = try await check(group, context)
        try await addHooks(to: &group, as: role, region: context.region)
        let gone = old.autoScalingGroups.filter { !group.autoScalingGroups.contains($0) }
        let left = await removeHooks(of: old, from: gone, as: role, region: context.region)
        for name in gone { group.hooks[name] = nil }
        groups[context.account, context.region, "\(old.application)/\(old.name)"] = nil
        groups[context.account, context.region, "\(group.application)/\(group.name)"] = group
        if group.name != old.name {
            tags.move(
                from: Self.arn("deploymentgroup:\(old.application)/\(old.name)", context),
                to: Self.arn("deploymentgroup:\(group.application)/\(group.name)", context))
        }
        return ["hooksNotCleanedUp": .list(left)]
    }

    /// No error for a group that is not there. Hooks that could not be removed are named: new instances would wait in them.
    func deleteGroup(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let application = try Self.applicationName(input)
        let name = try input.require("deploymentGroupName", code: "DeploymentGroupNameRequiredException")
        try Self.checkGroupName(name)
        guard let group = groups.remove(account: context.account, region: context.region, key: "\(application)/\(name)")
        else {
            return ["hooksNotCleanedUp": []]
        }
        tags.removeAll(of: Self.arn("deploymentgroup:\(application)/\(name)", context))
        var left: [AWSValue] = []
        if let role = try? cloud.iam.assume(roleARN: group.role, by: "codedeploy.amazonaws.com", session: "delete") {
            left = await removeHooks(of: group, from: group.autoScalingGroups, as: role, region: context.region)
        } else {
            left = group.hooks.sorted { $0.key < $1.key }.map { ["name": .string($0.key), "hook": .string($0.value)] }
        }
        return ["hooksNotCleanedUp": .list(left)]
    }
}
