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
        let arn = input[member]?.string ?? ""
        guard arn.hasPrefix("arn:"), arn.split(separator: ":").count >= 6 else {
            throw ServiceError(
                "InvalidParameter",
                "Invalid parameter: \(member) Reason: An ARN must have at least 6 elements, not "
                    + "\(arn.split(separator: ":", omittingEmptySubsequences: false).count)", status: 400)
        }
        guard let topic = topic(arn) else {
            throw ServiceError("NotFound", "Topic does not exist", status: 404)
        }
        return topic
    }

    func save(_ topic: Topic) { topics[topic.account, topic.region, topic.name] = topic }

    func subscriptions(of topic: Topic) -> [Subscription] {
        subscriptions.all(account: topic.account, region: topic.region).filter { $0.topicARN == topic.arn }
    }

    func save(_ subscription: Subscription) {
        let parts = subscription.arn.split(separator: ":").map(String.init)
        subscriptions[parts[4], parts[3], subscription.arn] = subscription
    }

    func subscription(_ arn: String) throws(ServiceError) -> Subscription {
        let parts = arn.split(separator: ":").map(String.init)
        guard parts.count == 7, let subscription = subscriptions[parts[4], parts[3], arn] else {
            throw ServiceError("NotFound", "Subscription does not exist", status: 404)
        }
        return subscription
    }
}
