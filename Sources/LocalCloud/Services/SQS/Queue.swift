import AWSModel

struct Queue: Codable, Sendable {
    var name: String
    var arn: String
    var created: Double
    var modified: Double
    var attributes: [String: String]
    var tags: [String: String] = [:]
    var nextSequence: Int64 = 1
    /// Deduplication ids of the last five minutes, with when they were used and for which message.
    var recent: [String: Sent] = [:]

    struct Sent: Codable, Sendable {
        var time: Double
        var messageID: String
        var sequence: String?
    }

    static let defaults = [
        "VisibilityTimeout": "30", "MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600",
        "DelaySeconds": "0",
        "ReceiveMessageWaitTimeSeconds": "0", "SqsManagedSseEnabled": "true",
    ]

    var isFIFO: Bool { name.hasSuffix(".fifo") }
    func number(_ attribute: String) -> Double { Double(attributes[attribute] ?? Self.defaults[attribute] ?? "0") ?? 0 }
    var policy: String { attributes["Policy"].flatMap { $0.isEmpty ? nil : $0 } ?? #"{"Statement":[]}"# }
}

struct Message: Codable, Sendable {
    var id: String
    var body: String
    var attributes: AWSValue?
    var sender: String
    var sent: Double
    /// Not given out before.
    var visibleFrom: Double
    var receiveCount = 0
    var firstReceived: Double?
    var receipt: String?
    var groupID: String?
    var deduplicationID: String?
    var sequence: String?
    /// Orders the queue.
    var position: Int64
}
