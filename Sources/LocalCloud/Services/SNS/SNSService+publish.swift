import AWSModel
import AWSSigning

extension SNSService {
    func publish(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        if input["PhoneNumber"] != nil {
            throw ServiceError(
                "InvalidParameter", "Invalid parameter: the local cloud sends no text messages", status: 400)
        }
        let topic = try existing(input, input["TopicArn"] == nil ? "TargetArn" : "TopicArn")
        return try publish(input, to: topic)
    }

    func publishBatch(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let topic = try existing(input)
        let entries = input["PublishBatchRequestEntries"]?.list ?? []
        guard !entries.isEmpty else {
            throw ServiceError("EmptyBatchRequest", "The batch request doesn't contain any entries.", status: 400)
        }
        guard entries.count <= 10 else {
            throw ServiceError(
                "TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.", status: 400
            )
        }
        try Self.check(batch: entries)
        var done: [AWSValue] = []
        var failed: [AWSValue] = []
        for entry in entries {
            do {
                var answer = try publish(entry, to: topic)
                answer["Id"] = entry["Id"]
                done.append(answer)
            } catch {
                failed.append(
                    .structure([
                        "Id": entry["Id"], "Code": .string(error.code), "Message": .string(error.message),
                        "SenderFault": true,
                    ]))
            }
        }
        return ["Successful": .list(done), "Failed": .list(failed)]
    }

    /// By "PublishBatch" of the Amazon SNS API Reference: ids that differ, of up to 80 letters, digits, hyphens and underscores,
    /// and as many bytes in all as one message may have.
    private static func check(batch entries: [AWSValue]) throws(ServiceError) {
        func refused(_ code: String, _ message: String) -> ServiceError { ServiceError(code, message, status: 400) }
        let ids = entries.map { $0["Id"]?.string ?? "" }
        guard Set(ids).count == ids.count else {
            throw refused("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
        }
        guard ids.allSatisfy({ !$0.contains(".") && PipelineNames.isSimple($0, limit: 80) }) else {
            throw refused(
                "InvalidBatchEntryId",
                "The Id of a batch entry in a batch request doesn't abide by the specification.")
        }
        guard entries.reduce(0, { $0 + ($1["Message"]?.string ?? "").utf8.count }) <= largestMessage else {
            throw refused(
                "BatchRequestTooLong", "The length of all the batch messages put together is more than the limit.")
        }
    }

    /// In bytes.
    private static let largestMessage = 262_144

    /// Attributes of a message have a type, and a value of it ("Amazon SNS message attributes").
    private static func check(attributes: AWSMap) throws(ServiceError) {
        func refused(_ message: String) -> ServiceError {
            ServiceError("ParameterValueInvalid", message, status: 400)
        }
        for (name, attribute) in attributes {
            let type = attribute["DataType"]?.string ?? ""
            let base = String(type.prefix { $0 != "." })
            guard ["String", "Number", "Binary"].contains(base) else {
                throw refused(
                    "The message attribute '\(name)' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."
                )
            }
            guard
                base == "Binary" ? attribute["BinaryValue"] != nil : attribute["StringValue"]?.string?.isEmpty == false
            else {
                throw refused(
                    "The message attribute '\(name)' must contain non-empty message attribute value for message attribute type '\(type)'."
                )
            }
            guard base != "Number" || Double(attribute["StringValue"]?.string ?? "") != nil else {
                throw refused(
                    "Could not cast message attribute '\(name)' value to number.")
            }
        }
    }

    private func publish(_ input: AWSValue, to topic: Topic) throws(ServiceError) -> AWSValue {
        let message = input["Message"]?.string ?? ""
        func invalid(_ text: String) -> ServiceError {
            ServiceError("InvalidParameter", "Invalid parameter: \(text)", status: 400)
        }
        guard !message.isEmpty else { throw invalid("Empty message") }
        guard message.utf8.count <= Self.largestMessage else { throw invalid("Message too long") }
        if let subject = input["Subject"]?.string {
            guard !subject.isEmpty, subject.count <= 100, !subject.contains("\n") else { throw invalid("Subject") }
        }
        var perProtocol: AWSValue?
        try Self.check(attributes: input["MessageAttributes"]?.map ?? [:])
        guard topic.isFIFO || input["MessageDeduplicationId"] == nil else {
            throw invalid(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type"
            )
        }
        guard ["json", nil].contains(input["MessageStructure"]?.string) else { throw invalid("Message Structure") }
        if input["MessageStructure"]?.string == "json" {
            guard let parsed = try? JSON.parse(message), parsed.map != nil else {
                throw invalid("Message Structure - JSON message body failed to parse")
            }
            guard parsed["default"]?.string != nil else {
                throw invalid("Message Structure - No default entry in JSON message body")
            }
            perProtocol = parsed
        }
        let id = Identifier.uuid()
        var sequence: String?
        if topic.isFIFO {
            var topic = topic
            guard input["MessageGroupId"] != nil else {
                throw invalid("The MessageGroupId parameter is required for FIFO topics")
            }
            let deduplication =
                input["MessageDeduplicationId"]?.string
                ?? (topic.attributes["ContentBasedDeduplication"] == "true"
                    ? Digest.sha256Hex(Array(message.utf8)) : nil)
            guard let deduplication else {
                throw invalid(
                    "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
                        + "explicitly")
            }
            let now = cloud.clock.now
            topic.recent = topic.recent.filter { now - $0.value < 300 }
            let isRepeated = topic.recent[deduplication] != nil
            topic.recent[deduplication] = now
            let digits = String(topic.nextSequence)
            sequence = "1" + String(repeating: "0", count: max(0, 19 - digits.count)) + digits
            topic.nextSequence += 1
            save(topic)
            if isRepeated {
                return .structure(["MessageId": .string(id), "SequenceNumber": sequence.map { .string($0) }])
            }
        }
        for subscription in subscriptions(of: topic) where subscription.isConfirmed {
            guard matches(subscription, input, message) else { continue }
            let text = (perProtocol?[subscription.transport] ?? perProtocol?["default"])?.string ?? message
            deliver(
                SNSMessage(id: id, topic: topic.arn, text: text, input: input, time: cloud.clock.now), to: subscription)
        }
        return .structure(["MessageId": .string(id), "SequenceNumber": sequence.map { .string($0) }])
    }

    private func matches(_ subscription: Subscription, _ input: AWSValue, _ message: String) -> Bool {
        guard let policy = subscription.attributes["FilterPolicy"], let pattern = try? EventPattern(policy) else {
            return true
        }
        if subscription.attributes["FilterPolicyScope"] == "MessageBody" {
            return (try? JSON.parse(message)).map(pattern.matches) ?? false
        }
        var attributes = AWSMap()
        for (name, value) in input["MessageAttributes"]?.map ?? [:] {
            let text = value["StringValue"]?.string ?? ""
            switch value["DataType"]?.string {
            case "Number": attributes[name] = Double(text).map { .double($0) } ?? .string(text)
            case "String.Array": attributes[name] = (try? JSON.parse(text)) ?? .string(text)
            default: attributes[name] = .string(text)
            }
        }
        return pattern.matches(.map(attributes))
    }

    private func deliver(_ message: SNSMessage, to subscription: Subscription) {
        let cloud = cloud
        let isRaw = subscription.attributes["RawMessageDelivery"] == "true"
        if subscription.transport == "sqs" {
            cloud.spawn { await Self.send(message, isRaw, to: subscription, cloud) }
        } else if subscription.transport.hasPrefix("http") {
            let body = isRaw ? message.text : message.envelope(endpoint: cloud.endpoint, subscription: subscription)
            post(body, kind: "Notification", id: message.id, to: subscription, isRaw: isRaw)
        }
        // Mail is not sent from here: an address stays unconfirmed, as it does on AWS until a person answers.
    }

    private static func send(
        _ message: SNSMessage, _ isRaw: Bool, to subscription: Subscription, _ cloud: Cloud
    ) async {
        let parts = subscription.endpoint.split(separator: ":").map(String.init)
        guard parts.count == 6 else { return }
        let body = isRaw ? message.text : message.envelope(endpoint: cloud.endpoint, subscription: subscription)
        let input = AWSValue.structure([
            "QueueUrl": .string("\(cloud.endpoint)/\(parts[4])/\(parts[5])"), "MessageBody": .string(body),
            "MessageAttributes": isRaw ? message.input["MessageAttributes"] : nil,
            "MessageGroupId": parts[5].hasSuffix(".fifo") ? message.input["MessageGroupId"] : nil,
            "MessageDeduplicationId": parts[5].hasSuffix(".fifo")
                ? message.input["MessageDeduplicationId"] ?? .string(Digest.sha256Hex(Array(message.text.utf8))) : nil,
        ])
        do {
            _ = try await cloud.call(
                "sqs", "SendMessage", input,
                as: .service("sns.amazonaws.com", account: parts[4], for: subscription.topicARN), region: parts[3])
        } catch {
            cloud.configuration.log?("sns: \(subscription.endpoint) did not take a message: \(error)")
        }
    }

    func askForConfirmation(_ subscription: Subscription) {
        guard let token = subscription.token else { return }
        let url =
            "\(cloud.endpoint)\(ConfirmationRoute.path)?TopicArn=\(QueryString.encode(subscription.topicARN))&Token=\(token)"
        let id = Identifier.uuid()
        let body: AWSValue = [
            "Type": "SubscriptionConfirmation", "MessageId": .string(id), "Token": .string(token),
            "TopicArn": .string(subscription.topicARN),
            "Message": .string(
                "You have chosen to subscribe to the topic \(subscription.topicARN).\n"
                    + "To confirm the subscription, visit the SubscribeURL included in this message."),
            "SubscribeURL": .string(url), "Timestamp": .string(SNSMessage.timestamp(cloud.clock.now)),
            "SignatureVersion": "1",
        ]
        post(
            String(decoding: JSON.write(body), as: UTF8.self), kind: "SubscriptionConfirmation", id: id,
            to: subscription,
            isRaw: false)
    }

    /// Three more attempts twenty seconds apart, as the default delivery policy says.
    private func post(_ body: String, kind: String, id: String, to subscription: Subscription, isRaw: Bool) {
        let cloud = cloud
        cloud.spawn {
            guard let (address, target) = HTTPClient.Address.parse(subscription.endpoint) else {
                cloud.configuration.log?(
                    "sns: \(subscription.endpoint) is not reached: only http:// is spoken from here")
                return
            }
            let headers = [
                ("content-type", "text/plain; charset=UTF-8"), ("x-amz-sns-message-type", kind),
                ("x-amz-sns-message-id", id), ("x-amz-sns-topic-arn", subscription.topicARN),
                ("x-amz-sns-subscription-arn", subscription.arn), ("x-amz-sns-rawdelivery", isRaw ? "true" : "false"),
                ("user-agent", "Amazon Simple Notification Service Agent"),
            ].filter { isRaw || $0.0 != "x-amz-sns-rawdelivery" }.map { (name: $0.0, value: $0.1) }
            let client = HTTPClient()
            for attempt in 0..<4 {
                if attempt > 0 {
                    do { try await cloud.clock.sleep(aws: 20) } catch { return }
                }
                let answer = try? await client.perform(
                    "POST", target, at: address, headers: headers, body: .bytes(Array(body.utf8)), timeout: 15)
                if let answer, answer.status / 100 == 2 { return }
            }
            cloud.configuration.log?("sns: \(subscription.endpoint) did not take a message after four attempts")
        }
    }
}

/// A message on its way to subscribers.
struct SNSMessage: Sendable {
    let id: String
    let topic: String
    let text: String
    let input: AWSValue
    let time: Double

    static func timestamp(_ time: Double) -> String {
        let milliseconds = Int((time - time.rounded(.down)) * 1000)
        let digits = String(milliseconds)
        let seconds = Timestamps.format(time.rounded(.down), as: .iso8601).dropLast()
        return "\(seconds).\(String(repeating: "0", count: 3 - digits.count))\(digits)Z"
    }

    /// The JSON around a message that is not delivered raw.
    func envelope(endpoint: String, subscription: Subscription) -> String {
        var attributes: AWSMap?
        if let given = input["MessageAttributes"]?.map, !given.isEmpty {
            attributes = AWSMap(
                given.map { name, value in
                    (name, ["Type": value["DataType"] ?? "String", "Value": value["StringValue"] ?? ""])
                })
        }
        let value = AWSValue.structure([
            "Type": "Notification", "MessageId": .string(id), "TopicArn": .string(topic), "Subject": input["Subject"],
            "Message": .string(text), "Timestamp": .string(Self.timestamp(time)), "SignatureVersion": "1",
            "UnsubscribeURL": .string(
                "\(endpoint)/?Action=Unsubscribe&SubscriptionArn=\(QueryString.encode(subscription.arn))"),
            "MessageAttributes": attributes.map { .map($0) },
        ])
        return String(decoding: JSON.write(value), as: UTF8.self)
    }
}
