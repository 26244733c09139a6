import AWSModel

struct EventRule: Codable, Sendable {
    var name: String
    var bus: String
    var arn: String
    var pattern: String?
    var schedule: String?
    var isEnabled: Bool
    var description: String?
    var roleARN: String?
    var managedBy: String?
    var tags: [Tag] = []
    /// As they were put, in the order of their first putting.
    var targets: [AWSValue] = []
    /// When a schedule fired last.
    var lastFired: Double?

    var value: AWSValue {
        .structure([
            "Name": .string(name), "Arn": .string(arn), "EventPattern": pattern.map { .string($0) },
            "State": isEnabled ? "ENABLED" : "DISABLED", "Description": description.map { .string($0) },
            "ScheduleExpression": schedule.map { .string($0) }, "RoleArn": roleARN.map { .string($0) },
            "ManagedBy": managedBy.map { .string($0) }, "EventBusName": .string(bus),
        ])
    }
}

struct EventBusRecord: Codable, Sendable {
    var name: String
    var arn: String
    var tags: [Tag] = []
    /// Statements of the bus's policy, as JSON.
    var policy: String?
}
