import AWSModel

extension ELBv2Service {
    var ruleOperations: [String: OperationHandler] {
        [
            "CreateRule": createRule, "DeleteRule": deleteRule, "DescribeRules": describeRules,
            "ModifyRule": modifyRule,
            "SetRulePriorities": setRulePriorities,
        ]
    }

    func rule(_ arn: String, _ context: CallContext) throws(ServiceError) -> RuleRecord {
        try ELBv2Names.check(arn, is: .rule, context)
        guard let record = rules[context.account, context.region, arn] else {
            throw ServiceError("RuleNotFound", "One or more rules not found")
        }
        return record
    }

    /// The listener whose default rule an ARN names: a rule without a record, made by the listener's own actions.
    func defaultRuleOwner(_ arn: String, _ context: CallContext) -> ListenerRecord? {
        listeners.all(account: context.account, region: context.region).first { Self.defaultRuleARN($0) == arn }
    }
    private static func defaultRuleARN(_ listener: ListenerRecord) -> String {
        listener.arn.replacing(":listener/", with: ":listener-rule/") + "/default"
    }

    private func checkPriority(_ priority: Int?) throws(ServiceError) -> Int {
        guard let priority, (1...50000).contains(priority) else {
            throw ServiceError("ValidationError", "A rule's priority must be between 1 and 50000")
        }
        return priority
    }

    /// What rules have on AWS and not here is refused, not ignored.
    private func checkTransforms(_ input: AWSValue) throws(ServiceError) {
        guard (input["Transforms"]?.list ?? []).isEmpty else {
            throw ServiceError(
                "NotImplemented", "elbv2 transforms of rules are not built into the local cloud", status: 501)
        }
    }

    private func createRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let (account, region) = (context.account, context.region)
        let owner = try listener(input.require("ListenerArn", code: "ValidationError"), context)
        let priority = try checkPriority(input["Priority"]?.int)
        let given = try Self.checkedTags(input["Tags"])
        try checkTransforms(input)
        if rules(of: owner.arn, account, region).contains(where: { $0.priority == priority }) {
            throw ServiceError("PriorityInUse", "Priority '\(priority)' is currently in use")
        }
        let record = RuleRecord(
            arn: owner.arn.replacing(":listener/", with: ":listener-rule/") + "/" + Identifier.hex(16),
            listenerARN: owner.arn, priority: priority,
            conditions: try RuleConditions.checked(input["Conditions"]?.list ?? []),
            actions: try checked(
                input["Actions"]?.list ?? [], balancerARN: owner.balancerARN, port: owner.port, context))
        rules[account, region, record.arn] = record
        if !given.isEmpty { tags[account, region, record.arn] = given }
        changed(owner, context)
        return ["Rules": [value(of: record)]]
    }

    private func changed(_ listener: ListenerRecord, _ context: CallContext) {
        refreshUse(context.account, context.region)
        route(listener.balancerARN, context.account, context.region)
    }

    private func deleteRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let arn = try input.require("RuleArn", code: "ValidationError")
        if defaultRuleOwner(arn, context) != nil {
            throw ServiceError("OperationNotPermitted", "Default rule '\(arn)' cannot be deleted")
        }
        let record = try rule(arn, context)
        rules[context.account, context.region, record.arn] = nil
        tags[context.account, context.region, record.arn] = nil
        changed(try listener(record.listenerARN, context), context)
        return [:]
    }

    private func modifyRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let arn = try input.require("RuleArn", code: "ValidationError")
        if defaultRuleOwner(arn, context) != nil {
            throw ServiceError("OperationNotPermitted", "Default rule '\(arn)' cannot be modified")
        }
        var record = try rule(arn, context)
        try checkTransforms(input)
        guard input["Conditions"] != nil || input["Actions"] != nil else {
            throw ServiceError("ValidationError", "Either conditions or actions must be specified")
        }
        let owner = try listener(record.listenerARN, context)
        if let conditions = input["Conditions"]?.list { record.conditions = try RuleConditions.checked(conditions) }
        if let actions = input["Actions"]?.list {
            record.actions = try checked(actions, balancerARN: owner.balancerARN, port: owner.port, context)
        }
        rules[context.account, context.region, record.arn] = record
        changed(owner, context)
        return ["Rules": [value(of: record)]]
    }

    private func setRulePriorities(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let wanted = try (input["RulePriorities"]?.list ?? []).map { pair in
            let arn = pair["RuleArn"]?.string ?? ""
            if defaultRuleOwner(arn, context) != nil {
                throw ServiceError("OperationNotPermitted", "The priority of the default rule '\(arn)' cannot be set")
            }
            return (try rule(arn, context), try checkPriority(pair["Priority"]?.int))
        }
        var seen: Set<Int> = []
        if let twice = wanted.first(where: { !seen.insert($0.1).inserted }) {
            throw ServiceError("ValidationError", "Priority '\(twice.1)' was provided multiple times")
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

    /// The default rule of a listener.
    private func defaultValue(of listener: ListenerRecord) -> AWSValue {
        [
            "RuleArn": .string(Self.defaultRuleARN(listener)), "Priority": "default", "Conditions": [],
            "Actions": .list(listener.actions), "IsDefault": true,
        ]
    }

    private func describeRules(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let listenerARN = input["ListenerArn"]?.string
        if let arns = input["RuleArns"]?.strings, !arns.isEmpty {
            guard listenerARN == nil else {
                throw ServiceError(
                    "ValidationError", "Listener rule ARNs and a listener ARN cannot be specified at the same time")
            }
            let found = try arns.map { arn in
                if let owner = defaultRuleOwner(arn, context) { return defaultValue(of: owner) }
                return value(of: try rule(arn, context))
            }
            return try page("Rules", found, input)
        }
        guard let listenerARN else {
            throw ServiceError("ValidationError", "You must specify either listener rule ARNs or a listener ARN")
        }
        let owner = try listener(listenerARN, context)
        let found = rules(of: owner.arn, context.account, context.region).map { value(of: $0) }
        return try page("Rules", found + [defaultValue(of: owner)], input)
    }
}
