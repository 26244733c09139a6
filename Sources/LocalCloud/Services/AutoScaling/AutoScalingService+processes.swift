import AWSModel

/// Suspended processes, metrics, target groups and tags of groups.
extension AutoScalingService {
    private static let processes = [
        "Launch", "Terminate", "AddToLoadBalancer", "AlarmNotification", "AZRebalance", "HealthCheck",
        "InstanceRefresh",
        "ReplaceUnhealthy", "ScheduledActions",
    ]

    var processOperations: [String: OperationHandler] {
        [
            "SuspendProcesses": suspend, "ResumeProcesses": resume,
            "DescribeScalingProcessTypes": { _, _ in
                ["Processes": .list(Self.processes.map { ["ProcessName": .string($0)] })]
            },
            "DescribeTerminationPolicyTypes": { _, _ in
                [
                    "TerminationPolicyTypes": [
                        "AllocationStrategy", "ClosestToNextInstanceHour", "Default", "NewestInstance",
                        "OldestInstance",
                        "OldestLaunchConfiguration", "OldestLaunchTemplate",
                    ]
                ]
            },
            "DescribeAdjustmentTypes": { _, _ in
                [
                    "AdjustmentTypes": .list(
                        ["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"].map { ["AdjustmentType": $0] })
                ]
            },
            "EnableMetricsCollection": { input, context in
                let group = try self.group(input, context)
                self.groups.update(context.account, context.region, group.name) {
                    $0.metrics = input["Metrics"]?.strings ?? ["GroupDesiredCapacity", "GroupInServiceInstances"]
                }
                return [:]
            },
            "DisableMetricsCollection": { input, context in
                let group = try self.group(input, context)
                self.groups.update(context.account, context.region, group.name) { group in
                    let names = input["Metrics"]?.strings
                    group.metrics.removeAll { names?.contains($0) ?? true }
                }
                return [:]
            },
            "DescribeLaunchConfigurations": { _, _ in ["LaunchConfigurations": []] },
            "DescribeNotificationConfigurations": { _, _ in ["NotificationConfigurations": []] },
            "DescribeWarmPool": { input, context in
                _ = try self.group(input, context)
                return ["Instances": []]
            },
        ]
    }

    private func names(_ input: AWSValue) throws(ServiceError) -> [String] {
        let names = input["ScalingProcesses"]?.strings ?? []
        for name in names where !Self.processes.contains(name) {
            throw ServiceError(
                "ValidationError",
                "\(name) is not a valid scaling process. Valid ones: \(Self.processes.joined(separator: ", "))")
        }
        return names.isEmpty ? Self.processes : names
    }

    private func suspend(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let names = try names(input)
        groups.update(context.account, context.region, group.name) { group in
            for name in names where !group.suspended.contains(name) { group.suspended.append(name) }
        }
        return [:]
    }

    private func resume(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let names = try names(input)
        groups.update(context.account, context.region, group.name) { $0.suspended.removeAll { names.contains($0) } }
        kick(group.name, context.account, context.region)
        return [:]
    }

    // MARK: Target groups

    var trafficOperations: [String: OperationHandler] {
        [
            "AttachLoadBalancerTargetGroups": { try self.attach($0["TargetGroupARNs"]?.strings ?? [], $0, $1) },
            "DetachLoadBalancerTargetGroups": { try self.detach($0["TargetGroupARNs"]?.strings ?? [], $0, $1) },
            "AttachTrafficSources": { try self.attach(Self.sources($0), $0, $1) },
            "DetachTrafficSources": { try self.detach(Self.sources($0), $0, $1) },
            "DescribeLoadBalancerTargetGroups": { input, context in
                let group = try self.group(input, context)
                return [
                    "LoadBalancerTargetGroups": .list(
                        group.targetGroupARNs.map { arn in
                            ["LoadBalancerTargetGroupARN": .string(arn), "State": .string(self.state(of: arn, group))]
                        })
                ]
            },
            "DescribeTrafficSources": { input, context in
                let group = try self.group(input, context)
                return [
                    "TrafficSources": .list(
                        group.targetGroupARNs.map { arn in
                            ["Identifier": .string(arn), "Type": "elbv2", "State": .string(self.state(of: arn, group))]
                        })
                ]
            },
        ]
    }

    private static func sources(_ input: AWSValue) -> [String] {
        (input["TrafficSources"]?.list ?? []).compactMap { $0["Identifier"]?.string }
    }

    /// "InService" once an instance of the group is healthy there.
    private func state(of arn: String, _ group: ScalingGroup) -> String {
        let health = elb.health(of: arn).filter { row in group.members.contains { $0.id == row.id } }
        if health.contains(where: { $0.state == "healthy" }) { return "InService" }
        return health.count >= group.members.count(where: { $0.lifecycle == .inService }) ? "Added" : "Adding"
    }

    private func attach(_ arns: [String], _ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        for arn in arns where elb.groups[context.account, context.region, arn] == nil {
            throw ServiceError(
                "ValidationError", "Provided Target Groups may not be valid. Please ensure they exist and try again.")
        }
        groups.update(context.account, context.region, group.name) { group in
            for arn in arns where !group.targetGroupARNs.contains(arn) { group.targetGroupARNs.append(arn) }
        }
        if !group.suspended.contains("AddToLoadBalancer") {
            for member in group.members where member.lifecycle == .inService {
                addToTargetGroups(member.id, arns, context.account, context.region)
            }
        }
        return [:]
    }

    private func detach(_ arns: [String], _ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        for arn in arns where !group.targetGroupARNs.contains(arn) {
            throw ServiceError(
                "ValidationError", "Trying to remove Target Groups that are not part of the group: \(arn)")
        }
        groups.update(context.account, context.region, group.name) {
            $0.targetGroupARNs.removeAll { arns.contains($0) }
        }
        for arn in arns {
            for member in group.members {
                elb.deregister(member.id, port: nil, of: arn, context.account, context.region)
            }
        }
        return [:]
    }

    // MARK: Tags

    var tagOperations: [String: OperationHandler] {
        ["CreateOrUpdateTags": createOrUpdateTags, "DeleteTags": deleteTags, "DescribeTags": describeTags]
    }

    static func tags(_ list: AWSValue?) -> [ScalingGroup.GroupTag] {
        (list?.list ?? []).compactMap { tag in
            tag["Key"]?.string.map {
                .init(key: $0, value: tag["Value"]?.string ?? "", propagates: tag["PropagateAtLaunch"]?.bool ?? false)
            }
        }
    }

    static func value(of tag: ScalingGroup.GroupTag, _ group: String) -> AWSValue {
        [
            "ResourceId": .string(group), "ResourceType": "auto-scaling-group", "Key": .string(tag.key),
            "Value": .string(tag.value), "PropagateAtLaunch": .bool(tag.propagates),
        ]
    }

    private func createOrUpdateTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        for given in input["Tags"]?.list ?? [] {
            let group = try group(given["ResourceId"]?.string ?? "", context)
            for tag in Self.tags(.list([given])) {
                groups.update(context.account, context.region, group.name) { group in
                    group.tags.removeAll { $0.key == tag.key }
                    group.tags.append(tag)
                }
            }
        }
        return [:]
    }

    private func deleteTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        for given in input["Tags"]?.list ?? [] {
            groups.update(context.account, context.region, given["ResourceId"]?.string ?? "") { group in
                group.tags.removeAll { $0.key == given["Key"]?.string }
            }
        }
        return [:]
    }

    private func describeTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var rows = groups.all(account: context.account, region: context.region).flatMap { group in
            group.tags.map { (group: group.name, tag: $0) }
        }
        for filter in input["Filters"]?.list ?? [] {
            let values = filter["Values"]?.strings ?? []
            rows = rows.filter { row in
                switch filter["Name"]?.string {
                case "auto-scaling-group": values.contains(row.group)
                case "key": values.contains(row.tag.key)
                case "value": values.contains(row.tag.value)
                case "propagate-at-launch": values.contains(row.tag.propagates ? "true" : "false")
                default: false
                }
            }
        }
        let page = try Page.of(
            rows, token: input["NextToken"]?.string, limit: try Self.records(input, 50),
            invalidToken: "InvalidNextToken")
        return .structure([
            "Tags": .list(page.elements.map { Self.value(of: $0.tag, $0.group) }),
            "NextToken": page.next.map { .string($0) },
        ])
    }
}
