import AWSModel

struct Alarm: Codable, Sendable {
    var name: String
    var arn: String
    /// The input of PutMetricAlarm or PutCompositeAlarm.
    var settings: AWSValue
    var configured: Double
    var state = "INSUFFICIENT_DATA"
    var reason = "Unchecked: Initial alarm creation"
    var reasonData: String?
    var stateUpdated: Double
    var tags: [Tag] = []
    /// Until when a state that was set by hand stands, unless data comes.
    var heldUntil: Double?
    var history: [AlarmHistoryItem] = []
    /// What the metric was at the last look.
    var latestValue: Double?

    var isComposite: Bool { settings["AlarmRule"] != nil }
    var metric: MetricKey? {
        guard let name = settings["MetricName"]?.string else { return nil }
        return MetricKey(
            namespace: settings["Namespace"]?.string ?? "", name: name, dimensions: settings["Dimensions"])
    }
    var actionsEnabled: Bool { settings["ActionsEnabled"]?.bool ?? true }
    /// What to do in the present state.
    var actions: [String] {
        let list = ["OK": "OKActions", "ALARM": "AlarmActions"][state] ?? "InsufficientDataActions"
        return settings[list]?.strings ?? []
    }

    var value: AWSValue {
        var value = settings
        value["Tags"] = nil
        value["AlarmArn"] = .string(arn)
        value["AlarmConfigurationUpdatedTimestamp"] = .timestamp(configured)
        value["ActionsEnabled"] = .bool(actionsEnabled)
        for list in ["OKActions", "AlarmActions", "InsufficientDataActions"] where value[list] == nil {
            value[list] = []
        }
        if !isComposite, value["Dimensions"] == nil { value["Dimensions"] = [] }
        value["StateValue"] = .string(state)
        value["StateReason"] = .string(reason)
        value["StateReasonData"] = reasonData.map { .string($0) }
        value["StateUpdatedTimestamp"] = .timestamp(stateUpdated)
        value["StateTransitionedTimestamp"] = .timestamp(stateUpdated)
        return value
    }
}

struct AlarmHistoryItem: Codable, Sendable {
    var time: Double
    /// "StateUpdate", "ConfigurationUpdate" or "Action".
    var kind: String
    var summary: String
    var data: String
}
