import AWSModel

/// Security groups and their rules.
extension EC2Service {
    var groupOperations: [String: OperationHandler] {
        [
            "CreateSecurityGroup": createSecurityGroup, "DeleteSecurityGroup": deleteSecurityGroup,
            "DescribeSecurityGroups": describeSecurityGroups, "DescribeSecurityGroupRules": describeSecurityGroupRules,
            "AuthorizeSecurityGroupIngress": { try self.authorize($0, $1, isEgress: false) },
            "AuthorizeSecurityGroupEgress": { try self.authorize($0, $1, isEgress: true) },
            "RevokeSecurityGroupIngress": { try self.revoke($0, $1, isEgress: false) },
            "RevokeSecurityGroupEgress": { try self.revoke($0, $1, isEgress: true) },
        ]
    }

    func group(_ id: String, _ context: CallContext) throws(ServiceError) -> SecurityGroup {
        ensureDefaults(context)
        guard let group = groups[context.account, context.region, id] else {
            guard id.hasPrefix("sg-") else {
                throw ServiceError("InvalidGroupId.Malformed", "Invalid id: \"\(id)\" (expecting \"sg-...\")")
            }
            throw ServiceError("InvalidGroup.NotFound", "The security group '\(id)' does not exist")
        }
        return group
    }

    /// The group that a call names by id, or by its name in the default VPC.
    func group(named input: AWSValue, _ context: CallContext) throws -> SecurityGroup {
        if let id = input["GroupId"]?.string { return try group(id, context) }
        guard let name = input["GroupName"]?.string else {
            throw ServiceError("MissingParameter", "The request must contain the parameter GroupName or GroupId")
        }
        let vpc = defaultVPC(context)
        let all = groups.all(account: context.account, region: context.region)
        guard let group = all.first(where: { $0.name == name && $0.vpcID == vpc?.id }) else {
            throw ServiceError(
                "InvalidGroup.NotFound",
                "The security group '\(name)' does not exist in default VPC '\(vpc?.id ?? "none")'")
        }
        return group
    }

    func groupReferences(_ ids: [String], _ context: CallContext) -> AWSValue {
        .list(
            ids.map { id in
                [
                    "GroupId": .string(id),
                    "GroupName": .string(groups[context.account, context.region, id]?.name ?? id),
                ]
            })
    }

    private func arn(_ id: String, _ context: CallContext) -> AWSValue {
        .string("arn:aws:ec2:\(context.region):\(context.account):security-group/\(id)")
    }

    /// "CreateSecurityGroup", Amazon EC2 API Reference: names and descriptions in a VPC.
    private static func checkText(_ text: String, _ parameter: String) throws(ServiceError) {
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw ServiceError(
                "InvalidParameterValue",
                "Value (\(text)) for parameter \(parameter) is invalid. Character sets beyond ASCII are not supported.")
        }
        let isAllowed = text.allSatisfy { $0.isLetter || $0.isNumber || " ._-:/()#,@[]+=&;{}!$*".contains($0) }
        guard isAllowed, text.utf8.count <= 255 else {
            throw ServiceError(
                "InvalidParameterValue",
                "Invalid security group description. Valid descriptions are strings less than 256 characters from the "
                    + "following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*")
        }
    }

    private func createSecurityGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = try input.require("GroupName", code: "MissingParameter")
        let description = try input.require("Description", code: "MissingParameter")
        if name.hasPrefix("sg-") {
            throw ServiceError(
                "InvalidParameterValue",
                "Value (\(name)) for parameter GroupName is invalid. Group names may not be in the format sg-*.")
        }
        try Self.checkText(description, "GroupDescription")
        if name == "default" {
            throw ServiceError("InvalidParameterValue", "Cannot use reserved security group name: default")
        }
        let vpc: VPC
        if let id = input["VpcId"]?.string {
            vpc = try self.vpc(id, context)
        } else if let found = defaultVPC(context) {
            vpc = found
        } else {
            throw ServiceError("VPCIdNotSpecified", "No default VPC for this user")
        }
        let all = groups.all(account: context.account, region: context.region)
        if all.contains(where: { $0.name == name && $0.vpcID == vpc.id }) {
            throw ServiceError(
                "InvalidGroup.Duplicate", "The security group '\(name)' already exists for VPC '\(vpc.id)'")
        }
        let group = SecurityGroup(
            id: "sg-" + Identifier.hex(17), name: name, description: description, vpcID: vpc.id,
            rules: [
                .init(
                    id: "sgr-" + Identifier.hex(17), match: .init(isEgress: true, ipProtocol: "-1", cidr: "0.0.0.0/0"))
            ])
        groups[context.account, context.region, group.id] = group
        applyTags(input, kind: "security-group", to: group.id, context)
        return .structure([
            "GroupId": .string(group.id), "Tags": tagValue(of: group.id, context),
            "SecurityGroupArn": arn(group.id, context),
        ])
    }

    private func deleteSecurityGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(named: input, context)
        if group.name == "default" {
            throw ServiceError(
                "CannotDelete", "the specified group: \"\(group.id)\" name: \"default\" cannot be deleted by a user")
        }
        let isUsed = interfaces.all(account: context.account, region: context.region).contains {
            $0.groupIDs.contains(group.id)
        }
        let isNamed = groups.all(account: context.account, region: context.region).contains { other in
            other.id != group.id && other.rules.contains { $0.match.groupID == group.id }
        }
        if isUsed || isNamed {
            throw ServiceError("DependencyViolation", "resource \(group.id) has a dependent object")
        }
        for rule in group.rules { tags[context.account, context.region, rule.id] = nil }
        forget(group.id, in: groups, context)
        return ["Return": true, "GroupId": .string(group.id)]
    }

    private func describeSecurityGroups(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        ensureDefaults(context)
        var found = try select(
            groups, ids: "GroupIds", notFound: "InvalidGroup.NotFound", kind: "security group", id: \.id, input, context
        ) { group, name in
            let ingress = group.rules.filter { !$0.match.isEgress }.map(\.match)
            let egress = group.rules.filter(\.match.isEgress).map(\.match)
            let rules = name.hasPrefix("egress.") ? egress : ingress
            return switch name {
            case "group-id": [group.id]
            case "group-name": [group.name]
            case "description": [group.description]
            case "vpc-id": [group.vpcID]
            case "owner-id": [context.account]
            case "ip-permission.group-id", "egress.ip-permission.group-id": rules.map(\.groupID)
            case "ip-permission.cidr", "egress.ip-permission.cidr": rules.map(\.cidr)
            case "ip-permission.protocol", "egress.ip-permission.protocol": rules.map(\.ipProtocol)
            case "ip-permission.from-port", "egress.ip-permission.from-port": rules.map { $0.fromPort.map(String.init) }
            case "ip-permission.to-port", "egress.ip-permission.to-port": rules.map { $0.toPort.map(String.init) }
            case "ip-permission.group-name", "egress.ip-permission.group-name":
                rules.map { $0.groupID.flatMap { self.groups[context.account, context.region, $0]?.name } }
            default: nil
            }
        }
        if let names = input["GroupNames"]?.strings, !names.isEmpty {
            let vpc = defaultVPC(context)?.id
            for name in names where !found.contains(where: { $0.name == name && $0.vpcID == vpc }) {
                throw ServiceError(
                    "InvalidGroup.NotFound",
                    "The security group '\(name)' does not exist in default VPC '\(vpc ?? "none")'")
            }
            found = found.filter { names.contains($0.name) && $0.vpcID == vpc }
        }
        return try page("SecurityGroups", found, input) { group in
            .structure([
                "Description": .string(group.description), "GroupId": .string(group.id),
                "GroupName": .string(group.name),
                "IpPermissions": permissions(group, isEgress: false, context), "OwnerId": .string(context.account),
                "IpPermissionsEgress": permissions(group, isEgress: true, context),
                "Tags": tagValue(of: group.id, context),
                "VpcId": .string(group.vpcID), "SecurityGroupArn": arn(group.id, context),
            ])
        }
    }

    /// Rules as `IpPermissions`: those of one protocol and range of ports together.
    private func permissions(_ group: SecurityGroup, isEgress: Bool, _ context: CallContext) -> AWSValue {
        var order: [SecurityGroup.Rule.Match] = []
        var rules: [SecurityGroup.Rule.Match: [SecurityGroup.Rule]] = [:]
        for rule in group.rules where rule.match.isEgress == isEgress {
            let key = SecurityGroup.Rule.Match(
                isEgress: isEgress, ipProtocol: rule.match.ipProtocol, fromPort: rule.match.fromPort,
                toPort: rule.match.toPort)
            if rules[key] == nil { order.append(key) }
            rules[key, default: []].append(rule)
        }
        return .list(
            order.map { key in
                let members = rules[key] ?? []
                func peers(_ name: String, _ peer: (SecurityGroup.Rule) -> String?) -> AWSValue {
                    .list(
                        members.compactMap { rule in
                            peer(rule).map {
                                .structure([name: .string($0), "Description": rule.description.map { .string($0) }])
                            }
                        })
                }
                return .structure([
                    "IpProtocol": .string(key.ipProtocol), "FromPort": key.fromPort.map { .integer($0) },
                    "ToPort": key.toPort.map { .integer($0) },
                    "UserIdGroupPairs": .list(
                        members.compactMap { rule in
                            rule.match.groupID.map {
                                .structure([
                                    "GroupId": .string($0), "UserId": .string(context.account),
                                    "Description": rule.description.map { .string($0) },
                                ])
                            }
                        }),
                    "IpRanges": peers("CidrIp") { $0.match.cidr }, "Ipv6Ranges": peers("CidrIpv6") { $0.match.cidr6 },
                    "PrefixListIds": peers("PrefixListId") { $0.match.prefixList },
                ])
            })
    }

    private func value(of rule: SecurityGroup.Rule, in group: SecurityGroup, _ context: CallContext) -> AWSValue {
        .structure([
            "SecurityGroupRuleId": .string(rule.id), "GroupId": .string(group.id),
            "GroupOwnerId": .string(context.account),
            "IsEgress": .bool(rule.match.isEgress), "IpProtocol": .string(rule.match.ipProtocol),
            "FromPort": .integer(rule.match.fromPort ?? -1), "ToPort": .integer(rule.match.toPort ?? -1),
            "CidrIpv4": rule.match.cidr.map { .string($0) }, "CidrIpv6": rule.match.cidr6.map { .string($0) },
            "PrefixListId": rule.match.prefixList.map { .string($0) },
            "ReferencedGroupInfo": rule.match.groupID.map {
                ["GroupId": .string($0), "UserId": .string(context.account)]
            },
            "Description": rule.description.map { .string($0) }, "Tags": tagValue(of: rule.id, context) ?? [],
            "SecurityGroupRuleArn": .string(
                "arn:aws:ec2:\(context.region):\(context.account):security-group-rule/\(rule.id)"),
        ])
    }

    private func describeSecurityGroupRules(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        ensureDefaults(context)
        let all = groups.all(account: context.account, region: context.region).flatMap { group in
            group.rules.map { (group: group, rule: $0) }
        }
        if let ids = input["SecurityGroupRuleIds"]?.strings, !ids.isEmpty {
            let found = try ids.map { id in
                guard let row = all.first(where: { $0.rule.id == id }) else {
                    throw ServiceError(
                        "InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '\(id)' does not exist")
                }
                return row
            }
            return try page("SecurityGroupRules", found, input) { value(of: $0.rule, in: $0.group, context) }
        }
        let filters = EC2Filters(input)
        let found = try all.filter { row in
            try filters.matches(tags: tags(of: row.rule.id, context)) { name in
                switch name {
                case "group-id": [row.group.id]
                case "security-group-rule-id": [row.rule.id]
                default: nil
                }
            }
        }
        return try page("SecurityGroupRules", found, input) { value(of: $0.rule, in: $0.group, context) }
    }

    /// The rules that a call describes, in its `IpPermissions` or in its own members.
    func rules(
        _ input: AWSValue, isEgress: Bool, _ context: CallContext
    ) throws -> [(match: SecurityGroup.Rule.Match, description: String?)] {
        var permissions = input["IpPermissions"]?.list ?? []
        if permissions.isEmpty, let ipProtocol = input["IpProtocol"]?.string {
            var permission: AWSValue = .structure([
                "IpProtocol": .string(ipProtocol), "FromPort": input["FromPort"], "ToPort": input["ToPort"],
            ])
            if let cidr = input["CidrIp"] { permission["IpRanges"] = .list([["CidrIp": cidr]]) }
            if let name = input["SourceSecurityGroupName"] {
                permission["UserIdGroupPairs"] = .list([["GroupName": name]])
            }
            permissions = [permission]
        }
        if permissions.isEmpty {
            throw ServiceError("MissingParameter", "The request must contain the parameter ipPermissions")
        }
        return try permissions.flatMap { permission in
            try rules(of: permission, isEgress: isEgress, context)
        }
    }

    private func rules(
        of permission: AWSValue, isEgress: Bool, _ context: CallContext
    ) throws -> [(match: SecurityGroup.Rule.Match, description: String?)] {
        let numbers = ["6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"]
        let given = permission["IpProtocol"]?.string?.lowercased() ?? "-1"
        let ipProtocol = numbers[given] ?? given
        let ports = ipProtocol == "-1" ? (nil, nil) : (permission["FromPort"]?.integer, permission["ToPort"]?.integer)
        if ["tcp", "udp"].contains(ipProtocol) {
            guard let from = ports.0, let to = ports.1 else {
                throw ServiceError(
                    "InvalidParameterValue",
                    "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
            }
            guard (0...65535).contains(from), (0...65535).contains(to), from <= to else {
                throw ServiceError("InvalidParameterValue", "Invalid TCP port range (\(from), \(to))")
            }
        }
        var match = SecurityGroup.Rule.Match(
            isEgress: isEgress, ipProtocol: ipProtocol, fromPort: ports.0, toPort: ports.1)
        var found: [(SecurityGroup.Rule.Match, String?)] = []
        for range in permission["IpRanges"]?.list ?? [] {
            let cidr = range["CidrIp"]?.string ?? ""
            guard let block = AddressBlock(cidr) else {
                throw ServiceError("InvalidParameterValue", "CIDR block \(cidr) is malformed")
            }
            match.cidr = "\(AddressBlock.text(block.base))/\(block.length)"
            found.append((match, range["Description"]?.string))
        }
        match.cidr = nil
        for range in permission["Ipv6Ranges"]?.list ?? [] {
            match.cidr6 = range["CidrIpv6"]?.string
            found.append((match, range["Description"]?.string))
        }
        match.cidr6 = nil
        for list in permission["PrefixListIds"]?.list ?? [] {
            match.prefixList = list["PrefixListId"]?.string
            found.append((match, list["Description"]?.string))
        }
        match.prefixList = nil
        for pair in permission["UserIdGroupPairs"]?.list ?? [] {
            match.groupID = try group(named: pair, context).id
            found.append((match, pair["Description"]?.string))
        }
        if found.isEmpty {
            throw ServiceError(
                "MissingParameter", "The request must contain the parameter source or destination of the rule")
        }
        return found
    }

    private func authorize(_ input: AWSValue, _ context: CallContext, isEgress: Bool) throws -> AWSValue {
        var group = try group(named: input, context)
        var added: [SecurityGroup.Rule] = []
        for (match, description) in try rules(input, isEgress: isEgress, context) {
            if (group.rules + added).contains(where: { $0.match == match }) {
                throw ServiceError(
                    "InvalidPermission.Duplicate",
                    "the specified rule \"\(Self.description(match))\" already exists")
            }
            added.append(.init(id: "sgr-" + Identifier.hex(17), match: match, description: description))
        }
        group.rules += added
        groups[context.account, context.region, group.id] = group
        for rule in added { applyTags(input, kind: "security-group-rule", to: rule.id, context) }
        return ["Return": true, "SecurityGroupRules": .list(added.map { value(of: $0, in: group, context) })]
    }

    private func revoke(_ input: AWSValue, _ context: CallContext, isEgress: Bool) throws -> AWSValue {
        var group = try group(named: input, context)
        if let ids = input["SecurityGroupRuleIds"]?.strings, !ids.isEmpty {
            for id in ids where !group.rules.contains(where: { $0.id == id && $0.match.isEgress == isEgress }) {
                throw ServiceError(
                    "InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '\(id)' does not exist")
            }
            group.rules.removeAll { ids.contains($0.id) }
        } else {
            for (match, _) in try rules(input, isEgress: isEgress, context) {
                guard let at = group.rules.firstIndex(where: { $0.match == match }) else {
                    throw ServiceError(
                        "InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
                }
                group.rules.remove(at: at)
            }
        }
        groups[context.account, context.region, group.id] = group
        return ["Return": true]
    }

    private static func description(_ match: SecurityGroup.Rule.Match) -> String {
        let peer = match.cidr ?? match.cidr6 ?? match.prefixList ?? match.groupID ?? ""
        if match.ipProtocol == "-1" { return "peer: \(peer), ALL, ALLOW" }
        return "peer: \(peer), \(match.ipProtocol.uppercased()), from port: \(match.fromPort ?? -1), "
            + "to port: \(match.toPort ?? -1), ALLOW"
    }
}
