import AWSModel

extension EC2Service {
    var tagOperations: [String: OperationHandler] {
        ["CreateTags": createTags, "DeleteTags": deleteTags, "DescribeTags": describeTags]
    }

    func tags(of id: String, _ context: CallContext) -> [Tag] { tags[context.account, context.region, id] ?? [] }

    func tagValue(of id: String, _ context: CallContext) -> AWSValue? {
        let tags = tags(of: id, context)
        return tags.isEmpty ? nil : Self.value(tags)
    }

    nonisolated static func value(_ tags: [Tag]) -> AWSValue {
        .list(tags.map { ["Key": .string($0.key), "Value": .string($0.value)] })
    }

    nonisolated static func tags(in list: AWSValue?) -> [Tag] {
        (list?.list ?? []).compactMap { tag in
            tag["Key"]?.string.map { Tag(key: $0, value: tag["Value"]?.string ?? "") }
        }
    }

    /// Refuses tags that a resource cannot have.
    ///
    /// - Parameter existing: Those that it has.
    nonisolated static func check(_ tags: [Tag], on existing: [Tag] = []) throws(ServiceError) {
        switch TagRules.fault(tags.map(\.key), over: existing.map(\.key)) {
        case .reserved(let key):
            throw ServiceError(
                "InvalidParameterValue",
                "Value ( \(key) ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use"
            )
        case .duplicate(let key):
            throw ServiceError("InvalidParameterValue", "Duplicate tag key '\(key)' specified.")
        case .tooMany:
            throw ServiceError(
                "TagLimitExceeded", "The maximum number of Tags for a resource has been reached: \(TagRules.limit)")
        case nil: break
        }
        guard !tags.contains(where: \.key.isEmpty) else {
            throw ServiceError(
                "InvalidParameterValue",
                "Value (  ) for parameter Tag key is invalid. Tag key cannot be null or empty.")
        }
    }

    /// The tags that `TagSpecifications` give to a kind of resource.
    func applyTags(_ input: AWSValue, kind: String, to id: String, _ context: CallContext) {
        for specification in input["TagSpecifications"]?.list ?? [] where specification["ResourceType"]?.string == kind
        {
            setTags(Self.tags(in: specification["Tags"]), on: id, context.account, context.region)
        }
    }

    func setTags(_ added: [Tag], on id: String, _ account: String, _ region: String) {
        guard !added.isEmpty else { return }
        var all = tags[account, region, id] ?? []
        for tag in added {
            if let at = all.firstIndex(where: { $0.key == tag.key }) { all[at] = tag } else { all.append(tag) }
        }
        tags[account, region, id] = all
    }

    private static let kinds: [(prefix: String, kind: String)] = [
        ("i-", "instance"), ("sg-", "security-group"), ("sgr-", "security-group-rule"), ("vpc-", "vpc"),
        ("subnet-", "subnet"), ("lt-", "launch-template"), ("eni-", "network-interface"), ("igw-", "internet-gateway"),
        ("rtb-", "route-table"), ("key-", "key-pair"), ("vol-", "volume"), ("ami-", "image"),
    ]

    /// What kind of resource has an id: "security-group"; nil for one of no known kind.
    static func kind(of id: String) -> String? { kinds.first { id.hasPrefix($0.prefix) }?.kind }

    private func exists(_ id: String, _ context: CallContext) -> Bool {
        let (account, region) = (context.account, context.region)
        switch Self.kind(of: id) {
        case "instance": return instances[account, region, id] != nil
        case "security-group": return groups[account, region, id] != nil
        case "vpc": return vpcs[account, region, id] != nil
        case "subnet": return subnets[account, region, id] != nil
        case "launch-template": return templates[account, region, id] != nil
        case "network-interface": return interfaces[account, region, id] != nil
        case "internet-gateway": return gateways[account, region, id] != nil
        case "route-table": return routeTables[account, region, id] != nil
        case "security-group-rule":
            return groups.all(account: account, region: region).contains { $0.rules.contains { $0.id == id } }
        case "key-pair": return keyPairs.all(account: account, region: region).contains { $0.id == id }
        case "volume": return instances.all(account: account, region: region).contains { $0.volumeID == id }
        default: return false
        }
    }

    private func createTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let added = Self.tags(in: input["Tags"])
        let ids = input["Resources"]?.strings ?? []
        for id in ids where !exists(id, context) { throw notFound("InvalidID", "ID", id) }
        try Self.check(added)
        for id in ids { try Self.check(added, on: tags(of: id, context)) }
        for id in ids { setTags(added, on: id, context.account, context.region) }
        return [:]
    }

    private func deleteTags(_ input: AWSValue, _ context: CallContext) -> AWSValue {
        for id in input["Resources"]?.strings ?? [] {
            guard let wanted = input["Tags"]?.list else {
                tags[context.account, context.region, id] = nil
                continue
            }
            tags.update(context.account, context.region, id) { all in
                all.removeAll { tag in
                    wanted.contains { $0["Key"]?.string == tag.key && ($0["Value"]?.string ?? tag.value) == tag.value }
                }
            }
        }
        return [:]
    }

    private func describeTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let filters = EC2Filters(input)
        var rows: [(id: String, kind: String, tag: Tag)] = []
        for id in tags.keys(account: context.account, region: context.region) {
            let kind = Self.kind(of: id) ?? ""
            for tag in tags(of: id, context) {
                let isWanted = try filters.matches(tags: [tag]) { name in
                    switch name {
                    case "resource-id": [id]
                    case "resource-type": [kind]
                    case "key": [tag.key]
                    case "value": [tag.value]
                    default: nil
                    }
                }
                if isWanted { rows.append((id, kind, tag)) }
            }
        }
        return try page("Tags", rows, input) { row in
            [
                "Key": .string(row.tag.key), "ResourceId": .string(row.id), "ResourceType": .string(row.kind),
                "Value": .string(row.tag.value),
            ]
        }
    }
}
