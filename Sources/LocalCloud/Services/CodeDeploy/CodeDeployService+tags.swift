import AWSModel

/// Tags of applications, deployment groups and configurations.
extension CodeDeployService {
    static let tagRules = TagRules("InvalidTagsToAddException", checksLengths: true)

    /// Tags of a resource that is made; they are refused before it is.
    static func newTags(_ input: AWSValue) throws(ServiceError) -> [Tag] {
        let tags = given(input["tags"])
        try tagRules.check(tags)
        return tags
    }

    /// One without a key counts, to be refused.
    private static func given(_ tags: AWSValue?) -> [Tag] {
        (tags?.list ?? []).map { Tag(key: $0["Key"]?.string ?? "", value: $0["Value"]?.string ?? "") }
    }

    func tagResource(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let arn = try taggable(input, context)
        let given = Self.given(input["Tags"])
        guard !given.isEmpty else { throw CodeDeployInput.missing("Tags", "TagRequiredException") }
        try Self.tagRules.check(given, over: tags[arn])
        tags.add(given, to: arn)
        return [:]
    }

    func untagResource(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let arn = try taggable(input, context)
        let keys = input["TagKeys"]?.strings ?? []
        guard !keys.isEmpty else { throw CodeDeployInput.missing("TagKeys", "TagRequiredException") }
        tags.remove(keys, from: arn)
        return [:]
    }

    /// What is not there has no tags: the operation has no error for it. On-premises instances have theirs.
    func listTags(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let resource = try resource(input)
        guard resource.kind == "instance" else { return ["Tags": tags[resource.arn].awsValue()] }
        let instances = onPremises.all(account: context.account, region: context.region)
        return ["Tags": (instances.first { $0.arn == resource.arn }?.tags ?? []).awsValue()]
    }

    // MARK: - ARNs

    private func resource(_ input: AWSValue) throws(ServiceError) -> (arn: String, kind: String, name: String) {
        guard let arn = input["ResourceArn"]?.string, !arn.isEmpty else {
            throw CodeDeployInput.missing("ResourceArn", "ResourceArnRequiredException")
        }
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0] == "arn", !parts[2].isEmpty, !parts[5].isEmpty else {
            throw ServiceError("InvalidArnException", "\(arn) is not a valid ARN")
        }
        let place = parts[5].split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == ":" || $0 == "/" }
        guard parts[2] == "codedeploy", place.count == 2,
            ["application", "deploymentgroup", "deploymentconfig", "instance"].contains(place[0])
        else {
            throw ServiceError("ArnNotSupportedException", "\(arn) is not the ARN of a resource that can be tagged")
        }
        return (arn, String(place[0]), String(place[1]))
    }

    /// The ARN of a resource that is there.
    private func taggable(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> String {
        let (arn, kind, name) = try resource(input)
        // Another account's, or another region's, is not there either.
        let isHere = arn == Self.arn("\(kind):\(name)", context)
        switch kind {
        case "application":
            guard isHere, applications[context.account, context.region, name] != nil else {
                throw Self.noApplication(name)
            }
        case "deploymentgroup":
            let application = name.split(separator: "/").first.map(String.init) ?? name
            guard isHere, applications[context.account, context.region, application] != nil else {
                throw Self.noApplication(application)
            }
            guard groups[context.account, context.region, name] != nil else {
                throw Self.noGroup(String(name.dropFirst(application.count + 1)))
            }
        case "deploymentconfig":
            guard isHere, config(name, context.account, context.region) != nil else { throw Self.noConfig(name) }
        default:
            throw ServiceError(
                "ArnNotSupportedException",
                "\(arn) is an on-premises instance: AddTagsToOnPremisesInstances gives it tags")
        }
        return arn
    }
}
