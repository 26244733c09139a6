import AWSModel

/// Single instances of a group.
extension AutoScalingService {
    var memberOperations: [String: OperationHandler] {
        [
            "DescribeAutoScalingInstances": describeInstances, "TerminateInstanceInAutoScalingGroup": terminateInstance,
            "AttachInstances": attachInstances, "DetachInstances": detachInstances, "EnterStandby": enterStandby,
            "ExitStandby": exitStandby, "SetInstanceHealth": setInstanceHealth,
            "SetInstanceProtection": setInstanceProtection,
        ]
    }

    private func owner(of id: String, _ context: CallContext) throws(ServiceError) -> (
        group: ScalingGroup, member: ScalingGroup.Member
    ) {
        for group in groups.all(account: context.account, region: context.region) {
            if let member = group.members.first(where: { $0.id == id }) { return (group, member) }
        }
        throw ServiceError(
            "ValidationError", "Instance Id not found - No managed instance found for instance ID: \(id)")
    }

    /// The instances that a call names, which are limited in number.
    private static func instanceIDs(_ input: AWSValue, most: Int = 20) throws(ServiceError) -> [String] {
        let ids = input["InstanceIds"]?.strings ?? []
        guard ids.count <= most else {
            throw ServiceError("ValidationError", "Up to \(most) instances can be specified: \(ids.count)")
        }
        return ids
    }

    private func describeInstances(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let ids = try Self.instanceIDs(input, most: 50)
        let rows = groups.all(account: context.account, region: context.region).flatMap { group in
            group.members.filter { ids.isEmpty || ids.contains($0.id) }.map { member -> AWSValue in
                var value = Self.value(of: member)
                value["AutoScalingGroupName"] = .string(group.name)
                value["HealthStatus"] = .string(member.isHealthy ? "HEALTHY" : "UNHEALTHY")
                return value
            }
        }
        let page = try Page.of(
            rows, token: input["NextToken"]?.string, limit: try Self.records(input, 50, most: 50),
            invalidToken: "InvalidNextToken")
        return .structure(["AutoScalingInstances": .list(page.elements), "NextToken": page.next.map { .string($0) }])
    }

    private func shrink(_ group: ScalingGroup, by count: Int, _ context: CallContext) throws(ServiceError) {
        guard group.desired - count >= group.minimum else {
            throw ServiceError(
                "ValidationError",
                "Currently, desiredSize equals minSize (\(group.minimum)). Terminating instance without replacement will violate group's min size constraint."
            )
        }
        groups.update(context.account, context.region, group.name) { $0.desired -= count }
    }

    private func terminateInstance(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let id = try input.require("InstanceId", code: "ValidationError")
        let (group, _) = try owner(of: id, context)
        let shrinks = input["ShouldDecrementDesiredCapacity"]?.bool ?? false
        if shrinks { try shrink(group, by: 1, context) }
        let cause =
            "At \(time()) instance \(id) was taken out of service in response to a user request"
            + (shrinks ? ", shrinking the capacity from \(group.desired) to \(group.desired - 1)." : ".")
        end(member: id, of: group.name, cause: cause, replaces: true, context.account, context.region)
        let activity = groups[context.account, context.region, group.name]?.members.first { $0.id == id }?.activityID
            .flatMap { activities[context.account, context.region, $0] }
        return .structure(["Activity": activity.map { value($0, context) }])
    }

    private func attachInstances(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let ids = try Self.instanceIDs(input)
        guard group.desired + ids.count <= group.maximum else {
            throw ServiceError(
                "ValidationError",
                "AutoScalingGroup \(group.name) has max-size=\(group.maximum), current-size=\(group.desired). "
                    + "Attaching \(ids.count) instance(s) would exceed the maximum size.")
        }
        // All are looked at before the first is attached.
        let instances = try ids.map { id in
            guard let instance = ec2.instance(id, account: context.account, region: context.region),
                instance.state == .running
            else { throw ServiceError("ValidationError", "Invalid Instance ID(s): [\(id)] specified") }
            if (try? owner(of: id, context)) != nil {
                throw ServiceError("ValidationError", "Instance \(id) is already part of an Auto Scaling group")
            }
            return instance
        }
        for (id, instance) in zip(ids, instances) {
            groups.update(context.account, context.region, group.name) { group in
                group.desired += 1
                group.members.append(
                    .init(
                        id: id, zone: instance.zone, lifecycle: .pending, type: instance.type, template: nil,
                        isProtected: group.protectsNew, activityID: nil))
            }
            ec2.setTags(
                [Tag(key: "aws:autoscaling:groupName", value: group.name)], on: id, context.account, context.region)
            enterService(id, group.name, context.account, context.region)
        }
        return [:]
    }

    private func detachInstances(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let ids = try Self.instanceIDs(input)
        for id in ids where !group.members.contains(where: { $0.id == id }) {
            throw ServiceError("ValidationError", "The instance \(id) is not part of Auto Scaling group \(group.name).")
        }
        if input["ShouldDecrementDesiredCapacity"]?.bool == true { try shrink(group, by: ids.count, context) }
        let rows = ids.map { id -> AWSValue in
            for arn in group.targetGroupARNs { elb.deregister(id, port: nil, of: arn, context.account, context.region) }
            groups.update(context.account, context.region, group.name) { $0.members.removeAll { $0.id == id } }
            ec2.tags.update(context.account, context.region, id) { $0.unset(["aws:autoscaling:groupName"]) }
            let activity = begin(
                "Detaching EC2 instance: \(id)",
                cause: "At \(time()) instance \(id) was detached in response to a user request.",
                details: "{}", group: group.name, context.account, context.region)
            end(activity, context.account, context.region)
            return activities[context.account, context.region, activity].map { value($0, context) } ?? [:]
        }
        kick(group.name, context.account, context.region)
        return ["Activities": .list(rows)]
    }

    private func enterStandby(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let ids = try Self.instanceIDs(input)
        for id in ids where !group.members.contains(where: { $0.id == id && $0.lifecycle == .inService }) {
            throw ServiceError("ValidationError", "The instance \(id) is not in InService.")
        }
        if input["ShouldDecrementDesiredCapacity"]?.bool == true { try shrink(group, by: ids.count, context) }
        for id in ids {
            for arn in group.targetGroupARNs { elb.deregister(id, port: nil, of: arn, context.account, context.region) }
            update(id, in: group.name, context.account, context.region) { $0.lifecycle = .standby }
        }
        kick(group.name, context.account, context.region)
        return ["Activities": []]
    }

    private func exitStandby(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let ids = try Self.instanceIDs(input)
        for id in ids where !group.members.contains(where: { $0.id == id && $0.lifecycle == .standby }) {
            throw ServiceError("ValidationError", "The instance \(id) is not in Standby.")
        }
        groups.update(context.account, context.region, group.name) {
            $0.desired = min($0.maximum, $0.desired + ids.count)
        }
        for id in ids { enterService(id, group.name, context.account, context.region) }
        return ["Activities": []]
    }

    private func setInstanceHealth(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let id = try input.require("InstanceId", code: "ValidationError")
        let (group, _) = try owner(of: id, context)
        let status = input["HealthStatus"]?.string ?? ""
        guard ["healthy", "unhealthy"].contains(status.lowercased()) else {
            throw ServiceError(
                "ValidationError", "Health status '\(status)' is not valid. Valid ones are: Healthy, Unhealthy")
        }
        let isHealthy = status.lowercased() == "healthy"
        // "By default, this call respects the grace period": SetInstanceHealth, Amazon EC2 Auto Scaling API Reference.
        if !isHealthy, input["ShouldRespectGracePeriod"]?.bool ?? true,
            let member = group.members.first(where: { $0.id == id }), !isGraceOver(member, group)
        {
            return [:]
        }
        update(id, in: group.name, context.account, context.region) { $0.isHealthy = isHealthy }
        kick(group.name, context.account, context.region)
        return [:]
    }

    private func setInstanceProtection(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let isProtected = input["ProtectedFromScaleIn"]?.bool ?? false
        let ids = try Self.instanceIDs(input, most: 50)
        if let stranger = ids.first(where: { id in !group.members.contains { $0.id == id } }) {
            throw ServiceError(
                "ValidationError", "The instance \(stranger) is not part of Auto Scaling group \(group.name).")
        }
        for id in ids {
            update(id, in: group.name, context.account, context.region) { $0.isProtected = isProtected }
        }
        return [:]
    }
}
