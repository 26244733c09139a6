import AWSModel

/// Tags of groups.
extension AutoScalingService {
    var tagOperations: [String: OperationHandler] {
        ["CreateOrUpdateTags": createOrUpdateTags, "DeleteTags": deleteTags, "DescribeTags": describeTags]
    }

    private static let tagRules = TagRules(
        duplicate: "ValidationError", reserved: "ValidationError", tooMany: "LimitExceeded")

    /// Tags that a call gives a group, checked.
    ///
    /// - Parameter existing: Those that the group has.
    static func checkedTags(
        _ list: [AWSValue], on existing: [ScalingGroup.GroupTag] = []
    ) throws(ServiceError) -> [ScalingGroup.GroupTag] {
        let tags = list.compactMap { tag in
            tag["Key"]?.string.map { key in
                ScalingGroup.GroupTag(
                    key: key, value: tag["Value"]?.string ?? "", propagates: tag["PropagateAtLaunch"]?.bool ?? false)
            }
        }
        if let type = list.lazy.compactMap({ $0["ResourceType"]?.string }).first(where: { $0 != "auto-scaling-group" })
        {
            throw ServiceError(
                "ValidationError", "Tag resource type '\(type)' is not supported: it must be auto-scaling-group")
        }
        try tagRules.check(
            tags.map { Tag(key: $0.key, value: $0.value) }, over: existing.map { Tag(key: $0.key, value: $0.value) })
        return tags
    }

    static func value(of tag: ScalingGroup.GroupTag, _ group: String) -> AWSValue {
        [
            "ResourceId": .string(group), "ResourceType": "auto-scaling-group", "Key": .string(tag.key),
            "Value": .string(tag.value), "PropagateAtLaunch": .bool(tag.propagates),
        ]
    }

    private func createOrUpdateTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var given: [String: [AWSValue]] = [:]
        for tag in input["Tags"]?.list ?? [] { given[tag["ResourceId"]?.string ?? "", default: []].append(tag) }
        // All are looked at before the first is changed.
        let added = try given.map { name, list in
            let group = try group(name, context)
            return (name: group.name, tags: try Self.checkedTags(list, on: group.tags))
        }
        for (name, tags) in added {
            groups.update(context.account, context.region, name) { group in
                group.tags.removeAll { old in tags.contains { $0.key == old.key } }
                group.tags += tags
            }
        }
        return [:]
    }

    private func deleteTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        for given in input["Tags"]?.list ?? [] {
            groups.update(context.account, context.region, given["ResourceId"]?.string ?? "") { group in
                group.tags.removeAll { $0.key == given["Key"]?.string }
            }
        }
        return [:]
    }

    private static let filterTypes = ["auto-scaling-group", "key", "propagate-at-launch", "value"]

    private func describeTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let filters = (input["Filters"]?.list ?? []).map { ($0["Name"]?.string ?? "", $0["Values"]?.strings ?? []) }
        if let (name, _) = filters.first(where: { !Self.filterTypes.contains($0.0) }) {
            throw ServiceError(
                "ValidationError",
                "Filter type \(name) is not correct. Allowed Filter types are: \(Self.filterTypes.joined(separator: " "))"
            )
        }
        let rows = groups.all(account: context.account, region: context.region).flatMap { group in
            group.tags.map { (group: group.name, tag: $0) }
        }
        .filter { row in
            filters.allSatisfy { name, values in
                switch name {
                case "auto-scaling-group": values.contains(row.group)
                case "key": values.contains(row.tag.key)
                case "value": values.contains(row.tag.value)
                default: values.contains(row.tag.propagates ? "true" : "false")
                }
            }
        }
        let page = try Page.of(
            rows, token: input["NextToken"]?.string, limit: try Self.records(input, 50),
            invalidToken: "InvalidNextToken")
        return .structure([
            "Tags": .list(page.elements.map { Self.value(of: $0.tag, $0.group) }),
            "NextToken": page.next.map { .string($0) },
        ])
    }
}
