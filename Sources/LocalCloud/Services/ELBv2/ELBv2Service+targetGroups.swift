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

    private func change(_ check: inout TargetGroupRecord.Check, by input: AWSValue) throws(ServiceError) {
        if let value = input["HealthCheckEnabled"]?.bool { check.isEnabled = value }
        if let value = input["HealthCheckPath"]?.string {
            guard value.hasPrefix("/") else {
                throw ServiceError("ValidationError", "Health check path '\(value)' must begin with a '/' character")
            }
            check.path = value
        }
        if let value = input["HealthCheckPort"]?.string { check.port = value }
        if let value = input["HealthCheckProtocol"]?.string { check.protocolName = value }
        func bounded(_ member: String, _ range: ClosedRange<Int>, _ set: (Int) -> Void) throws(ServiceError) {
            guard let value = input[member]?.int else { return }
            guard range.contains(value) else {
                throw ServiceError(
                    "ValidationError",
                    "\(member) '\(value)' must be between \(range.lowerBound) and \(range.upperBound)")
            }
            set(value)
        }
        var copy = check
        try bounded("HealthCheckIntervalSeconds", 5...300) { copy.interval = $0 }
        try bounded("HealthCheckTimeoutSeconds", 2...120) { copy.timeout = $0 }
        try bounded("HealthyThresholdCount", 2...10) { copy.healthyThreshold = $0 }
        try bounded("UnhealthyThresholdCount", 2...10) { copy.unhealthyThreshold = $0 }
        check = copy
        if let value = input["Matcher"]?["HttpCode"]?.string { check.matcher = value }
        guard
            check.timeout < check.interval
                || check.timeout <= 5 && check.interval >= 5 && check.timeout <= check.interval
        else {
            throw ServiceError(
                "ValidationError",
                "Health check timeout '\(check.timeout)' must be smaller than or equal to the interval '\(check.interval)'"
            )
        }
    }

    private func createTargetGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = try input.require("Name", code: "ValidationError")
        let type = input["TargetType"]?.string ?? "instance"
        guard ["instance", "ip"].contains(type) else {
            throw ServiceError(
                "NotImplemented", "elbv2 target groups of type \(type) are not built into the local cloud", status: 501)
        }
        guard let protocolName = input["Protocol"]?.string, let port = input["Port"]?.int else {
            throw ServiceError("ValidationError", "A protocol and a port must be specified")
        }
        guard (1...65535).contains(port) else {
            throw ServiceError("ValidationError", "Port '\(port)' must be between 1 and 65535")
        }
        let vpcID = try input.require("VpcId", code: "ValidationError")
        guard ec2.vpcs[context.account, context.region, vpcID] != nil else {
            throw ServiceError("ValidationError", "The VPC ID '\(vpcID)' is not found")
        }
        var check = TargetGroupRecord.Check()
        try change(&check, by: input)
        if let same = groups.all(account: context.account, region: context.region).first(where: { $0.name == name }) {
            guard same.port == port, same.protocolName == protocolName, same.vpcID == vpcID, same.targetType == type,
                same.check == check
            else {
                throw ServiceError(
                    "DuplicateTargetGroupName",
                    "A target group with the same name '\(name)' exists, but with different settings")
            }
            return ["TargetGroups": [value(of: same, context)]]
        }
        let record = TargetGroupRecord(
            arn: arn("targetgroup/\(name)/\(Identifier.hex(16))", context), name: name, protocolName: protocolName,
            protocolVersion: input["ProtocolVersion"]?.string ?? "HTTP1", port: port, vpcID: vpcID, targetType: type,
            check: check, attributes: TargetGroupAttributes.defaults)
        groups[context.account, context.region, record.arn] = record
        if let added = input["Tags"] { tags[context.account, context.region, record.arn] = [Tag](added) }
        return ["TargetGroups": [value(of: record, context)]]
    }

    private func deleteTargetGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let arn = try input.require("TargetGroupArn", code: "ValidationError")
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
        try change(&record.check, by: input)
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
