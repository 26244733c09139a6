import AWSModel

/// Scaling policies: kept, and carried out by ExecutePolicy.
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
        let needed = [
            "SimpleScaling": "ScalingAdjustment", "StepScaling": "StepAdjustments",
            "TargetTrackingScaling": "TargetTrackingConfiguration",
            "PredictiveScaling": "PredictiveScalingConfiguration",
        ][type]
        guard let needed else { throw ServiceError("ValidationError", "Policy type '\(type)' is not valid") }
        guard input[needed] != nil else { throw ServiceError("ValidationError", "\(type) policies need \(needed)") }
        let old = group.policies.first { $0.name == name }
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
        return ["PolicyARN": .string(policy.arn), "Alarms": []]
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
                value["Alarms"] = []
                if value["Enabled"] == nil { value["Enabled"] = true }
                return value
            }
        }
        let page = try Page.of(
            rows, token: input["NextToken"]?.string, limit: input["MaxRecords"]?.int ?? 50,
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
        groups.update(context.account, context.region, group.name) { $0.policies.removeAll { $0.arn == policy.arn } }
        return [:]
    }

    private func executePolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let (group, policy) = try policy(input, context)
        let settings = policy.settings
        let adjustment: Int
        if policy.type == "StepScaling" {
            guard let value = input["MetricValue"]?.double, let threshold = input["BreachThreshold"]?.double else {
                throw ServiceError(
                    "ValidationError", "MetricValue and BreachThreshold must be specified for a step scaling policy")
            }
            let step = (settings["StepAdjustments"]?.list ?? []).first { step in
                (step["MetricIntervalLowerBound"]?.double ?? -.infinity) <= value - threshold
                    && value - threshold < (step["MetricIntervalUpperBound"]?.double ?? .infinity)
            }
            guard let step else { return [:] }
            adjustment = step["ScalingAdjustment"]?.int ?? 0
        } else if policy.type == "SimpleScaling" {
            adjustment = settings["ScalingAdjustment"]?.int ?? 0
        } else {
            throw ServiceError("ValidationError", "A policy of type \(policy.type) cannot be executed")
        }
        let wanted: Int
        switch settings["AdjustmentType"]?.string {
        case "ExactCapacity": wanted = adjustment
        case "PercentChangeInCapacity":
            let exact = Double(group.desired) * Double(adjustment) / 100
            let change = abs(exact) < 1 && exact != 0 ? (exact > 0 ? 1 : -1) : Int(exact)
            let least = settings["MinAdjustmentMagnitude"]?.int ?? settings["MinAdjustmentStep"]?.int ?? 0
            wanted = group.desired + (abs(change) < least ? (change < 0 ? -least : least) : change)
        default: wanted = group.desired + adjustment
        }
        groups.update(context.account, context.region, group.name) {
            $0.desired = min(max(wanted, $0.minimum), $0.maximum)
        }
        kick(group.name, context.account, context.region)
        return [:]
    }
}
