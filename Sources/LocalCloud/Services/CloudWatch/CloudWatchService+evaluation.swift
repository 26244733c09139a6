import AWSModel

extension CloudWatchService {
    func evaluateAll() {
        for (account, region, name, alarm) in alarms.everything() where !alarm.isComposite {
            evaluate(name, account, region)
            if let now = alarms[account, region, name], now.state == alarm.state { scale(now, account, region) }
        }
    }

    /// After data came: every alarm on the metric looks at once, whatever was set by hand.
    func evaluate(alarmsOf key: MetricKey, _ account: String, _ region: String) {
        for alarm in alarms.all(account: account, region: region) where alarm.metric == key {
            alarms.update(account, region, alarm.name) { $0.heldUntil = nil }
            evaluate(alarm.name, account, region)
        }
    }

    /// Source: "Evaluating an alarm", Amazon CloudWatch User Guide: M of the last N periods, missing ones as the alarm says.
    func evaluate(_ name: String, _ account: String, _ region: String) {
        guard let alarm = alarms[account, region, name] else { return }
        let now = cloud.clock.now
        if let held = alarm.heldUntil, now < held { return }
        if alarm.isComposite { return evaluateComposite(alarm, account, region) }
        guard let key = alarm.metric else { return }
        let settings = alarm.settings
        let period = max(60, settings["Period"]?.double ?? 60)
        let count = settings["EvaluationPeriods"]?.int ?? 1
        let needed = settings["DatapointsToAlarm"]?.int ?? count
        let statistic = settings["Statistic"]?.string ?? settings["ExtendedStatistic"]?.string ?? "Average"
        // The period that runs counts once it has a value, so that an alarm does not lag by a period.
        let end = ((now / period).rounded(.down) + 1) * period
        let metric = metrics[account, region, key.text]
        let start = end - Double(count + 1) * period
        var values = [Double?](repeating: nil, count: count + 1)
        for entry in metric?.periods(from: start, to: end, length: period) ?? [] {
            values[Int((entry.start - start) / period)] = entry.values.statistic(statistic)
        }
        if values.last == .some(nil) { values.removeLast() } else { values.removeFirst() }
        let threshold = settings["Threshold"]?.double ?? 0
        let comparison = settings["ComparisonOperator"]?.string ?? "GreaterThanThreshold"
        let treatment = settings["TreatMissingData"]?.string ?? "missing"
        let breaches = values.map { $0.map { Self.isBreach($0, comparison, threshold) } }
        let breaching = breaches.count { $0 ?? (treatment == "breaching") }
        let known = breaches.count { $0 != nil }
        let recent = values.compactMap { $0 }
        if let latest = recent.last, latest != alarm.latestValue {
            alarms.update(account, region, name) { $0.latestValue = latest }
        }
        let shown = recent.map { "\($0)" }.joined(separator: ", ")
        if known == 0, treatment == "missing" {
            return change(
                name, to: "INSUFFICIENT_DATA",
                reason: "Insufficient Data: \(count) datapoint\(count == 1 ? " was" : "s were") unknown.", data: nil,
                account,
                region)
        }
        if known == 0, treatment == "ignore" { return }
        let isAlarm = breaching >= needed
        let data: AWSValue = [
            "version": "1.0", "statistic": .string(statistic), "period": .integer(Int64(period)),
            "recentDatapoints": .list(recent.map { .double($0) }), "threshold": .double(threshold),
        ]
        let crossed =
            "Threshold Crossed: \(recent.count) datapoint\(recent.count == 1 ? "" : "s") [\(shown)] "
            + "\(isAlarm ? (recent.count == 1 ? "was" : "were") : (recent.count == 1 ? "was not" : "were not")) "
            + "\(Self.words(comparison)) the threshold (\(threshold))."
        change(
            name, to: isAlarm ? "ALARM" : "OK", reason: crossed,
            data: String(decoding: JSON.write(data), as: UTF8.self),
            account, region)
    }

    private static func isBreach(_ value: Double, _ comparison: String, _ threshold: Double) -> Bool {
        switch comparison {
        case "GreaterThanOrEqualToThreshold": value >= threshold
        case "GreaterThanThreshold": value > threshold
        case "LessThanThreshold": value < threshold
        case "LessThanOrEqualToThreshold": value <= threshold
        default: false
        }
    }

    private static func words(_ comparison: String) -> String {
        switch comparison {
        case "GreaterThanOrEqualToThreshold": "greater than or equal to"
        case "GreaterThanThreshold": "greater than"
        case "LessThanThreshold": "less than"
        case "LessThanOrEqualToThreshold": "less than or equal to"
        default: "outside"
        }
    }

    private func evaluateComposite(_ alarm: Alarm, _ account: String, _ region: String) {
        guard let rule = AlarmRule(alarm.settings["AlarmRule"]?.string ?? "") else { return }
        let isAlarm = rule.holds { alarms[account, region, $0]?.state }
        change(
            alarm.name, to: isAlarm ? "ALARM" : "OK",
            reason: "\(alarm.arn) transitioned to \(isAlarm ? "ALARM" : "OK") by its rule.", data: nil, account, region)
    }

    /// Changes the state, if it is another, and does what the alarm says to do then.
    func change(
        _ name: String, to state: String, reason: String, data: String?, _ account: String, _ region: String
    ) {
        guard var alarm = alarms[account, region, name], alarm.state != state else { return }
        let previous = alarm
        let now = cloud.clock.now
        alarm.state = state
        alarm.reason = reason
        alarm.reasonData = data
        alarm.stateUpdated = now
        alarm.history.insert(
            AlarmHistoryItem(
                time: now, kind: "StateUpdate", summary: "Alarm updated from \(previous.state) to \(state)",
                data: String(
                    decoding: JSON.write([
                        "version": "1.0",
                        "oldState": ["stateValue": .string(previous.state), "stateReason": .string(previous.reason)],
                        "newState": ["stateValue": .string(state), "stateReason": .string(reason)],
                    ]), as: UTF8.self)), at: 0)
        if alarm.history.count > 200 { alarm.history.removeLast() }
        alarms[account, region, name] = alarm
        publish(alarm, previous, account, region)
        act(alarm, previous, account, region)
        for composite in alarms.all(account: account, region: region) where composite.isComposite {
            evaluate(composite.name, account, region)
        }
    }

    private func publish(_ alarm: Alarm, _ previous: Alarm, _ account: String, _ region: String) {
        func state(_ alarm: Alarm) -> AWSValue {
            .structure([
                "value": .string(alarm.state), "reason": .string(alarm.reason),
                "reasonData": alarm.reasonData.map { .string($0) },
                "timestamp": .string(SNSMessage.timestamp(alarm.stateUpdated)),
            ])
        }
        cloud.events.publish(
            source: "aws.cloudwatch", detailType: "CloudWatch Alarm State Change",
            detail: .structure([
                "alarmName": .string(alarm.name), "state": state(alarm), "previousState": state(previous),
                "configuration": .structure(["description": alarm.settings["AlarmDescription"]]),
            ]), resources: [alarm.arn], account: account, region: region, time: cloud.clock.now)
    }

    /// Actions on groups are taken at the change and again each minute while the state lasts.
    private func scale(_ alarm: Alarm, _ account: String, _ region: String) {
        guard alarm.actionsEnabled else { return }
        for action in alarm.actions where action.hasPrefix("arn:aws:autoscaling:") {
            cloud.service(AutoScalingService.self).scale(
                action,
                for: .init(
                    name: alarm.name, state: alarm.state, value: alarm.latestValue,
                    threshold: alarm.settings["Threshold"]?.double ?? 0), account, region)
        }
    }

    private func act(_ alarm: Alarm, _ previous: Alarm, _ account: String, _ region: String) {
        guard alarm.actionsEnabled else { return }
        scale(alarm, account, region)
        for action in alarm.actions where !action.hasPrefix("arn:aws:autoscaling:") {
            let parts = action.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 6 else { continue }
            let principal = Principal.service("cloudwatch.amazonaws.com", account: account, for: alarm.arn)
            let input: (service: String, operation: String, value: AWSValue)
            switch parts[2] {
            case "sns":
                input = (
                    "sns", "Publish",
                    [
                        "TopicArn": .string(action),
                        "Subject": .string("\(alarm.state): \"\(alarm.name)\" in \(region)"),
                        "Message": .string(message(alarm, previous, account, region)),
                    ]
                )
            default:
                cloud.configuration.log?("cloudwatch: alarm \(alarm.name): actions of \(parts[2]) are not built")
                continue
            }
            cloud.spawn { [cloud] in
                do {
                    _ = try await cloud.call(
                        input.service, input.operation, input.value, as: principal, region: parts[3])
                } catch {
                    cloud.configuration.log?("cloudwatch: alarm \(alarm.name) could not call \(action): \(error)")
                }
            }
        }
    }

    private func message(_ alarm: Alarm, _ previous: Alarm, _ account: String, _ region: String) -> String {
        let value = AWSValue.structure([
            "AlarmName": .string(alarm.name), "AlarmDescription": alarm.settings["AlarmDescription"],
            "AWSAccountId": .string(account), "NewStateValue": .string(alarm.state),
            "NewStateReason": .string(alarm.reason),
            "StateChangeTime": .string(SNSMessage.timestamp(alarm.stateUpdated)), "Region": .string(region),
            "AlarmArn": .string(alarm.arn), "OldStateValue": .string(previous.state),
            "Trigger": .structure([
                "MetricName": alarm.settings["MetricName"], "Namespace": alarm.settings["Namespace"],
                "Statistic": alarm.settings["Statistic"], "Period": alarm.settings["Period"],
                "EvaluationPeriods": alarm.settings["EvaluationPeriods"],
                "ComparisonOperator": alarm.settings["ComparisonOperator"], "Threshold": alarm.settings["Threshold"],
                "TreatMissingData": alarm.settings["TreatMissingData"],
            ]),
        ])
        return String(decoding: JSON.write(value), as: UTF8.self)
    }
}
