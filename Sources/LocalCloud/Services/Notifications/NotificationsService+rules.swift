import AWSModel

extension NotificationsService {
    func createNotificationRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = input["Name"]?.string ?? ""
        let resource = input["Resource"]?.string ?? ""
        guard resource.hasPrefix("arn:"), resource.split(separator: ":").count >= 6 else {
            throw ServiceError(
                "ValidationException", "The resource must be the ARN of a pipeline, project, application or repository."
            )
        }
        let ids = input["EventTypeIds"]?.strings ?? []
        try check(ids, resource)
        try checkExists(resource, context)
        let all = rules.all(account: context.account, region: context.region)
        if let same = all.first(where: { $0.name == name }) {
            let token = input["ClientRequestToken"]?.string
            if token != nil, same.requestToken == token { return ["Arn": .string(same.arn)] }
            throw ServiceError(
                "ResourceAlreadyExistsException", "A notification rule with the name \(name) already exists.",
                status: 409)
        }
        let now = cloud.clock.now
        var rule = NotificationRule(
            arn:
                "arn:aws:codestar-notifications:\(context.region):\(context.account):notificationrule/\(Identifier.hex(40))",
            name: name, eventTypeIDs: ids, resource: resource, targets: targets(input),
            detailType: input["DetailType"]?.string ?? "FULL",
            isEnabled: input["Status"]?.string ?? "ENABLED" == "ENABLED", createdBy: context.principal.arn,
            created: now,
            modified: now)
        rule.requestToken = input["ClientRequestToken"]?.string
        for (key, value) in input["Tags"]?.map ?? [:] { rule.tags[key] = value.string }
        save(rule, context)
        return ["Arn": .string(rule.arn)]
    }

    private func targets(_ input: AWSValue) -> [NotificationRule.Target] {
        (input["Targets"]?.list ?? []).map(target)
    }

    private func target(_ value: AWSValue) -> NotificationRule.Target {
        NotificationRule.Target(
            type: value["TargetType"]?.string ?? "SNS", address: value["TargetAddress"]?.string ?? "")
    }

    private func check(_ ids: [String], _ resource: String) throws(ServiceError) {
        let service = resource.split(separator: ":")[2]
        for id in ids {
            guard let kind = NotificationEvent.all.first(where: { $0.id == id }),
                kind.service.lowercased() == service
            else {
                throw ServiceError(
                    "ValidationException", "The event type \(id) is not valid for the resource \(resource).")
            }
        }
    }

    /// A rule is about something that is there.
    private func checkExists(_ resource: String, _ context: CallContext) throws(ServiceError) {
        let parts = resource.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let (service, region, account) = (parts[2], parts[3], parts[4])
        let name = parts.last ?? ""
        let isThere: Bool =
            switch service {
            case "codepipeline": cloud.service(CodePipelineService.self).pipelines[account, region, name] != nil
            case "codebuild":
                cloud.service(CodeBuildService.self).projects[account, region, String(name.dropFirst("project/".count))]
                    != nil
            case "codedeploy": cloud.service(CodeDeployService.self).applications[account, region, name] != nil
            default: cloud.service(CodeCommitService.self).repositories[account, region, name] != nil
            }
        guard isThere, account == context.account, region == context.region else {
            throw ServiceError("ResourceNotFoundException", "The resource \(resource) was not found.", status: 404)
        }
    }

    func describeNotificationRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let rule = try existing(input, context)
        let types = NotificationEvent.all.filter { rule.eventTypeIDs.contains($0.id) }
        return .map([
            "Arn": .string(rule.arn), "Name": .string(rule.name), "EventTypes": .list(types.map(\.value)),
            "Resource": .string(rule.resource), "Targets": .list(rule.targets.map(\.value)),
            "DetailType": .string(rule.detailType), "CreatedBy": .string(rule.createdBy),
            "Status": rule.isEnabled ? "ENABLED" : "DISABLED", "CreatedTimestamp": .timestamp(rule.created),
            "LastModifiedTimestamp": .timestamp(rule.modified), "Tags": tags(rule),
        ])
    }

    private func tags(_ rule: NotificationRule) -> AWSValue {
        .map(AWSMap(rule.tags.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }

    func updateNotificationRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var rule = try existing(input, context)
        if let ids = input["EventTypeIds"]?.strings {
            try check(ids, rule.resource)
            rule.eventTypeIDs = ids
        }
        if let name = input["Name"]?.string { rule.name = name }
        if let status = input["Status"]?.string { rule.isEnabled = status == "ENABLED" }
        if input["Targets"] != nil { rule.targets = targets(input) }
        if let detail = input["DetailType"]?.string { rule.detailType = detail }
        rule.modified = cloud.clock.now
        save(rule, context)
        return [:]
    }

    /// A rule that is not there counts as deleted.
    func deleteNotificationRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let arn = input["Arn"]?.string ?? ""
        rules[context.account, context.region, arn] = nil
        return ["Arn": .string(arn)]
    }

    func listNotificationRules(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let filters = input["Filters"]?.list ?? []
        let matching = rules.all(account: context.account, region: context.region).filter { rule in
            filters.allSatisfy { filter in
                let value = filter["Value"]?.string ?? ""
                switch filter["Name"]?.string {
                case "EVENT_TYPE_ID": return rule.eventTypeIDs.contains(value)
                case "CREATED_BY": return rule.createdBy == value
                case "RESOURCE": return rule.resource == value
                case "TARGET_ADDRESS": return rule.targets.contains { $0.address == value }
                default: return false
                }
            }
        }
        let (page, next) = try Page.of(
            matching, token: input["NextToken"]?.string, limit: min(input["MaxResults"]?.int ?? 50, 100))
        return .structure([
            "NotificationRules": .list(
                page.map { ["Id": .string(String($0.arn.split(separator: "/").last ?? "")), "Arn": .string($0.arn)] }),
            "NextToken": next.map { .string($0) },
        ])
    }

    func subscribe(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var rule = try existing(input, context)
        let new = target(input["Target"] ?? [:])
        rule.targets.removeAll { $0.address == new.address }
        rule.targets.append(new)
        save(rule, context)
        return ["Arn": .string(rule.arn)]
    }

    func unsubscribe(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var rule = try existing(input, context)
        rule.targets.removeAll { $0.address == input["TargetAddress"]?.string }
        save(rule, context)
        return ["Arn": .string(rule.arn)]
    }

    func listTargets(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var seen: Set<String> = []
        let all = rules.all(account: context.account, region: context.region).flatMap(\.targets)
            .filter { seen.insert($0.address).inserted }
        let (page, next) = try Page.of(
            all, token: input["NextToken"]?.string, limit: min(input["MaxResults"]?.int ?? 50, 100))
        return .structure(["Targets": .list(page.map(\.value)), "NextToken": next.map { .string($0) }])
    }

    func deleteTarget(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let address = input["TargetAddress"]?.string ?? ""
        let using = rules.all(account: context.account, region: context.region).filter { rule in
            rule.targets.contains { $0.address == address }
        }
        if !using.isEmpty, input["ForceUnsubscribeAll"]?.bool != true {
            throw ServiceError(
                "ValidationException", "Unsubscribe target \(address) before deleting.", status: 400)
        }
        for var rule in using {
            rule.targets.removeAll { $0.address == address }
            save(rule, context)
        }
        return [:]
    }

    func listEventTypes(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let matching = NotificationEvent.all.filter { kind in
            (input["Filters"]?.list ?? []).allSatisfy { filter in
                let value = filter["Value"]?.string
                return filter["Name"]?.string == "RESOURCE_TYPE" ? kind.resourceType == value : kind.service == value
            }
        }
        let (page, next) = try Page.of(
            matching, token: input["NextToken"]?.string, limit: min(input["MaxResults"]?.int ?? 50, 100))
        return .structure(["EventTypes": .list(page.map(\.value)), "NextToken": next.map { .string($0) }])
    }

    func tagResource(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var rule = try existing(input, context)
        for (key, value) in input["Tags"]?.map ?? [:] { rule.tags[key] = value.string }
        save(rule, context)
        return .map(["Tags": tags(rule)])
    }

    func untagResource(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var rule = try existing(input, context)
        for key in input["TagKeys"]?.strings ?? [] { rule.tags[key] = nil }
        save(rule, context)
        return [:]
    }

    func listTagsForResource(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        .map(["Tags": tags(try existing(input, context))])
    }
}
