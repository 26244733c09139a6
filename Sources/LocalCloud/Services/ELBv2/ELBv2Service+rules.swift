import AWSModel

extension ELBv2Service {
    var ruleOperations: [String: OperationHandler] {
        [
            "CreateRule": createRule, "DeleteRule": deleteRule, "DescribeRules": describeRules,
            "ModifyRule": modifyRule,
            "SetRulePriorities": setRulePriorities,
        ]
    }

    private func rule(_ arn: String, _ context: CallContext) throws(ServiceError) -> RuleRecord {
        guard let record = rules[context.account, context.region, arn] else {
            throw ServiceError("RuleNotFound", "One or more rules not found")
        }
        return record
    }

    /// A condition for the proxy; nil for one without values.
    static func condition(_ condition: AWSValue) -> Routing.Condition? {
        func values(_ config: String) -> [String] {
            condition[config]?["Values"]?.strings ?? condition["Values"]?.strings ?? []
        }
        switch condition["Field"]?.string {
        case "path-pattern": return .path(values("PathPatternConfig"))
        case "host-header": return .host(values("HostHeaderConfig"))
        case "http-request-method": return .method(values("HttpRequestMethodConfig"))
        case "http-header":
            return .header(
                name: condition["HttpHeaderConfig"]?["HttpHeaderName"]?.string ?? "", values: values("HttpHeaderConfig")
            )
        case "query-string":
            let pairs = condition["QueryStringConfig"]?["Values"]?.list ?? []
            return .query(pairs.map { ($0["Key"]?.string, $0["Value"]?.string ?? "*") })
        case "source-ip": return .source(values("SourceIpConfig").compactMap(AddressBlock.init))
        default: return nil
        }
    }

    private func checkedConditions(_ conditions: [AWSValue]) throws -> [AWSValue] {
        if conditions.isEmpty { throw ServiceError("ValidationError", "A condition must be specified") }
        return try conditions.map { given in
            guard let field = given["Field"]?.string, Self.condition(given) != nil else {
                throw ServiceError(
                    "ValidationError",
                    "Condition field '\(given["Field"]?.string ?? "")' must be one of "
                        + "'[path-pattern,host-header,http-header,http-request-method,query-string,source-ip]'")
            }
            // Of a path or a host AWS answers both spellings.
            var condition = given
            let config = ["path-pattern": "PathPatternConfig", "host-header": "HostHeaderConfig"][field]
            if let config {
                let values = given[config]?["Values"] ?? given["Values"] ?? []
                condition["Values"] = values
                condition[config] = ["Values": values]
            }
            return condition
        }
    }

    private func createRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let (account, region) = (context.account, context.region)
        let owner = try listener(input.require("ListenerArn", code: "ValidationError"), context)
        guard let priority = input["Priority"]?.int, (1...50000).contains(priority) else {
            throw ServiceError("ValidationError", "A rule's priority must be between 1 and 50000")
        }
        if rules(of: owner.arn, account, region).contains(where: { $0.priority == priority }) {
            throw ServiceError("PriorityInUse", "Priority '\(priority)' is currently in use")
        }
        let record = RuleRecord(
            arn: owner.arn.replacing(":listener/", with: ":listener-rule/") + "/" + Identifier.hex(16),
            listenerARN: owner.arn, priority: priority,
            conditions: try checkedConditions(input["Conditions"]?.list ?? []),
            actions: try checked(input["Actions"]?.list ?? [], balancerARN: owner.balancerARN, context))
        rules[account, region, record.arn] = record
        if let added = input["Tags"] { tags[account, region, record.arn] = [Tag](added) }
        changed(owner, context)
        return ["Rules": [value(of: record)]]
    }

    private func changed(_ listener: ListenerRecord, _ context: CallContext) {
        refreshUse(context.account, context.region)
        route(listener.balancerARN, context.account, context.region)
    }

    private func deleteRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let arn = try input.require("RuleArn", code: "ValidationError")
        if isDefault(arn, context) {
            throw ServiceError("OperationNotPermitted", "Default rule '\(arn)' cannot be deleted")
        }
        let record = try rule(arn, context)
        rules[context.account, context.region, record.arn] = nil
        tags[context.account, context.region, record.arn] = nil
        changed(try listener(record.listenerARN, context), context)
        return [:]
    }

    private func isDefault(_ arn: String, _ context: CallContext) -> Bool {
        listeners.all(account: context.account, region: context.region).contains { Self.defaultRuleARN($0) == arn }
    }
    private static func defaultRuleARN(_ listener: ListenerRecord) -> String {
        listener.arn.replacing(":listener/", with: ":listener-rule/") + "/default"
    }

    private func modifyRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var record = try rule(input.require("RuleArn", code: "ValidationError"), context)
        let owner = try listener(record.listenerARN, context)
        if let conditions = input["Conditions"]?.list { record.conditions = try checkedConditions(conditions) }
        if let actions = input["Actions"]?.list {
            record.actions = try checked(actions, balancerARN: owner.balancerARN, context)
        }
        rules[context.account, context.region, record.arn] = record
        changed(owner, context)
        return ["Rules": [value(of: record)]]
    }

    private func setRulePriorities(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let wanted = try (input["RulePriorities"]?.list ?? []).map { pair in
            (try rule(pair["RuleArn"]?.string ?? "", context), pair["Priority"]?.int ?? 0)
        }
        let moved = Set(wanted.map(\.0.arn))
        for (record, priority) in wanted {
            let others = rules(of: record.listenerARN, context.account, context.region).filter {
                !moved.contains($0.arn)
            }
            if others.contains(where: { $0.priority == priority }) {
                throw ServiceError("PriorityInUse", "Priority '\(priority)' is currently in use")
            }
        }
        var changedRules: [AWSValue] = []
        for (record, priority) in wanted {
            let now = rules.update(context.account, context.region, record.arn) { $0.priority = priority }
            changedRules.append(value(of: now ?? record))
            changed(try listener(record.listenerARN, context), context)
        }
        return ["Rules": .list(changedRules)]
    }

    private func value(of record: RuleRecord) -> AWSValue {
        [
            "RuleArn": .string(record.arn), "Priority": .string(String(record.priority)),
            "Conditions": .list(record.conditions), "Actions": .list(record.actions), "IsDefault": false,
        ]
    }

    private func describeRules(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        if let arns = input["RuleArns"]?.strings, !arns.isEmpty {
            return try page("Rules", arns.map { value(of: try rule($0, context)) }, input)
        }
        let owner = try listener(input.require("ListenerArn", code: "ValidationError"), context)
        var found = rules(of: owner.arn, context.account, context.region).map { value(of: $0) }
        found.append([
            "RuleArn": .string(Self.defaultRuleARN(owner)), "Priority": "default", "Conditions": [],
            "Actions": .list(owner.actions), "IsDefault": true,
        ])
        return try page("Rules", found, input)
    }
}
