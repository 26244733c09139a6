import AWSModel

/// What a caller needs to be allowed for a call: its action on each group that the call is about.
///
/// Source: "Actions, resources, and condition keys for Amazon EC2 Auto Scaling", Service Authorization Reference. Describe
/// calls ask for `*`.
extension AutoScalingService {
    public func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] {
        // Root may do everything: nothing has to be looked up for it.
        if context.principal.kind == .root { return [] }
        let action = "autoscaling:\(operation)"
        let names = operation.hasPrefix("Describe") ? [] : names(in: input, context)
        guard !names.isEmpty else { return [Permission(action: action, resource: "*")] }
        let requested = requestedTags(input)
        return names.map { name in
            let group = groups[context.account, context.region, name]
            var keys = requested
            for tag in group?.tags ?? [] {
                keys["aws:ResourceTag/\(tag.key)"] = [tag.value]
                keys["autoscaling:ResourceTag/\(tag.key)"] = [tag.value]
            }
            let unknown =
                "arn:aws:autoscaling:\(context.region):\(context.account):autoScalingGroup:*:autoScalingGroupName/\(name)"
            return Permission(action: action, resource: group?.arn ?? unknown, context: keys)
        }
    }

    /// The groups that a call names: itself, by tags or by an instance of theirs.
    private func names(in input: AWSValue, _ context: CallContext) -> [String] {
        if let name = input["AutoScalingGroupName"]?.string { return [name] }
        let tagged = (input["Tags"]?.list ?? []).compactMap { $0["ResourceId"]?.string }
        if !tagged.isEmpty { return Set(tagged).sorted() }
        guard let instance = input["InstanceId"]?.string else { return [] }
        return groups.all(account: context.account, region: context.region)
            .filter { group in group.members.contains { $0.id == instance } }.map(\.name)
    }

    /// The tags that a call gives, as conditions ask about them.
    private func requestedTags(_ input: AWSValue) -> [String: [String]] {
        let given = [Tag](input["Tags"])
        guard !given.isEmpty else { return [:] }
        var keys = ["aws:TagKeys": Set(given.map(\.key)).sorted()]
        for tag in given { keys["aws:RequestTag/\(tag.key)"] = [tag.value] }
        return keys
    }
}
