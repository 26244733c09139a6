import AWSModel

/// What the attributes of a queue may say: "SetQueueAttributes", Amazon SQS API Reference.
enum QueueAttributes {
    private static let ranges: [String: ClosedRange<Int>] = [
        "DelaySeconds": 0...900, "MaximumMessageSize": 1024...1_048_576, "MessageRetentionPeriod": 60...1_209_600,
        "ReceiveMessageWaitTimeSeconds": 0...20, "VisibilityTimeout": 0...43200,
        "KmsDataKeyReusePeriodSeconds": 60...86400,
    ]

    /// The attributes of a request; a number that is none, or out of its range, is refused.
    static func read(_ input: AWSValue) throws(ServiceError) -> [String: String] {
        var attributes: [String: String] = [:]
        for (name, value) in input["Attributes"]?.map ?? [:] {
            if let range = ranges[name], !(value.string.flatMap { Int($0) }.map(range.contains) ?? false) {
                throw ServiceError(
                    "InvalidAttributeValue", "Invalid value for the parameter \(name).", status: 400)
            }
            attributes[name] = value.string
        }
        return attributes
    }
}
