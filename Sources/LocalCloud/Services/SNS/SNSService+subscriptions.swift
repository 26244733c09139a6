import AWSModel

extension SNSService {
    func subscribe(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let topic = try existing(input)
        let transport = input["Protocol"]?.string ?? ""
        let endpoint = input["Endpoint"]?.string ?? ""
        try check(transport, endpoint)
        var attributes: [String: String] = [:]
        for (key, value) in input["Attributes"]?.map ?? [:] { attributes[key] = value.string }
        for (name, value) in attributes { try check(attribute: name, value, transport) }
        if let same = subscriptions(of: topic).first(where: { $0.transport == transport && $0.endpoint == endpoint }) {
            for (name, value) in attributes where same.attributes[name] != value {
                throw Self.invalid("Attributes Reason: Subscription already exists with different attributes")
            }
            return answer(same, input)
        }
        // A queue of the same account needs no confirmation; people and web servers are asked.
        let subscription = Subscription(
            arn: "\(topic.arn):\(Identifier.uuid())", topicARN: topic.arn, transport: transport, endpoint: endpoint,
            owner: context.account, attributes: attributes,
            token: transport == "sqs" || transport == "lambda" ? nil : Identifier.hex(128))
        save(subscription)
        if !subscription.isConfirmed, transport.hasPrefix("http") { askForConfirmation(subscription) }
        return answer(subscription, input)
    }

    private func answer(_ subscription: Subscription, _ input: AWSValue) -> AWSValue {
        let isShown = subscription.isConfirmed || input["ReturnSubscriptionArn"]?.bool == true
        return ["SubscriptionArn": .string(isShown ? subscription.arn : "pending confirmation")]
    }

    private func check(_ transport: String, _ endpoint: String) throws(ServiceError) {
        func invalid(_ message: String) -> ServiceError {
            ServiceError("InvalidParameter", "Invalid parameter: \(message)", status: 400)
        }
        switch transport {
        case "sqs":
            guard endpoint.hasPrefix("arn:aws:sqs:") else { throw invalid("SQS endpoint ARN") }
        case "http", "https":
            guard endpoint.hasPrefix("\(transport)://") else {
                throw invalid("Endpoint must match the specified protocol")
            }
        case "email", "email-json":
            guard endpoint.contains("@") else { throw invalid("Email address") }
        case "lambda", "sms", "application", "firehose":
            throw invalid("the local cloud delivers to sqs, http, https and email, not to \(transport)")
        default: throw invalid("Invalid protocol type: \(transport)")
        }
    }

    /// By "Subscribe" and "SetSubscriptionAttributes" of the Amazon SNS API Reference.
    private func check(attribute name: String, _ value: String, _ transport: String) throws(ServiceError) {
        switch name {
        case "FilterPolicy": try checkFilter(value)
        case "FilterPolicyScope":
            guard ["MessageAttributes", "MessageBody"].contains(value) else {
                throw Self.invalid(
                    "FilterPolicyScope: Invalid value [\(value)]. Please use either MessageBody or MessageAttributes")
            }
        case "RawMessageDelivery":
            guard ["true", "false"].contains(value.lowercased()) else {
                throw Self.invalid(
                    "Attributes Reason: RawMessageDelivery: Invalid value [\(value)]. Must be true or false.")
            }
            guard value.lowercased() == "false" || !transport.hasPrefix("email") else {
                throw Self.invalid(
                    "Attributes Reason: Delivery protocol [\(transport)] does not support raw message delivery.")
            }
        case "DeliveryPolicy", "RedrivePolicy":
            let policy = (try? JSON.parse(value))?.map
            guard value.isEmpty || policy != nil else { throw Self.invalid("\(name): failed to parse JSON.") }
            guard name == "DeliveryPolicy" || value.isEmpty || policy?["deadLetterTargetArn"]?.string != nil else {
                throw Self.invalid("RedrivePolicy: deadLetterTargetArn is required.")
            }
        case "SubscriptionRoleArn", "ReplayPolicy": break
        default: throw Self.invalid("AttributeName")
        }
    }

    private func checkFilter(_ policy: String) throws(ServiceError) {
        do {
            _ = try EventPattern(policy)
        } catch {
            throw ServiceError("InvalidParameter", "Invalid parameter: FilterPolicy: \(error.message)", status: 400)
        }
    }

    func confirmSubscription(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try confirm(topic: try existing(input), token: input["Token"]?.string ?? "")
    }

    func confirm(topic: Topic, token: String) throws(ServiceError) -> AWSValue {
        guard var subscription = subscriptions(of: topic).first(where: { $0.token == token }) else {
            throw ServiceError("InvalidParameter", "Invalid token", status: 400)
        }
        subscription.token = nil
        save(subscription)
        return ["SubscriptionArn": .string(subscription.arn)]
    }

    private func list(_ all: [Subscription], _ input: AWSValue) throws(ServiceError) -> AWSValue {
        let (page, next) = try Page.of(
            all, token: input["NextToken"]?.string, limit: 100, invalidToken: "InvalidParameter")
        return .structure(["Subscriptions": .list(page.map(\.value)), "NextToken": next.map { .string($0) }])
    }

    func listSubscriptions(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try list(subscriptions.all(account: context.account, region: context.region), input)
    }

    func listSubscriptionsByTopic(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try list(subscriptions(of: try existing(input)), input)
    }

    func getSubscriptionAttributes(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let subscription = try subscription(input)
        var attributes = subscription.attributes
        attributes["SubscriptionArn"] = subscription.arn
        attributes["TopicArn"] = subscription.topicARN
        attributes["Protocol"] = subscription.transport
        attributes["Endpoint"] = subscription.endpoint
        attributes["Owner"] = subscription.owner
        attributes["PendingConfirmation"] = subscription.isConfirmed ? "false" : "true"
        attributes["ConfirmationWasAuthenticated"] = "false"
        attributes["RawMessageDelivery"] = attributes["RawMessageDelivery"] ?? "false"
        return .map([
            "Attributes": .map(AWSMap(attributes.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
        ])
    }

    func setSubscriptionAttributes(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var subscription = try subscription(input)
        let name = input["AttributeName"]?.string ?? ""
        let value = input["AttributeValue"]?.string
        if name == "FilterPolicy", let value, !value.isEmpty, value != "{}" {
            try checkFilter(value)
            subscription.attributes[name] = value
        } else {
            if name != "FilterPolicy" { try check(attribute: name, value ?? "", subscription.transport) }
            subscription.attributes[name] = name == "FilterPolicy" ? nil : value
        }
        save(subscription)
        return [:]
    }
}

/// The link of a confirmation message, which a web server follows without a signature.
@CloudActor
final class ConfirmationRoute: HTTPRoute {
    private unowned let cloud: Cloud

    init(cloud: Cloud) { self.cloud = cloud }

    static let path = "/_awscicd_sns/confirm"

    nonisolated func accepts(method: String, path: String, host: String) -> Bool { path == "/_awscicd_sns/confirm" }

    func handle(_ request: ServerRequest) async throws -> ServerResponse {
        let query = QueryString.split(request.query)
        func value(_ name: String) -> String {
            query.first { $0.name == name }?.value.flatMap { QueryString.decode($0) } ?? ""
        }
        let service = cloud.service(SNSService.self)
        guard let topic = service.topic(value("TopicArn")) else {
            throw ServiceError("NotFound", "Topic does not exist", status: 404)
        }
        let answer = try service.confirm(topic: topic, token: value("Token"))
        return ServerResponse(
            status: 200, headers: [("content-type", "application/json")], bytes: JSON.write(answer))
    }
}
