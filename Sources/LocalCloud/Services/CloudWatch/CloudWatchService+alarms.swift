import AWSModel

extension CloudWatchService {
    func putMetricAlarm(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        if input["Metrics"] != nil {
            throw ServiceError(
                "ValidationError", "The local cloud's alarms watch one metric; metric math is not built.", status: 400)
        }
        guard input["MetricName"] != nil, input["Namespace"] != nil, input["Period"] != nil,
            input["Statistic"] != nil || input["ExtendedStatistic"] != nil
        else {
            throw ServiceError(
                "ValidationError",
                "MetricName, Namespace, Period and a Statistic or ExtendedStatistic are required for an alarm on a metric.",
                status: 400)
        }
        try AlarmSettings.checkMetric(input)
        try AlarmSettings.checkActions(input)
        let period = input["Period"]?.int ?? 0
        guard [1, 5, 10, 20, 30].contains(period) || (period >= 60 && period.isMultiple(of: 60)) else {
            throw ServiceError("ValidationError", "Period must be 10, 20, 30 or a multiple of 60", status: 400)
        }
        let longest = period >= 3600 ? 604_800.0 : 86400
        guard Double(period) * Double(input["EvaluationPeriods"]?.int ?? 1) <= longest else {
            throw ServiceError(
                "ValidationError",
                "Metrics cannot be checked across more than \(Int(longest)) seconds (EvaluationPeriods * Period).",
                status: 400)
        }
        guard input["Threshold"]?.double?.isFinite != false else {
            throw ServiceError("ValidationError", "The threshold must be a finite number.", status: 400)
        }
        if let points = input["DatapointsToAlarm"]?.int, points > input["EvaluationPeriods"]?.int ?? 1 {
            throw ServiceError(
                "ValidationError", "DatapointsToAlarm must be less than or equal to EvaluationPeriods.", status: 400)
        }
        try checkKind(of: input, isComposite: false, context)
        put(input, context)
        return [:]
    }

    /// Names are of one space: an alarm does not become one of the other kind.
    private func checkKind(of input: AWSValue, isComposite: Bool, _ context: CallContext) throws(ServiceError) {
        let name = input["AlarmName"]?.string ?? ""
        guard let present = alarms[context.account, context.region, name], present.isComposite != isComposite else {
            return
        }
        throw ServiceError(
            "ValidationError",
            "A \(isComposite ? "metric" : "composite") alarm with the name \(name) exists already.", status: 400)
    }

    /// Whether alarms are, or by their rules look at, the alarm `name`.
    private func depends(on name: String, _ others: [String], _ context: CallContext) -> Bool {
        var seen: Set<String> = []
        var open = others
        while let other = open.popLast() {
            if other == name { return true }
            guard seen.insert(other).inserted else { continue }
            let alarm = alarms[context.account, context.region, other]
            open += AlarmRule(alarm?.settings["AlarmRule"]?.string ?? "")?.alarmNames ?? []
        }
        return false
    }

    func putCompositeAlarm(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        guard let rule = AlarmRule(input["AlarmRule"]?.string ?? "") else {
            throw ServiceError("ValidationError", "AlarmRule is not valid.", status: 400)
        }
        if let missing = rule.alarmNames.first(where: { alarms[context.account, context.region, $0] == nil }) {
            throw ServiceError(
                "ValidationError", "AlarmRule is not valid: alarm \(missing) does not exist.", status: 400)
        }
        let name = input["AlarmName"]?.string ?? ""
        if depends(on: name, rule.alarmNames, context) {
            throw ServiceError(
                "ValidationError", "AlarmRule is not valid: alarm \(name) would depend on itself.", status: 400)
        }
        try AlarmSettings.checkActions(input)
        try checkKind(of: input, isComposite: true, context)
        put(input, context)
        return [:]
    }

    private func put(_ input: AWSValue, _ context: CallContext) {
        let name = input["AlarmName"]?.string ?? ""
        let now = cloud.clock.now
        var settings = input
        settings["Tags"] = nil
        var alarm =
            alarms[context.account, context.region, name]
            ?? Alarm(
                name: name, arn: "arn:aws:cloudwatch:\(context.region):\(context.account):alarm:\(name)",
                settings: settings, configured: now, stateUpdated: now, tags: [Tag](input["Tags"]))
        alarm.settings = settings
        alarm.configured = now
        alarm.history.insert(
            AlarmHistoryItem(
                time: now, kind: "ConfigurationUpdate",
                summary: "Alarm \"\(name)\" \(alarm.history.isEmpty ? "created" : "updated")", data: "{}"), at: 0)
        alarms[context.account, context.region, name] = alarm
        evaluate(name, context.account, context.region)
    }

    func describeAlarms(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let names = input["AlarmNames"]?.strings
        guard names == nil || input["AlarmNamePrefix"] == nil else {
            throw ServiceError(
                "InvalidParameterCombination",
                "The parameters AlarmNamePrefix and AlarmNames are mutually exclusive and you have specified both.",
                status: 400)
        }
        let types = input["AlarmTypes"]?.strings ?? ["MetricAlarm"]
        let matching = alarms.all(account: context.account, region: context.region).filter { alarm in
            (names?.contains(alarm.name) ?? true) && alarm.name.hasPrefix(input["AlarmNamePrefix"]?.string ?? "")
                && (input["StateValue"]?.string.map { $0 == alarm.state } ?? true)
                && (input["ActionPrefix"]?.string.map { prefix in
                    (alarm.settings["AlarmActions"]?.strings ?? []).contains { $0.hasPrefix(prefix) }
                } ?? true) && (types.contains(alarm.isComposite ? "CompositeAlarm" : "MetricAlarm"))
        }
        let (page, next) = try Page.of(
            matching, token: input["NextToken"]?.string, limit: min(input["MaxRecords"]?.int ?? 50, 100),
            invalidToken: "InvalidNextToken")
        return .structure([
            "CompositeAlarms": .list(page.filter(\.isComposite).map(\.value)),
            "MetricAlarms": .list(page.filter { !$0.isComposite }.map(\.value)), "NextToken": next.map { .string($0) },
        ])
    }

    func describeAlarmsForMetric(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let key = MetricKey(
            namespace: input["Namespace"]?.string ?? "", name: input["MetricName"]?.string ?? "",
            dimensions: input["Dimensions"])
        let matching = alarms.all(account: context.account, region: context.region).filter { $0.metric == key }
        return ["MetricAlarms": .list(matching.map(\.value))]
    }

    func describeAlarmHistory(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = input["AlarmName"]?.string
        var items: [(alarm: Alarm, item: AlarmHistoryItem)] = []
        for alarm in alarms.all(account: context.account, region: context.region)
        where name.map({ $0 == alarm.name }) ?? true {
            items += alarm.history.map { (alarm, $0) }
        }
        items = items.filter { entry in
            (input["HistoryItemType"]?.string.map { $0 == entry.item.kind } ?? true)
                && entry.item.time >= input["StartDate"]?.double ?? 0
                && entry.item.time <= input["EndDate"]?.double ?? .infinity
        }
        items.sort { $0.item.time > $1.item.time }
        if input["ScanBy"]?.string == "TimestampAscending" { items.reverse() }
        let (page, next) = try Page.of(
            items, token: input["NextToken"]?.string, limit: min(input["MaxRecords"]?.int ?? 50, 100),
            invalidToken: "InvalidNextToken")
        return .structure([
            "AlarmHistoryItems": .list(
                page.map {
                    [
                        "AlarmName": .string($0.alarm.name),
                        "AlarmType": .string($0.alarm.isComposite ? "CompositeAlarm" : "MetricAlarm"),
                        "Timestamp": .timestamp($0.item.time), "HistoryItemType": .string($0.item.kind),
                        "HistorySummary": .string($0.item.summary), "HistoryData": .string($0.item.data),
                    ]
                }), "NextToken": next.map { .string($0) },
        ])
    }

    func deleteAlarms(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let names = input["AlarmNames"]?.strings ?? []
        let missing = names.filter { alarms[context.account, context.region, $0] == nil }
        guard missing.isEmpty else { throw ServiceError("ResourceNotFound", "", status: 404) }
        let all = names.compactMap { alarms[context.account, context.region, $0] }
        guard all.count(where: \.isComposite) <= 1 else {
            throw ServiceError(
                "ValidationError", "No more than one composite alarm can be deleted by one call.", status: 400)
        }
        let left = alarms.all(account: context.account, region: context.region).filter {
            $0.isComposite && !names.contains($0.name)
        }
        for composite in left {
            let used = AlarmRule(composite.settings["AlarmRule"]?.string ?? "")?.alarmNames ?? []
            guard let name = names.first(where: used.contains) else { continue }
            throw ServiceError(
                "ValidationError",
                "The alarm \(name) cannot be deleted: the composite alarm \(composite.name) depends on it.", status: 400
            )
        }
        for name in names { alarms[context.account, context.region, name] = nil }
        return [:]
    }

    func setAlarmState(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = input["AlarmName"]?.string ?? ""
        guard var alarm = alarms[context.account, context.region, name] else {
            throw ServiceError("ResourceNotFound", "", status: 404)
        }
        if let data = input["StateReasonData"]?.string, (try? JSON.parse(data)) == nil {
            throw ServiceError("InvalidFormat", "StateReasonData is not valid JSON", status: 400)
        }
        // The next evaluation puts it right, which AWS makes within a minute.
        alarm.heldUntil = cloud.clock.now + 60
        alarms[context.account, context.region, name] = alarm
        change(
            name, to: input["StateValue"]?.string ?? "OK", reason: input["StateReason"]?.string ?? "",
            data: input["StateReasonData"]?.string, context.account, context.region)
        return [:]
    }

    private func enableActions(_ input: AWSValue, _ context: CallContext, _ isEnabled: Bool) -> AWSValue {
        for name in input["AlarmNames"]?.strings ?? [] {
            alarms.update(context.account, context.region, name) { $0.settings["ActionsEnabled"] = .bool(isEnabled) }
        }
        return [:]
    }

    func enableAlarmActions(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        enableActions(input, context, true)
    }
    func disableAlarmActions(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        enableActions(input, context, false)
    }

    private func changeTags(
        _ input: AWSValue, _ context: CallContext, _ body: (inout [Tag]) throws -> Void
    ) throws -> AWSValue {
        let arn = input["ResourceARN"]?.string ?? ""
        guard var alarm = alarms.all(account: context.account, region: context.region).first(where: { $0.arn == arn })
        else {
            throw ServiceError("ResourceNotFoundException", "Unknown resource: \(arn)", status: 404)
        }
        try body(&alarm.tags)
        alarms[context.account, context.region, alarm.name] = alarm
        return .map(["Tags": alarm.tags.awsValue()])
    }

    func tagResource(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let tags = [Tag](input["Tags"])
        _ = try changeTags(input, context) { present in
            try AlarmSettings.tagRules.check(tags, over: present)
            present.set(tags)
        }
        return [:]
    }
    func untagResource(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        _ = try changeTags(input, context) { $0.unset(input["TagKeys"]?.strings ?? []) }
        return [:]
    }
    func listTagsForResource(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try changeTags(input, context) { _ in }
    }
}
