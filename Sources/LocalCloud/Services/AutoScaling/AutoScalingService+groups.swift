import AWSModel

extension AutoScalingService {
    var groupOperations: [String: OperationHandler] {
        [
            "CreateAutoScalingGroup": createGroup, "UpdateAutoScalingGroup": updateGroup,
            "DeleteAutoScalingGroup": deleteGroup,
            "DescribeAutoScalingGroups": describeGroups, "SetDesiredCapacity": setDesiredCapacity,
            "DescribeScalingActivities": describeActivities,
            "DescribeAccountLimits": { input, context in
                [
                    "MaxNumberOfAutoScalingGroups": 500, "MaxNumberOfLaunchConfigurations": 200,
                    "NumberOfAutoScalingGroups": .integer(
                        Int64(self.groups.keys(account: context.account, region: context.region).count)),
                    "NumberOfLaunchConfigurations": 0,
                ]
            },
        ]
    }

    /// The launch template that a call names, checked; nil when it names none.
    private func template(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> ScalingGroup.Template? {
        let mixed = input["MixedInstancesPolicy"]?["LaunchTemplate"]?["LaunchTemplateSpecification"]
        guard input["LaunchTemplate"] == nil || input["MixedInstancesPolicy"] == nil else {
            throw Self.unclearSource
        }
        guard let specification = input["LaunchTemplate"] ?? mixed else { return nil }
        return try template(specification: specification, context)
    }

    private static let unclearSource = ServiceError(
        "ValidationError",
        "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter."
    )

    /// The launch template that a specification names, checked.
    func template(
        specification: AWSValue, _ context: CallContext
    ) throws(ServiceError) -> ScalingGroup.Template {
        guard specification["LaunchTemplateId"] == nil || specification["LaunchTemplateName"] == nil else {
            throw ServiceError(
                "ValidationError", "Valid requests must contain either launchTemplateId or LaunchTemplateName")
        }
        do {
            let record = try ec2.template(specification, context.account, context.region)
            let version = specification["Version"]?.string
            _ = try ec2.version(version, of: record)
            return ScalingGroup.Template(id: record.id, name: record.name, version: version)
        } catch {
            throw ServiceError("ValidationError", "You must use a valid fully-formed launch template. \(error.message)")
        }
    }

    /// Who makes a group of a launch template has to be allowed what the template launches: instances, their tags, and the
    /// role that they get.
    private func authorizeLaunch(_ template: ScalingGroup.Template, _ context: CallContext) throws {
        let launch: AWSValue = ["LaunchTemplate": template.value]
        _ = try ec2.profile(for: launch, context)
        var needed = ec2.permissions(for: "RunInstances", input: launch, context: context)
        needed.append(
            Permission(
                action: "ec2:CreateTags", resource: "arn:aws:ec2:\(context.region):\(context.account):instance/*"))
        for permission in needed {
            try cloud.iam.authorize(
                context.principal, action: permission.action, resource: permission.resource,
                context: permission.context.merging(["aws:RequestedRegion": [context.region]]) { given, _ in given },
                service: "autoscaling")
        }
    }

    private func places(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> (
        subnets: [String], zones: [String]
    )? {
        if let text = input["VPCZoneIdentifier"]?.string, !text.isEmpty {
            let ids = text.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
            var zones: [String] = []
            for id in ids {
                guard let subnet = try? ec2.subnet(id, context) else {
                    throw ServiceError("ValidationError", "The subnet ID '\(id)' does not exist")
                }
                if !zones.contains(subnet.zone) { zones.append(subnet.zone) }
            }
            if let named = input["AvailabilityZones"]?.strings, !named.isEmpty, Set(named) != Set(zones) {
                throw ServiceError(
                    "ValidationError",
                    "The availability zones of the specified subnets and the AutoScalingGroup do not match")
            }
            return (ids, zones)
        }
        guard let zones = input["AvailabilityZones"]?.strings, !zones.isEmpty else { return nil }
        ec2.ensureDefaults(context)
        for zone in zones where !EC2Service.zoneLetters.contains(where: { zone == context.region + $0 }) {
            throw ServiceError("ValidationError", "Invalid availability zones: [\(zone)]")
        }
        return ([], zones)
    }

    private func checkTargetGroups(_ arns: [String], _ context: CallContext) throws(ServiceError) {
        for arn in arns where elb.groups[context.account, context.region, arn] == nil {
            throw ServiceError(
                "ValidationError", "Provided Target Groups may not be valid. Please ensure they exist and try again.")
        }
    }

    private func createGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let (account, region) = (context.account, context.region)
        let name = try input.require("AutoScalingGroupName", code: "ValidationError")
        try ScalingGroup.checkName(name)
        if groups[account, region, name] != nil {
            throw ServiceError(
                "AlreadyExists",
                "AutoScalingGroup by this name already exists - A group with the name \(name) already exists")
        }
        if input["LaunchConfigurationName"] != nil {
            throw ServiceError(
                "ValidationError",
                "Launch configurations are not available to new accounts. Use a launch template instead.")
        }
        guard let template = try template(input, context) else {
            throw Self.unclearSource
        }
        try authorizeLaunch(template, context)
        guard let places = try places(input, context) else {
            throw ServiceError("ValidationError", "At least one Availability Zone or VPC Subnet is required.")
        }
        let sources = (input["TrafficSources"]?.list ?? []).compactMap { $0["Identifier"]?.string }
        let targetGroups = (input["TargetGroupARNs"]?.strings ?? []) + sources
        try checkTargetGroups(targetGroups, context)
        let minimum = input["MinSize"]?.int ?? 0
        var group = ScalingGroup(
            name: name,
            arn:
                "arn:aws:autoscaling:\(region):\(account):autoScalingGroup:\(Identifier.uuid()):autoScalingGroupName/\(name)",
            template: template, mixedPolicy: input["MixedInstancesPolicy"], minimum: minimum, maximum: 0,
            desired: input["DesiredCapacity"]?.int ?? minimum, cooldown: 300, zones: places.zones,
            subnetIDs: places.subnets, targetGroupARNs: targetGroups, healthCheckType: "EC2", gracePeriod: 0,
            terminationPolicies: ["Default"], protectsNew: false, createdAt: cloud.clock.now,
            roleARN: input["ServiceLinkedRoleARN"]?.string
                ?? "arn:aws:iam::\(account):role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
        )
        try group.take(input)
        group.tags = try Self.checkedTags(input["Tags"]?.list ?? [])
        for specification in input["LifecycleHookSpecificationList"]?.list ?? [] {
            try put(try hook(specification), in: &group)
        }
        try group.checkSize()
        group.changeCause =
            "At \(time()) a user request created an AutoScalingGroup changing the desired capacity from 0 to \(group.desired)."
        groups[account, region, name] = group
        kick(name, account, region)
        return [:]
    }

    private func updateGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var group = try group(input, context)
        if group.isBeingDeleted {
            throw ServiceError("ScalingActivityInProgress", "AutoScalingGroup \(group.name) is being deleted")
        }
        if let template = try template(input, context) {
            group.template = template
            group.mixedPolicy = input["MixedInstancesPolicy"]
            group.failures = 0
        }
        if let places = try places(input, context) { (group.subnetIDs, group.zones) = places }
        let before = group.desired
        try group.take(input)
        if let value = input["DesiredCapacity"]?.int {
            group.desired = value
        } else {
            group.desired = min(max(group.desired, group.minimum), max(group.maximum, group.minimum))
        }
        try group.checkSize()
        if group.desired != before {
            group.changeCause =
                "At \(time()) a user request update of AutoScalingGroup constraints to min: \(group.minimum), max: "
                + "\(group.maximum), desired: \(group.desired) changing the desired capacity from \(before) to \(group.desired)."
        }
        groups[context.account, context.region, group.name] = group
        kick(group.name, context.account, context.region)
        return [:]
    }

    private func setDesiredCapacity(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        guard let wanted = input["DesiredCapacity"]?.int else {
            throw ServiceError("ValidationError", "DesiredCapacity must not be null")
        }
        if wanted > group.maximum {
            throw ServiceError(
                "ValidationError",
                "New SetDesiredCapacity value \(wanted) is above max value \(group.maximum) for the AutoScalingGroup.")
        }
        if wanted < group.minimum {
            throw ServiceError(
                "ValidationError",
                "New SetDesiredCapacity value \(wanted) is below min value \(group.minimum) for the AutoScalingGroup.")
        }
        groups.update(context.account, context.region, group.name) {
            $0.changeCause =
                "At \(time()) a user request explicitly set group desired capacity changing the desired capacity from "
                + "\($0.desired) to \(wanted)."
            $0.desired = wanted
        }
        kick(group.name, context.account, context.region)
        return [:]
    }

    private func deleteGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let byForce = input["ForceDelete"]?.bool == true
        try group.checkDeletion(byForce: byForce)
        if !byForce, !group.isBeingDeleted {
            if group.members.contains(where: { $0.lifecycle.isEnding }),
                !group.members.contains(where: { !$0.lifecycle.isEnding })
            {
                throw ServiceError(
                    "ScalingActivityInProgress",
                    "You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group."
                )
            }
            if !group.members.isEmpty {
                throw ServiceError(
                    "ResourceInUse",
                    "You cannot delete an AutoScalingGroup while there are instances still in the group.")
            }
            let isBusy = activities.all(account: context.account, region: context.region).contains {
                $0.group == group.name && $0.status == "InProgress"
            }
            if isBusy {
                throw ServiceError(
                    "ScalingActivityInProgress",
                    "You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group."
                )
            }
        }
        if group.members.isEmpty {
            remove(group.name, context.account, context.region)
        } else {
            groups.update(context.account, context.region, group.name) {
                $0.isBeingDeleted = true
                $0.desired = 0
                $0.minimum = 0
            }
            kick(group.name, context.account, context.region)
        }
        return [:]
    }

    private func describeGroups(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var found = groups.all(account: context.account, region: context.region)
        if let names = input["AutoScalingGroupNames"]?.strings, !names.isEmpty {
            found = found.filter { names.contains($0.name) }
        }
        for filter in input["Filters"]?.list ?? [] {
            let values = filter["Values"]?.strings ?? []
            switch filter["Name"]?.string {
            case "tag-key", "key": found = found.filter { $0.tags.contains { values.contains($0.key) } }
            case "tag-value", "value": found = found.filter { $0.tags.contains { values.contains($0.value) } }
            case let name? where name.hasPrefix("tag:"):
                found = found.filter { $0.tags.contains { $0.key == name.dropFirst(4) && values.contains($0.value) } }
            default: throw ServiceError("ValidationError", "The filter '\(filter["Name"]?.string ?? "")' is not known")
            }
        }
        let page = try Page.of(
            found, token: input["NextToken"]?.string, limit: try Self.records(input, 50),
            invalidToken: "InvalidNextToken")
        return .structure([
            "AutoScalingGroups": .list(
                page.elements.map { group in
                    var value = value(of: group)
                    if input["IncludeInstances"]?.bool == false { value["Instances"] = [] }
                    return value
                }),
            "NextToken": page.next.map { .string($0) },
        ])
    }

    private func value(of group: ScalingGroup) -> AWSValue {
        .structure([
            "AutoScalingGroupName": .string(group.name), "AutoScalingGroupARN": .string(group.arn),
            "LaunchTemplate": group.mixedPolicy == nil ? group.template?.value : nil,
            "MixedInstancesPolicy": group.mixedPolicy, "MinSize": .integer(Int64(group.minimum)),
            "MaxSize": .integer(Int64(group.maximum)), "DesiredCapacity": .integer(Int64(group.desired)),
            "DefaultCooldown": .integer(Int64(group.cooldown)),
            "AvailabilityZones": .list(group.zones.map { .string($0) }), "LoadBalancerNames": [],
            "TargetGroupARNs": .list(group.targetGroupARNs.map { .string($0) }),
            "HealthCheckType": .string(group.healthCheckType),
            "HealthCheckGracePeriod": .integer(Int64(group.gracePeriod)),
            "Instances": .list(group.members.map { Self.value(of: $0) }), "CreatedTime": .timestamp(group.createdAt),
            "SuspendedProcesses": .list(
                group.suspended.sorted().map { process in
                    let since = group.suspendedAt?[process].map { " at \(Timestamps.format($0, as: .iso8601))" } ?? ""
                    return ["ProcessName": .string(process), "SuspensionReason": .string("User suspended" + since)]
                }),
            "VPCZoneIdentifier": .string(group.subnetIDs.joined(separator: ",")),
            "EnabledMetrics": .list(group.metrics.map { ["Metric": .string($0), "Granularity": "1Minute"] }),
            "Status": group.isBeingDeleted ? "Delete in progress" : nil,
            "Tags": .list(group.tags.map { Self.value(of: $0, group.name) }),
            "TerminationPolicies": .list(group.terminationPolicies.map { .string($0) }),
            "NewInstancesProtectedFromScaleIn": .bool(group.protectsNew),
            "ServiceLinkedRoleARN": .string(group.roleARN),
            "CapacityRebalance": .bool(group.capacityRebalance),
            "MaxInstanceLifetime": group.maximumLifetime.map { .integer(Int64($0)) },
            "DefaultInstanceWarmup": group.defaultWarmup.map { .integer(Int64($0)) },
            "DeletionProtection": .string(group.deletionProtection ?? "none"),
            "TrafficSources": .list(group.targetGroupARNs.map { ["Identifier": .string($0), "Type": "elbv2"] }),
        ])
    }

    static func value(of member: ScalingGroup.Member) -> AWSValue {
        .structure([
            "InstanceId": .string(member.id), "InstanceType": .string(member.type),
            "AvailabilityZone": .string(member.zone),
            "LifecycleState": .string(member.lifecycle.rawValue),
            "HealthStatus": .string(member.isHealthy ? "Healthy" : "Unhealthy"),
            "LaunchTemplate": member.template?.value,
            "ProtectedFromScaleIn": .bool(member.isProtected),
        ])
    }

    private func describeActivities(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var found = activities.all(account: context.account, region: context.region).sorted { $0.number > $1.number }
        if let name = input["AutoScalingGroupName"]?.string {
            guard groups[context.account, context.region, name] != nil || input["IncludeDeletedGroups"]?.bool == true
            else {
                throw ServiceError(
                    "ValidationError", "AutoScalingGroup name not found - AutoScalingGroup '\(name)' not found")
            }
            found = found.filter { $0.group == name }
        }
        if let ids = input["ActivityIds"]?.strings, !ids.isEmpty { found = found.filter { ids.contains($0.id) } }
        let page = try Page.of(
            found, token: input["NextToken"]?.string, limit: try Self.records(input, 100),
            invalidToken: "InvalidNextToken")
        return .structure([
            "Activities": .list(page.elements.map { value($0, context) }), "NextToken": page.next.map { .string($0) },
        ])
    }
}
