import AWSModel

/// Inline and attached policies, the same for roles, users and groups.
extension IAMService {
    func holderOperations<Holder: PolicyHolder>(_ kind: String, _ table: Table<Holder>) -> [String: OperationHandler] {
        let name = "\(kind)Name"
        let noun = kind.lowercased()

        func change(_ input: AWSValue, _ context: CallContext, _ body: (inout Holder) throws -> Void) throws -> AWSValue
        {
            let key = input[name]?.string ?? ""
            guard try table.update(context.account, "", key, body) != nil else {
                throw ServiceError.noSuchEntity("The \(noun) with name \(key) cannot be found.")
            }
            return [:]
        }
        func read(_ input: AWSValue, _ context: CallContext) throws -> Holder {
            let key = input[name]?.string ?? ""
            guard let holder = table[context.account, "", key] else {
                throw ServiceError.noSuchEntity("The \(noun) with name \(key) cannot be found.")
            }
            return holder
        }
        func missing(_ policy: String) -> ServiceError {
            .noSuchEntity("The \(noun) policy with name \(policy) cannot be found.")
        }

        return [
            "Put\(kind)Policy": { input, context in
                let document = input["PolicyDocument"]?.string ?? ""
                let policy = input["PolicyName"]?.string ?? ""
                try IAMName.check(policy, member: "policyName", limit: 128)
                let holder = try read(input, context)
                try PolicyGrammar.check(document, .identity)
                let most = ["Role": 10240, "User": 2048, "Group": 5120][kind] ?? 10240
                try PolicyGrammar.check(
                    size: holder.inlinePolicies.filter { $0.key != policy }.values + [document], most: most,
                    "Maximum policy size of \(most) bytes exceeded for \(noun) \(holder.name)")
                return try change(input, context) { $0.inlinePolicies[policy] = document }
            },
            "Get\(kind)Policy": { input, context in
                let holder = try read(input, context)
                let policy = input["PolicyName"]?.string ?? ""
                guard let document = holder.inlinePolicies[policy] else { throw missing(policy) }
                return .map([
                    name: .string(holder.name), "PolicyName": .string(policy),
                    "PolicyDocument": .string(QueryString.encode(document)),
                ])
            },
            "List\(kind)Policies": { [self] input, context in
                let holder = try read(input, context)
                return try list("PolicyNames", holder.inlinePolicies.keys.sorted().map { .string($0) }, input)
            },
            "Delete\(kind)Policy": { input, context in
                let policy = input["PolicyName"]?.string ?? ""
                return try change(input, context) {
                    guard $0.inlinePolicies.removeValue(forKey: policy) != nil else { throw missing(policy) }
                }
            },
            "Attach\(kind)Policy": { [self] input, context in
                let arn = input["PolicyArn"]?.string ?? ""
                _ = try read(input, context)
                guard arn.hasPrefix("arn:") else { throw ServiceError("InvalidInput", "ARN \(arn) is not valid.") }
                guard managedPolicy(arn) != nil else {
                    throw ServiceError.noSuchEntity("Policy \(arn) does not exist or is not attachable.")
                }
                return try change(input, context) {
                    if !$0.attachedPolicies.contains(arn) {
                        guard $0.attachedPolicies.count < 10 else {
                            throw ServiceError.limitExceeded("Cannot exceed quota for PoliciesPer\(kind): 10")
                        }
                        $0.attachedPolicies.append(arn)
                    }
                }
            },
            "Detach\(kind)Policy": { input, context in
                let arn = input["PolicyArn"]?.string ?? ""
                return try change(input, context) {
                    guard $0.attachedPolicies.contains(arn) else {
                        throw ServiceError.noSuchEntity("Policy \(arn) was not found.")
                    }
                    $0.attachedPolicies.removeAll { $0 == arn }
                }
            },
            "ListAttached\(kind)Policies": { [self] input, context in
                let attached = try read(input, context).attachedPolicies.map { arn -> AWSValue in
                    let name = arn.split(separator: "/").last.map(String.init) ?? arn
                    return ["PolicyName": .string(name), "PolicyArn": .string(arn)]
                }
                return try list("AttachedPolicies", attached, input)
            },
        ]
    }

    /// Tags, the same for every kind of entity that has them.
    func tagOperations<Entity: Tagged>(
        _ kind: String, _ table: Table<Entity>, key member: String, noun: String
    ) -> [String: OperationHandler] {
        func missing(_ key: String) -> ServiceError {
            member == "PolicyArn"
                ? .noSuchEntity("Policy \(key) was not found.")
                : member == "InstanceProfileName"
                    ? .noSuchEntity("Instance Profile \(key) cannot be found.")
                    : .noSuchEntity("The \(noun) with name \(key) cannot be found.")
        }
        return [
            "Tag\(kind)": { input, context in
                let key = input[member]?.string ?? ""
                if let entity = table[context.account, "", key] { try IAMTags.check(input, over: entity.tags) }
                guard table.update(context.account, "", key, { $0.tags.set([Tag](input["Tags"])) }) != nil else {
                    throw missing(key)
                }
                return [:]
            },
            "Untag\(kind)": { input, context in
                let key = input[member]?.string ?? ""
                let names = input["TagKeys"]?.strings ?? []
                guard table.update(context.account, "", key, { $0.tags.unset(names) }) != nil else {
                    throw missing(key)
                }
                return [:]
            },
            "List\(kind)Tags": { [self] input, context in
                let key = input[member]?.string ?? ""
                guard let entity = table[context.account, "", key] else { throw missing(key) }
                return try list("Tags", entity.tags.awsValue().list ?? [], input)
            },
        ]
    }
}
