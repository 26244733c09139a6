import AWSModel

/// Scaling policies: made, found, executed by hand. Alarms carry them out in ``scale(_:for:_:_:)``.
extension AutoScalingService {
    var policyOperations: [String: OperationHandler] {
        [
            "PutScalingPolicy": putPolicy, "DescribePolicies": describePolicies, "DeletePolicy": deletePolicy,
            "ExecutePolicy": executePolicy,
        ]
    }

    private func putPolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let name = try input.require("PolicyName", code: "ValidationError")
        let type = input["PolicyType"]?.string ?? "SimpleScaling"
        try PolicySettings.check(input, type: type)
        let old = group.policies.first { $0.name == name }
        let tracking = try input["TargetTrackingConfiguration"].map { configuration throws(ServiceError) in
            try TargetTracking(configuration, group: group.name)
        }
        var settings = input
        settings["AutoScalingGroupName"] = nil
        let policy = ScalingGroup.Policy(
            name: name,
            arn: old?.arn
                ?? "arn:aws:autoscaling:\(context.region):\(context.account):scalingPolicy:\(Identifier.uuid()):autoScalingGroupName/\(group.name):policyName/\(name)",
            type: type, settings: settings)
        groups.update(context.account, context.region, group.name) { group in
            group.policies.removeAll { $0.name == name }
            group.policies.append(policy)
        }
        removeTrackingAlarms(of: policy.arn, group.name, context)
        for alarm in tracking?.alarms(group: group.name, policyARN: policy.arn) ?? [] {
            _ = try alarms.putMetricAlarm(alarm, ownContext(context.account, context.region))
        }
        let made = tracking == nil ? [] : alarmRows(of: policy.arn, context)
        return ["PolicyARN": .string(policy.arn), "Alarms": .list(made)]
    }

    private var alarms: CloudWatchService { cloud.service(CloudWatchService.self) }

    /// Alarms that name a policy among their actions.
    private func alarmRows(of policyARN: String, _ context: CallContext) -> [AWSValue] {
        alarms.alarms.all(account: context.account, region: context.region).filter { alarm in
            ["AlarmActions", "OKActions", "InsufficientDataActions"].contains {
                alarm.settings[$0]?.strings?.contains(policyARN) == true
            }
        }.map { ["AlarmName": .string($0.name), "AlarmARN": .string($0.arn)] }
    }

    /// Removes the alarms that a target tracking policy made for itself.
    func removeTrackingAlarms(of policyARN: String, _ group: String, _ context: CallContext) {
        let names = alarmRows(of: policyARN, context).compactMap { $0["AlarmName"]?.string }
            .filter { $0.hasPrefix(TargetTracking.prefix(group: group)) }
        for name in names { alarms.alarms[context.account, context.region, name] = nil }
    }

    private func describePolicies(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var owners = groups.all(account: context.account, region: context.region)
        if let name = input["AutoScalingGroupName"]?.string { owners = [try group(name, context)] }
        let names = input["PolicyNames"]?.strings ?? []
        let types = input["PolicyTypes"]?.strings ?? []
        let rows = owners.flatMap { group in
            group.policies.filter {
                (names.isEmpty || names.contains($0.name) || names.contains($0.arn))
                    && (types.isEmpty || types.contains($0.type))
            }.map { policy -> AWSValue in
                var value = policy.settings
                value["AutoScalingGroupName"] = .string(group.name)
                value["PolicyARN"] = .string(policy.arn)
                value["PolicyType"] = .string(policy.type)
                value["Alarms"] = .list(alarmRows(of: policy.arn, context))
                if value["Enabled"] == nil { value["Enabled"] = true }
                return value
            }
        }
        let page = try Page.of(
            rows, token: input["NextToken"]?.string, limit: try Self.records(input, 50),
            invalidToken: "InvalidNextToken")
        return .structure(["ScalingPolicies": .list(page.elements), "NextToken": page.next.map { .string($0) }])
    }

    /// The policy that a call names, by name in a group or by ARN.
    private func policy(_ input: AWSValue, _ context: CallContext) throws -> (
        group: ScalingGroup, policy: ScalingGroup.Policy
    ) {
        let name = try input.require("PolicyName", code: "ValidationError")
        for group in groups.all(account: context.account, region: context.region) {
            if let wanted = input["AutoScalingGroupName"]?.string, wanted != group.name { continue }
            if let policy = group.policies.first(where: { $0.name == name || $0.arn == name }) {
                return (group, policy)
            }
        }
        throw ServiceError("ValidationError", "No such policy: \(name)")
    }

    private func deletePolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let (group, policy) = try policy(input, context)
        removeTrackingAlarms(of: policy.arn, group.name, context)
        groups.update(context.account, context.region, group.name) { $0.policies.removeAll { $0.arn == policy.arn } }
        return [:]
    }

    private func executePolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let (group, policy) = try policy(input, context)
        let settings = policy.settings
        let adjustment: Int
        switch policy.type {
        case "StepScaling":
            guard let value = input["MetricValue"]?.double, let threshold = input["BreachThreshold"]?.double else {
                throw ServiceError(
                    "ValidationError", "MetricValue and BreachThreshold must be specified for a step scaling policy")
            }
            guard let step = ScalingAdjustment.step(settings, value: value, threshold: threshold) else { return [:] }
            adjustment = step
        case "SimpleScaling":
            if input["HonorCooldown"]?.bool == true, isCoolingDown(policy, group) {
                throw ServiceError(
                    "ScalingActivityInProgress",
                    "A scaling activity of the group \(group.name) is in its cooldown; the policy was not executed")
            }
            adjustment = settings["ScalingAdjustment"]?.int ?? 0
        default: throw ServiceError("ValidationError", "A policy of type \(policy.type) cannot be executed")
        }
        resize(
            group, to: ScalingAdjustment.size(from: group.desired, by: adjustment, settings), by: policy,
            cause:
                "At \(time()) a user request executed policy \(policy.name) changing the desired capacity from \(group.desired) to",
            context.account, context.region)
        return [:]
    }
}
