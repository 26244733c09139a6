import AWSModel

extension SNSService {
    func createTopic(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = input["Name"]?.string ?? ""
        let base = name.hasSuffix(".fifo") ? name.dropLast(5) : name[...]
        let isAllowed = base.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x2d
                || byte == 0x5f
        }
        guard isAllowed, !base.isEmpty, name.utf8.count <= 256 else {
            throw ServiceError("InvalidParameter", "Invalid parameter: Topic Name", status: 400)
        }
        var attributes: [String: String] = [:]
        for (key, value) in input["Attributes"]?.map ?? [:] { attributes[key] = value.string }
        guard (attributes["FifoTopic"] == "true") == name.hasSuffix(".fifo") else {
            throw ServiceError(
                "InvalidParameter",
                "Invalid parameter: Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase "
                    + "ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long.",
                status: 400)
        }
        for (key, value) in attributes where key != "FifoTopic" { try check(attribute: key, value) }
        let tags = [Tag](input["Tags"])
        try Self.tagRules.check(tags)
        let arn = "arn:aws:sns:\(context.region):\(context.account):\(name)"
        if let existing = topics[context.account, context.region, name] {
            for (key, value) in attributes where existing.attributes[key] != value {
                throw ServiceError(
                    "InvalidParameter",
                    "Invalid parameter: Attributes Reason: Topic already exists with different attributes", status: 400)
            }
            guard tags.isEmpty || Set(tags) == Set(existing.tags) else {
                throw ServiceError(
                    "InvalidParameter",
                    "Invalid parameter: Tags Reason: Topic already exists with different tags", status: 400)
            }
        } else {
            save(
                Topic(
                    name: name, arn: arn, account: context.account, region: context.region, attributes: attributes,
                    tags: tags))
        }
        return ["TopicArn": .string(arn)]
    }

    /// A topic that is not there counts as deleted. Its subscriptions stay for a while on AWS; here they go with it.
    func deleteTopic(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        guard let topic = topic(input["TopicArn"]?.string ?? "") else { return [:] }
        for subscription in subscriptions(of: topic) {
            subscriptions[topic.account, topic.region, subscription.arn] = nil
        }
        topics[topic.account, topic.region, topic.name] = nil
        return [:]
    }

    func listTopics(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let (page, next) = try Page.of(
            topics.all(account: context.account, region: context.region), token: input["NextToken"]?.string, limit: 100,
            invalidToken: "InvalidParameter")
        return .structure([
            "Topics": .list(page.map { ["TopicArn": .string($0.arn)] }), "NextToken": next.map { .string($0) },
        ])
    }

    func getTopicAttributes(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let topic = try existing(input)
        let all = subscriptions(of: topic)
        var attributes = topic.attributes
        attributes["TopicArn"] = topic.arn
        attributes["Owner"] = topic.account
        attributes["Policy"] = topic.policy
        attributes["DisplayName"] = attributes["DisplayName"] ?? ""
        attributes["SubscriptionsConfirmed"] = String(all.count(where: \.isConfirmed))
        attributes["SubscriptionsPending"] = String(all.count { !$0.isConfirmed })
        attributes["SubscriptionsDeleted"] = "0"
        attributes["EffectiveDeliveryPolicy"] =
            attributes["DeliveryPolicy"]
            ?? #"{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3}}}"#
        return .map([
            "Attributes": .map(AWSMap(attributes.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
        ])
    }

    func setTopicAttributes(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var topic = try existing(input)
        let name = input["AttributeName"]?.string ?? ""
        let value = input["AttributeValue"]?.string
        try check(attribute: name, value)
        topic.attributes[name] = value?.isEmpty == true && name == "Policy" ? nil : value
        save(topic)
        return [:]
    }

    /// By "CreateTopic" and "SetTopicAttributes" of the Amazon SNS API Reference.
    private func check(attribute name: String, _ value: String?) throws(ServiceError) {
        guard
            Topic.settableAttributes.contains(name) || name.hasSuffix("FeedbackRoleArn") || name.hasSuffix("SampleRate")
        else { throw Self.invalid("AttributeName") }
        guard let value, !value.isEmpty else { return }
        switch name {
        case "Policy":
            guard (try? PolicyDocument.parse(value)) != nil else { throw Self.invalid("Policy Error: null") }
        case "DeliveryPolicy", "ArchivePolicy":
            guard (try? JSON.parse(value))?.map != nil else {
                throw Self.invalid("\(name): failed to parse JSON.")
            }
        case "DisplayName":
            guard value.unicodeScalars.count <= 100 else { throw Self.invalid("DisplayName") }
        default: break
        }
    }

    static func invalid(_ what: String) -> ServiceError {
        ServiceError("InvalidParameter", "Invalid parameter: \(what)", status: 400)
    }

    private static let tagRules = TagRules(
        duplicate: "InvalidParameter", reserved: "InvalidParameter", tooMany: "TagLimitExceeded")

    private func changeTags(
        _ input: AWSValue, _ change: (inout [Tag]) throws(ServiceError) -> Void
    ) throws(ServiceError) -> AWSValue {
        guard var topic = topic(input["ResourceArn"]?.string ?? "") else {
            throw ServiceError("ResourceNotFound", "Resource does not exist", status: 404)
        }
        try change(&topic.tags)
        save(topic)
        return [:]
    }

    func tagResource(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let tags = [Tag](input["Tags"])
        return try changeTags(input) { present throws(ServiceError) in
            try Self.tagRules.check(tags, over: present)
            present.set(tags)
        }
    }

    func untagResource(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try changeTags(input) { $0.unset(input["TagKeys"]?.strings ?? []) }
    }

    func listTagsForResource(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        guard let topic = topic(input["ResourceArn"]?.string ?? "") else {
            throw ServiceError("ResourceNotFound", "Resource does not exist", status: 404)
        }
        return .map(["Tags": topic.tags.awsValue()])
    }
}
