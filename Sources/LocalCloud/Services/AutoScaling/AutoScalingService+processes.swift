import AWSModel

/// Suspended processes, metrics and target groups.
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
                ["TerminationPolicyTypes": .list(ScalingGroup.terminationPolicyTypes.map { .string($0) })]
            },
            "DescribeAdjustmentTypes": { _, _ in
                ["AdjustmentTypes": .list(PolicySettings.adjustmentTypes.map { ["AdjustmentType": .string($0)] })]
            },
            "EnableMetricsCollection": enableMetrics, "DisableMetricsCollection": disableMetrics,
            "DescribeMetricCollectionTypes": { _, _ in
                [
                    "Metrics": .list(Self.metrics.map { ["Metric": .string($0)] }),
                    "Granularities": [["Granularity": .string(Self.granularity)]],
                ]
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

    // MARK: Metrics

    private static let granularity = "1Minute"
    private static let metrics = [
        "GroupMinSize", "GroupMaxSize", "GroupDesiredCapacity", "GroupInServiceInstances", "GroupPendingInstances",
        "GroupStandbyInstances", "GroupTerminatingInstances", "GroupTotalInstances", "GroupInServiceCapacity",
        "GroupPendingCapacity", "GroupStandbyCapacity", "GroupTerminatingCapacity", "GroupTotalCapacity",
        "WarmPoolDesiredCapacity", "WarmPoolWarmedCapacity", "WarmPoolPendingCapacity", "WarmPoolTerminatingCapacity",
        "WarmPoolTotalCapacity", "GroupAndWarmPoolDesiredCapacity", "GroupAndWarmPoolTotalCapacity",
    ]

    /// The metrics that a call names; all when it names none.
    private func metricNames(_ input: AWSValue) throws(ServiceError) -> [String] {
        let names = input["Metrics"]?.strings ?? []
        if let unknown = names.first(where: { !Self.metrics.contains($0) }) {
            throw ServiceError(
                "ValidationError",
                "Metric '\(unknown)' is not valid. Valid metrics are: \(Self.metrics.joined(separator: ", "))")
        }
        return names.isEmpty ? Self.metrics : names
    }

    private func enableMetrics(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let given = try input.require("Granularity", code: "ValidationError")
        guard given == Self.granularity else {
            throw ServiceError(
                "ValidationError", "Granularity '\(given)' is not valid. The only valid one is \(Self.granularity)")
        }
        let names = try metricNames(input)
        groups.update(context.account, context.region, group.name) { group in
            group.metrics += names.filter { !group.metrics.contains($0) }
        }
        return [:]
    }

    private func disableMetrics(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let names = try metricNames(input)
        groups.update(context.account, context.region, group.name) { $0.metrics.removeAll { names.contains($0) } }
        return [:]
    }

    // MARK: Processes

    private func suspend(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let names = try names(input)
        let now = cloud.clock.now.rounded(.down)
        groups.update(context.account, context.region, group.name) { group in
            for name in names where !group.suspended.contains(name) {
                group.suspended.append(name)
                group.suspendedAt = (group.suspendedAt ?? [:]).merging([name: now]) { _, new in new }
            }
        }
        return [:]
    }

    private func resume(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let names = try names(input)
        groups.update(context.account, context.region, group.name) { group in
            group.suspended.removeAll { names.contains($0) }
            for name in names { group.suspendedAt?[name] = nil }
        }
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

    /// How many load balancers' groups one call attaches or detaches.
    private static let mostSources = 10

    private func checkCount(_ arns: [String]) throws(ServiceError) {
        guard (1...Self.mostSources).contains(arns.count) else {
            throw ServiceError(
                "ValidationError", "Between 1 and \(Self.mostSources) target groups must be specified: \(arns.count)")
        }
    }

    private func attach(_ arns: [String], _ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        try checkCount(arns)
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
        try checkCount(arns)
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
}
