import AWSModel

struct Topic: Codable, Sendable {
    var name: String
    var arn: String
    var account: String
    var region: String
    var attributes: [String: String] = [:]
    var tags: [Tag] = []
    /// Of a FIFO topic: when deduplication ids were used.
    var recent: [String: Double] = [:]
    var nextSequence: Int64 = 1

    /// Beside those of delivery logs, which end in "FeedbackRoleArn" and "FeedbackSampleRate": "SetTopicAttributes", Amazon
    /// SNS API Reference.
    static let settableAttributes: Set<String> = [
        "ArchivePolicy", "ContentBasedDeduplication", "DeliveryPolicy", "DisplayName", "FifoThroughputScope",
        "KmsMasterKeyId", "Policy", "SignatureVersion", "TracingConfig",
    ]

    var isFIFO: Bool { name.hasSuffix(".fifo") }

    var policy: String {
        attributes["Policy"]
            ?? """
            {"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID",\
            "Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes",\
            "SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic",\
            "SNS:Publish"],"Resource":"\(arn)","Condition":{"StringEquals":{"AWS:SourceOwner":"\(account)"}}}]}
            """
    }
}

struct Subscription: Codable, Sendable {
    var arn: String
    var topicARN: String
    /// "sqs", "http", "https", "email", "email-json".
    var transport: String
    var endpoint: String
    var owner: String
    var attributes: [String: String] = [:]
    /// Set until it is confirmed.
    var token: String?

    var isConfirmed: Bool { token == nil }

    var value: AWSValue {
        [
            "SubscriptionArn": .string(isConfirmed ? arn : "PendingConfirmation"), "Owner": .string(owner),
            "Protocol": .string(transport), "Endpoint": .string(endpoint), "TopicArn": .string(topicARN),
        ]
    }
}
