import AWSModel

/// Rules of security groups that are changed where they stand: their descriptions, or all of a rule.
extension EC2Service {
    var groupRuleOperations: [String: OperationHandler] {
        [
            "UpdateSecurityGroupRuleDescriptionsIngress": { try self.describeRules($0, $1, isEgress: false) },
            "UpdateSecurityGroupRuleDescriptionsEgress": { try self.describeRules($0, $1, isEgress: true) },
            "ModifySecurityGroupRules": modifyRules,
        ]
    }

    private func describeRules(_ input: AWSValue, _ context: CallContext, isEgress: Bool) throws -> AWSValue {
        var group = try group(named: input, context)
        let byID = input["SecurityGroupRuleDescriptions"]?.list ?? []
        for item in byID {
            let id = item["SecurityGroupRuleId"]?.string ?? ""
            guard let at = group.rules.firstIndex(where: { $0.id == id && $0.match.isEgress == isEgress }) else {
                throw Self.noRule(id)
            }
            group.rules[at].description = item["Description"]?.string
        }
        if byID.isEmpty {
            for (match, description) in try rules(input, isEgress: isEgress, context) {
                guard let at = group.rules.firstIndex(where: { $0.match == match }) else {
                    throw ServiceError(
                        "InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
                }
                group.rules[at].description = description
            }
        }
        groups[context.account, context.region, group.id] = group
        return ["Return": true]
    }

    private func modifyRules(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var group = try group(input.require("GroupId", code: "MissingParameter"), context)
        for item in input["SecurityGroupRules"]?.list ?? [] {
            let id = item["SecurityGroupRuleId"]?.string ?? ""
            guard let at = group.rules.firstIndex(where: { $0.id == id }) else { throw Self.noRule(id) }
            guard let wanted = item["SecurityGroupRule"] else {
                throw ServiceError("MissingParameter", "The request must contain the parameter SecurityGroupRule")
            }
            let permission = try rules(
                ["IpPermissions": .list([Self.permission(wanted)])], isEgress: group.rules[at].match.isEgress, context)
            guard let changed = permission.first, permission.count == 1 else {
                throw ServiceError(
                    "InvalidParameterCombination",
                    "A rule has one source or destination; \(id) was given \(permission.count)")
            }
            if group.rules.contains(where: { $0.id != id && $0.match == changed.match }) {
                throw ServiceError("InvalidPermission.Duplicate", "the specified rule already exists")
            }
            group.rules[at].match = changed.match
            group.rules[at].description = changed.description
        }
        groups[context.account, context.region, group.id] = group
        return ["Return": true]
    }

    /// A rule as ModifySecurityGroupRules has it, in the form of the other calls.
    private nonisolated static func permission(_ rule: AWSValue) -> AWSValue {
        func peers(_ member: String, _ name: String) -> AWSValue? {
            rule[member].map { .list([.structure([name: $0, "Description": rule["Description"]])]) }
        }
        return .structure([
            "IpProtocol": rule["IpProtocol"], "FromPort": rule["FromPort"], "ToPort": rule["ToPort"],
            "IpRanges": peers("CidrIpv4", "CidrIp"), "Ipv6Ranges": peers("CidrIpv6", "CidrIpv6"),
            "PrefixListIds": peers("PrefixListId", "PrefixListId"),
            "UserIdGroupPairs": peers("ReferencedGroupId", "GroupId"),
        ])
    }

    private nonisolated static func noRule(_ id: String) -> ServiceError {
        ServiceError("InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '\(id)' does not exist")
    }
}
