import AWSModel

extension EventsService {
    func putRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = try input.require("Name")
        let bus = try existingBus(input, context)
        let pattern = input["EventPattern"]?.string
        let schedule = input["ScheduleExpression"]?.string
        guard pattern != nil || schedule != nil else {
            throw ServiceError(
                "ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified.")
        }
        if let pattern { try check(pattern) }
        if let schedule {
            guard bus == "default" else {
                throw ServiceError(
                    "ValidationException", "ScheduleExpression is supported only on the default event bus.")
            }
            guard ScheduleExpression(schedule) != nil else {
                throw ServiceError("ValidationException", "Parameter ScheduleExpression is not valid.")
            }
        }
        try Self.tagRules.check([Tag](input["Tags"]))
        let key = "\(bus)/\(name)"
        let place = bus == "default" ? name : "\(bus)/\(name)"
        var rule =
            rules[context.account, context.region, key]
            ?? EventRule(
                name: name, bus: bus, arn: "arn:aws:events:\(context.region):\(context.account):rule/\(place)",
                isEnabled: true, tags: [Tag](input["Tags"]))
        rule.pattern = pattern
        rule.schedule = schedule
        rule.isEnabled = input["State"]?.string ?? "ENABLED" != "DISABLED"
        rule.description = input["Description"]?.string
        rule.roleARN = input["RoleArn"]?.string
        rule.lastFired = schedule == nil ? nil : cloud.clock.now
        save(rule, context)
        return ["RuleArn": .string(rule.arn)]
    }

    private func check(_ pattern: String) throws(ServiceError) {
        do {
            _ = try EventPattern(pattern)
        } catch {
            throw ServiceError("InvalidEventPatternException", error.message)
        }
    }

    func describeRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var value = try existing(input, "Name", context).value
        value["CreatedBy"] = .string(context.account)
        return value
    }

    private func page(
        _ member: String, _ values: [AWSValue], _ input: AWSValue
    ) throws(ServiceError) -> AWSValue {
        let (page, next) = try Page.of(
            values, token: input["NextToken"]?.string, limit: min(input["Limit"]?.int ?? 100, 100),
            invalidToken: "ValidationException")
        return .structure([member: .list(page), "NextToken": next.map { .string($0) }])
    }

    func listRules(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let bus = try existingBus(input, context)
        let prefix = input["NamePrefix"]?.string ?? ""
        let matching = rules.all(account: context.account, region: context.region)
            .filter { $0.bus == bus && $0.name.hasPrefix(prefix) }
        return try page("Rules", matching.map(\.value), input)
    }

    func deleteRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let bus = try existingBus(input, context)
        let key = "\(bus)/\(input["Name"]?.string ?? "")"
        guard let rule = rules[context.account, context.region, key] else { return [:] }
        if rule.managedBy != nil, input["Force"]?.bool != true {
            throw ServiceError("ManagedRuleException", "Rule \(rule.name) is managed by \(rule.managedBy ?? "").")
        }
        guard rule.targets.isEmpty else {
            throw ServiceError("ValidationException", "Rule can't be deleted since it has targets.")
        }
        rules[context.account, context.region, key] = nil
        return [:]
    }

    private func enable(_ input: AWSValue, _ context: CallContext, _ isEnabled: Bool) throws -> AWSValue {
        var rule = try existing(input, "Name", context)
        rule.isEnabled = isEnabled
        save(rule, context)
        return [:]
    }

    func enableRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue { try enable(input, context, true) }
    func disableRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue { try enable(input, context, false) }

    func putTargets(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var rule = try existing(input, "Rule", context)
        for target in input["Targets"]?.list ?? [] {
            try TargetRules.check(target)
            guard let arn = target["Arn"]?.string, arn.hasPrefix("arn:") else {
                throw ServiceError(
                    "ValidationException",
                    "Parameter \(target["Arn"]?.string ?? "") is not valid. Reason: Provided Arn is "
                        + "not in correct format.")
            }
            let isPipeline = arn.hasPrefix("arn:aws:codepipeline:") || arn.hasPrefix("arn:aws:codebuild:")
            if isPipeline, target["RoleArn"] == nil {
                throw ServiceError("ValidationException", "RoleArn is required for target \(arn).")
            }
            if let at = rule.targets.firstIndex(where: { $0["Id"] == target["Id"] }) {
                rule.targets[at] = target
            } else {
                rule.targets.append(target)
            }
        }
        guard rule.targets.count <= 5 else {
            throw ServiceError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
        }
        save(rule, context)
        return ["FailedEntryCount": 0, "FailedEntries": []]
    }

    func removeTargets(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var rule = try existing(input, "Rule", context)
        let ids = Set(input["Ids"]?.strings ?? [])
        rule.targets.removeAll { ids.contains($0["Id"]?.string ?? "") }
        save(rule, context)
        return ["FailedEntryCount": 0, "FailedEntries": []]
    }

    func listTargetsByRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try page("Targets", try existing(input, "Rule", context).targets, input)
    }

    func listRuleNamesByTarget(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let bus = try existingBus(input, context)
        let matching = rules.all(account: context.account, region: context.region).filter { rule in
            rule.bus == bus && rule.targets.contains { $0["Arn"] == input["TargetArn"] }
        }
        return try page("RuleNames", matching.map { .string($0.name) }, input)
    }

    func testEventPattern(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let pattern = input["EventPattern"]?.string ?? ""
        try check(pattern)
        guard let event = try? JSON.parse(input["Event"]?.string ?? ""), event.map != nil else {
            throw ServiceError("ValidationException", "Parameter Event is not valid.")
        }
        // The model's documentation of Event names them as mandatory.
        let members = ["id", "account", "source", "time", "region", "resources", "detail-type"]
        if let missing = members.first(where: { event[$0] == nil }) {
            throw ServiceError(
                "ValidationException", "Parameter Event is not valid. Reason: \(missing) is a required argument.")
        }
        return ["Result": .bool((try? EventPattern(pattern))?.matches(event) ?? false)]
    }

    static let tagRules = TagRules("ValidationException")

    private func changeTags(
        _ input: AWSValue, _ context: CallContext, _ change: (inout [Tag]) throws -> Void
    ) throws -> AWSValue {
        let arn = input["ResourceARN"]?.string ?? ""
        let all = rules.all(account: context.account, region: context.region)
        guard var rule = all.first(where: { $0.arn == arn }) else {
            throw ServiceError("ResourceNotFoundException", "Rule \(arn) does not exist.")
        }
        try change(&rule.tags)
        save(rule, context)
        return .map(["Tags": rule.tags.awsValue()])
    }

    func tagResource(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let tags = [Tag](input["Tags"])
        _ = try changeTags(input, context) { present in
            try Self.tagRules.check(tags, over: present)
            present.set(tags)
        }
        return [:]
    }

    func untagResource(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        _ = try changeTags(input, context) { $0.unset(input["TagKeys"]?.strings ?? []) }
        return [:]
    }

    func listTagsForResource(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try changeTags(input, context) { _ in }
    }
}
