import AWSModel

/// Amazon Simple Notification Service: topics that deliver to queues and HTTP endpoints.
@CloudActor
final class SNSService: CloudService {
    static let model = "sns"
    let cloud: Cloud
    let topics: Table<Topic>
    /// The key is the subscription's ARN.
    let subscriptions: Table<Subscription>

    init(cloud: Cloud) throws {
        self.cloud = cloud
        topics = try cloud.store.table("sns.topics", of: Topic.self)
        subscriptions = try cloud.store.table("sns.subscriptions", of: Subscription.self)
        cloud.add(ConfirmationRoute(cloud: cloud))
    }

    var operations: [String: OperationHandler] {
        [
            "CreateTopic": createTopic, "DeleteTopic": deleteTopic, "ListTopics": listTopics,
            "GetTopicAttributes": getTopicAttributes, "SetTopicAttributes": setTopicAttributes, "Subscribe": subscribe,
            "ConfirmSubscription": confirmSubscription, "Unsubscribe": unsubscribe,
            "ListSubscriptions": listSubscriptions, "ListSubscriptionsByTopic": listSubscriptionsByTopic,
            "GetSubscriptionAttributes": getSubscriptionAttributes,
            "SetSubscriptionAttributes": setSubscriptionAttributes, "Publish": publish, "PublishBatch": publishBatch,
            "TagResource": tagResource, "UntagResource": untagResource, "ListTagsForResource": listTagsForResource,
        ]
    }

    func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] {
        let action = "sns:\(operation == "PublishBatch" ? "Publish" : operation)"
        let arn = input["TopicArn"]?.string ?? input["TargetArn"]?.string ?? input["ResourceArn"]?.string
        if let arn {
            return [Permission(action: action, resource: arn, resourcePolicy: topic(arn)?.policy)]
        }
        if context.principal.kind == .root { return [] }
        if let name = input["Name"]?.string {
            return [Permission(action: action, resource: "arn:aws:sns:\(context.region):\(context.account):\(name)")]
        }
        return [Permission(action: action, resource: input["SubscriptionArn"]?.string ?? "*")]
    }

    func topic(_ arn: String) -> Topic? {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[2] == "sns" else { return nil }
        return topics[parts[4], parts[3], parts[5]]
    }

    func existing(_ input: AWSValue, _ member: String = "TopicArn") throws(ServiceError) -> Topic {
        let arn = try Self.arn(input, member)
        guard let topic = topic(arn) else {
            throw ServiceError("NotFound", "Topic does not exist", status: 404)
        }
        return topic
    }

    /// What the services says of an ARN that is none, "pending confirmation" and the like among them.
    private static func arn(_ input: AWSValue, _ member: String) throws(ServiceError) -> String {
        let arn = input[member]?.string ?? ""
        let count = arn.split(separator: ":", omittingEmptySubsequences: false).count
        guard arn.hasPrefix("arn:"), count >= 6 else {
            throw ServiceError(
                "InvalidParameter",
                "Invalid parameter: \(member) Reason: An ARN must have at least 6 elements, not \(count)", status: 400)
        }
        return arn
    }

    func save(_ topic: Topic) { topics[topic.account, topic.region, topic.name] = topic }

    func subscriptions(of topic: Topic) -> [Subscription] {
        subscriptions.all(account: topic.account, region: topic.region).filter { $0.topicARN == topic.arn }
    }

    func save(_ subscription: Subscription) {
        let place = Self.place(ofSubscription: subscription.arn)
        subscriptions[place.account, place.region, subscription.arn] = subscription
    }

    func subscription(_ input: AWSValue) throws(ServiceError) -> Subscription {
        let arn = try Self.arn(input, "SubscriptionArn")
        let place = Self.place(ofSubscription: arn)
        guard let subscription = subscriptions[place.account, place.region, arn] else {
            throw ServiceError("NotFound", "Subscription does not exist", status: 404)
        }
        return subscription
    }

    /// One that is gone already is gone; a topic's ARN is not a subscription's.
    func unsubscribe(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let arn = try Self.arn(input, "SubscriptionArn")
        guard arn.split(separator: ":", omittingEmptySubsequences: false).count == 7 else {
            throw ServiceError("InvalidParameter", "Invalid parameter: SubscriptionId", status: 400)
        }
        let place = Self.place(ofSubscription: arn)
        subscriptions[place.account, place.region, arn] = nil
        return [:]
    }

    private static func place(ofSubscription arn: String) -> (account: String, region: String) {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        return (parts[4], parts[3])
    }
}
