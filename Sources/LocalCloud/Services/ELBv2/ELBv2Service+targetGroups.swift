import AWSModel

extension ELBv2Service {
    var groupOperations: [String: OperationHandler] {
        [
            "CreateTargetGroup": createTargetGroup, "DeleteTargetGroup": deleteTargetGroup,
            "DescribeTargetGroups": describeTargetGroups, "ModifyTargetGroup": modifyTargetGroup,
            "DescribeTargetGroupAttributes": describeTargetGroupAttributes,
            "ModifyTargetGroupAttributes": modifyTargetGroupAttributes,
        ]
    }

    private func createTargetGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = try input.require("Name", code: "ValidationError")
        try ELBv2Names.checkTargetGroup(name)
        let given = try Self.checkedTags(input["Tags"])
        let type = input["TargetType"]?.string ?? "instance"
        guard ["instance", "ip"].contains(type) else {
            throw ServiceError(
                "NotImplemented", "elbv2 target groups of type \(type) are not built into the local cloud", status: 501)
        }
        guard let protocolName = input["Protocol"]?.string else {
            throw ServiceError("ValidationError", "A protocol must be specified")
        }
        guard let port = input["Port"]?.int else { throw ServiceError("ValidationError", "A port must be specified") }
        guard (1...65535).contains(port) else {
            throw ServiceError("ValidationError", "Port '\(port)' must be between 1 and 65535")
        }
        let vpcID = try input.require("VpcId", code: "ValidationError")
        guard ec2.vpcs[context.account, context.region, vpcID] != nil else {
            throw ServiceError("ValidationError", "The VPC ID '\(vpcID)' is not found")
        }
        let version = input["ProtocolVersion"]?.string ?? "HTTP1"
        guard ["HTTP1", "HTTP2", "GRPC"].contains(version) else {
            throw ServiceError("ValidationError", "Protocol version '\(version)' must be one of 'GRPC, HTTP1, HTTP2'")
        }
        var check = TargetGroupRecord.Check()
        try check.change(by: input, protocolName: protocolName, targetType: type)
        if let same = groups.all(account: context.account, region: context.region).first(where: { $0.name == name }) {
            guard same.port == port, same.protocolName == protocolName, same.vpcID == vpcID, same.targetType == type,
                same.protocolVersion == version, same.check == check
            else {
                throw ServiceError(
                    "DuplicateTargetGroupName",
                    "A target group with the same name '\(name)' exists, but with different settings")
            }
            return ["TargetGroups": [value(of: same, context)]]
        }
        let record = TargetGroupRecord(
            arn: arn("targetgroup/\(name)/\(Identifier.hex(16))", context), name: name, protocolName: protocolName,
            protocolVersion: version, port: port, vpcID: vpcID, targetType: type,
            check: check, attributes: TargetGroupAttributes.defaults)
        groups[context.account, context.region, record.arn] = record
        if !given.isEmpty { tags[context.account, context.region, record.arn] = given }
        return ["TargetGroups": [value(of: record, context)]]
    }

    private func deleteTargetGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let arn = try input.require("TargetGroupArn", code: "ValidationError")
        try ELBv2Names.check(arn, is: .group, context)
        guard let record = groups[context.account, context.region, arn] else { return [:] }
        if !users(of: arn, context.account, context.region).isEmpty {
            throw ServiceError(
                "ResourceInUse", "Target group '\(arn)' is currently in use by a listener or a rule")
        }
        for member in record.members { forget(member, of: arn) }
        groups[context.account, context.region, arn] = nil
        tags[context.account, context.region, arn] = nil
        pools[arn] = nil
        live[arn] = nil
        return [:]
    }

    /// The load balancers whose listeners or rules forward to a group.
    func users(of arn: String, _ account: String, _ region: String) -> [String] {
        var found: [String] = []
        for listener in listeners.all(account: account, region: region) {
            let actions = listener.actions + rules(of: listener.arn, account, region).flatMap(\.actions)
            if actions.contains(where: { Self.shares(of: $0).contains { $0.arn == arn } }),
                !found.contains(listener.balancerARN)
            {
                found.append(listener.balancerARN)
            }
        }
        return found
    }

    private func value(of record: TargetGroupRecord, _ context: CallContext) -> AWSValue {
        let check = record.check
        return [
            "TargetGroupArn": .string(record.arn), "TargetGroupName": .string(record.name),
            "Protocol": .string(record.protocolName), "Port": .integer(Int64(record.port)),
            "VpcId": .string(record.vpcID),
            "HealthCheckProtocol": .string(check.protocolName), "HealthCheckPort": .string(check.port),
            "HealthCheckEnabled": .bool(check.isEnabled), "HealthCheckIntervalSeconds": .integer(Int64(check.interval)),
            "HealthCheckTimeoutSeconds": .integer(Int64(check.timeout)),
            "HealthyThresholdCount": .integer(Int64(check.healthyThreshold)),
            "UnhealthyThresholdCount": .integer(Int64(check.unhealthyThreshold)),
            "HealthCheckPath": .string(check.path),
            "Matcher": ["HttpCode": .string(check.matcher)],
            "LoadBalancerArns": .list(users(of: record.arn, context.account, context.region).map { .string($0) }),
            "TargetType": .string(record.targetType), "ProtocolVersion": .string(record.protocolVersion),
            "IpAddressType": "ipv4",
        ]
    }

    private func describeTargetGroups(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        guard ["LoadBalancerArn", "TargetGroupArns", "Names"].count(where: { input[$0] != nil }) <= 1 else {
            throw ServiceError(
                "ValidationError",
                "Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time")
        }
        var found = groups.all(account: context.account, region: context.region)
        if let arns = input["TargetGroupArns"]?.strings, !arns.isEmpty {
            found = try arns.map { try group($0, context) }
        } else if let names = input["Names"]?.strings, !names.isEmpty {
            found = try names.map { name in
                guard let record = found.first(where: { $0.name == name }) else {
                    throw ServiceError("TargetGroupNotFound", "One or more target groups not found")
                }
                return record
            }
        } else if let balancerARN = input["LoadBalancerArn"]?.string {
            _ = try balancer(balancerARN, context)
            found = found.filter { users(of: $0.arn, context.account, context.region).contains(balancerARN) }
        }
        return try page("TargetGroups", found.map { value(of: $0, context) }, input)
    }

    private func modifyTargetGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var record = try group(input.require("TargetGroupArn", code: "ValidationError"), context)
        try record.check.change(by: input, protocolName: record.protocolName, targetType: record.targetType)
        groups[context.account, context.region, record.arn] = record
        return ["TargetGroups": [value(of: record, context)]]
    }

    private func describeTargetGroupAttributes(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let record = try group(input.require("TargetGroupArn", code: "ValidationError"), context)
        return ["Attributes": Self.attributes(record.attributes)]
    }

    private func modifyTargetGroupAttributes(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var record = try group(input.require("TargetGroupArn", code: "ValidationError"), context)
        for attribute in [Tag](input["Attributes"]) {
            try TargetGroupAttributes.check(attribute)
            record.attributes[attribute.key] = attribute.value
        }
        try TargetGroupAttributes.checkStickiness(record.attributes)
        groups[context.account, context.region, record.arn] = record
        refreshPool(record.arn, context.account, context.region)
        return ["Attributes": Self.attributes(record.attributes)]
    }
}
