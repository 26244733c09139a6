import AWSModel

/// An event as EventBridge carries it.
public struct CloudEvent: Sendable {
    public var id: String
    /// "aws.codecommit"
    public var source: String
    /// "CodeCommit Repository State Change"
    public var detailType: String
    public var detail: AWSValue
    public var resources: [String]
    public var account: String
    public var region: String
    /// Epoch seconds.
    public var time: Double
    public var bus = "default"
}

/// Carries events from services to whoever asked for them: EventBridge's rules, notification rules, triggers.
@CloudActor
public final class EventBus {
    private var subscribers: [(CloudEvent) -> Void] = []

    nonisolated init() {}

    /// Calls `receive` with every event, at once and in the order of publishing; a receiver that has to wait spawns a task.
    public func subscribe(_ receive: @escaping @CloudActor (CloudEvent) -> Void) {
        subscribers.append(receive)
    }

    public func publish(
        source: String, detailType: String, detail: AWSValue, resources: [String], account: String, region: String,
        time: Double, bus: String = "default"
    ) {
        publish(
            CloudEvent(
                id: Identifier.uuid(), source: source, detailType: detailType, detail: detail, resources: resources,
                account: account, region: region, time: time, bus: bus))
    }

    public func publish(_ event: CloudEvent) {
        for receive in subscribers { receive(event) }
    }
}
