import AWSModel

/// Tags of load balancers, target groups, listeners and rules.
extension ELBv2Service {
    var tagOperations: [String: OperationHandler] {
        ["AddTags": addTags, "RemoveTags": removeTags, "DescribeTags": describeTags]
    }

    /// Tags that a call gives, checked.
    ///
    /// - Parameter existing: Those that the resource has.
    nonisolated static func checkedTags(
        _ given: AWSValue?, on existing: [Tag] = []
    ) throws(ServiceError) -> [Tag] {
        let tags = [Tag](given)
        switch TagRules.fault(tags.map(\.key), over: existing.map(\.key)) {
        case .reserved(let key):
            throw ServiceError("ValidationError", "Tag key '\(key)' cannot start with 'aws:'")
        case .duplicate(let key):
            throw ServiceError("DuplicateTagKeys", "A tag key was specified more than once: '\(key)'")
        case .tooMany:
            throw ServiceError("TooManyTags", "You've reached the limit on the number of tags for this resource.")
        case nil: return tags
        }
    }

    private func addTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let arn = try onlyARN(input, context)
        var all = tags[context.account, context.region, arn] ?? []
        all.set(try Self.checkedTags(input["Tags"], on: all))
        tags[context.account, context.region, arn] = all
        return [:]
    }

    private func removeTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let arn = try onlyARN(input, context)
        tags.update(context.account, context.region, arn) { $0.unset(input["TagKeys"]?.strings ?? []) }
        return [:]
    }

    private func describeTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let arns = input["ResourceArns"]?.strings ?? []
        guard arns.count <= Self.mostDescribed else {
            throw ServiceError(
                "ValidationError", "Up to \(Self.mostDescribed) resources can be specified in a single call")
        }
        let rows = try arns.map { arn -> AWSValue in
            try checkExists(arn, context)
            return ["ResourceArn": .string(arn), "Tags": (tags[context.account, context.region, arn] ?? []).awsValue()]
        }
        return ["TagDescriptions": .list(rows)]
    }

    /// The resource whose tags a call changes: the list that names it has one member.
    private func onlyARN(_ input: AWSValue, _ context: CallContext) throws -> String {
        let arns = input["ResourceArns"]?.strings ?? []
        guard arns.count == 1 else {
            throw ServiceError("ValidationError", "Only one resource can be tagged at a time")
        }
        try checkExists(arns[0], context)
        return arns[0]
    }

    private func checkExists(_ arn: String, _ context: CallContext) throws(ServiceError) {
        switch ELBv2Names.kind(of: arn, context) {
        case .balancer: _ = try balancer(arn, context)
        case .group: _ = try group(arn, context)
        case .listener: _ = try listener(arn, context)
        case .rule: if defaultRuleOwner(arn, context) == nil { _ = try rule(arn, context) }
        case nil: throw ServiceError("ValidationError", "'\(arn)' is not a valid ARN")
        }
    }
}
