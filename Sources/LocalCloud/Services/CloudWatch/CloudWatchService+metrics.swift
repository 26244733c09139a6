import AWSModel

extension CloudWatchService {
    func putMetricData(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let namespace = input["Namespace"]?.string ?? ""
        guard !namespace.hasPrefix("AWS/") else {
            throw ServiceError(
                "InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.", status: 400)
        }
        let data = input["MetricData"]?.list ?? []
        guard !data.isEmpty || input["EntityMetricData"] != nil else {
            throw ServiceError("MissingParameter", "The parameter MetricData is required.", status: 400)
        }
        guard data.count <= Self.mostData else {
            throw ServiceError(
                "InvalidParameterValue",
                "The collection MetricData must not have a size greater than \(Self.mostData).", status: 400)
        }
        // All of them first: a request that is refused stores nothing.
        for datum in data { try check(datum) }
        var touched: Set<MetricKey> = []
        for datum in data {
            let key = MetricKey(
                namespace: namespace, name: datum["MetricName"]?.string ?? "", dimensions: datum["Dimensions"])
            store(datum, as: key, context)
            touched.insert(key)
        }
        for key in touched { evaluate(alarmsOf: key, context.account, context.region) }
        return [:]
    }

    /// "CloudWatch service quotas": of PutMetricData, and of the points of GetMetricStatistics.
    private static let mostData = 1000
    private static let mostPoints = 1440

    private func check(_ datum: AWSValue) throws(ServiceError) {
        func refused(_ code: String, _ message: String) -> ServiceError { ServiceError(code, message, status: 400) }
        let statistics = datum["StatisticValues"]
        let members = ["SampleCount", "Sum", "Minimum", "Maximum"]
        let given = ["Value", "Values", "StatisticValues"].filter { datum[$0] != nil }
        guard given.count <= 1 else {
            throw refused(
                "InvalidParameterCombination",
                "The parameters MetricData.member.\(given[0]) and MetricData.member.\(given[1]) are mutually exclusive and you have specified both."
            )
        }
        guard [1, 60, nil].contains(datum["StorageResolution"]?.int) else {
            throw refused(
                "InvalidParameterValue",
                "The value of MetricData.member.StorageResolution is not valid: it is 1 or 60.")
        }
        let counts = datum["Counts"]?.list
        let numbers =
            (datum["Values"]?.list ?? []) + (counts ?? [])
            + ([datum["Value"]] + members.map { statistics?[$0] }).compactMap(\.self)
        guard numbers.allSatisfy({ ($0.double ?? 0).isFinite }),
            ((counts ?? []) + [statistics?["SampleCount"]].compactMap(\.self)).allSatisfy({ ($0.double ?? 0) >= 0 })
        else {
            throw refused(
                "InvalidParameterValue", "The value of a metric must be a finite number, and a count not negative.")
        }
        let now = cloud.clock.now
        guard abs((datum["Timestamp"]?.double ?? now) - now) < 15 * 86400 else {
            throw refused(
                "InvalidParameterValue",
                "The parameter MetricData.member.Timestamp must be within the last two weeks.")
        }
        if let values = datum["Values"]?.list, statistics == nil {
            guard counts == nil || counts?.count == values.count else {
                throw refused("InvalidParameterValue", "Values and Counts must have the same number of elements.")
            }
        } else if statistics == nil, datum["Value"] == nil {
            throw refused(
                "MissingParameter",
                "At least one of the parameters must be specified: Value, Values, StatisticValues.")
        }
    }

    private func store(_ datum: AWSValue, as key: MetricKey, _ context: CallContext) {
        let time = datum["Timestamp"]?.double ?? cloud.clock.now
        let unit = datum["Unit"]?.string
        if let statistics = datum["StatisticValues"] { return addStatistics(statistics, to: key, unit, time, context) }
        let counts = datum["Counts"]?.list
        for (at, value) in (datum["Values"]?.list ?? [datum["Value"]].compactMap(\.self)).enumerated() {
            add(
                value.double ?? 0, times: counts?[at].double ?? 1, to: key, unit: unit, at: time, context.account,
                context.region)
        }
    }

    private func addStatistics(
        _ statistics: AWSValue, to key: MetricKey, _ unit: String?, _ time: Double, _ context: CallContext
    ) {
        var metric = metrics[context.account, context.region, key.text] ?? Metric(key: key)
        let count = statistics["SampleCount"]?.double ?? 0
        guard count > 0 else { return }
        let sum = statistics["Sum"]?.double ?? 0
        metric.add(sum / count, times: count, at: time)
        if let at = metric.minutes.firstIndex(where: { $0.minute == Int(time / 60) }) {
            metric.minutes[at].minimum = min(metric.minutes[at].minimum, statistics["Minimum"]?.double ?? .infinity)
            metric.minutes[at].maximum = max(metric.minutes[at].maximum, statistics["Maximum"]?.double ?? -.infinity)
        }
        metric.unit = unit ?? metric.unit
        metric.updated = cloud.clock.now
        metrics[context.account, context.region, key.text] = metric
    }

    func getMetricStatistics(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let key = MetricKey(
            namespace: input["Namespace"]?.string ?? "", name: input["MetricName"]?.string ?? "",
            dimensions: input["Dimensions"])
        let period = input["Period"]?.double ?? 60
        let start = input["StartTime"]?.double ?? 0
        let end = input["EndTime"]?.double ?? 0
        guard start < end else {
            throw ServiceError(
                "InvalidParameterCombination", "The parameter StartTime must be less than the parameter EndTime.",
                status: 400)
        }
        let wanted = input["Statistics"]?.strings ?? []
        let extended = input["ExtendedStatistics"]?.strings ?? []
        guard !wanted.isEmpty || !extended.isEmpty else {
            throw ServiceError("MissingParameter", "Must specify either Statistics or ExtendedStatistics", status: 400)
        }
        guard [1, 5, 10, 20, 30].contains(period) || period >= 60 && period.truncatingRemainder(dividingBy: 60) == 0
        else {
            throw ServiceError(
                "InvalidParameterValue",
                "The value \(Int(period)) for parameter Period is not valid: it is 1, 5, 10, 20, 30, or a multiple of 60.",
                status: 400)
        }
        let asked = ((end - start) / period).rounded(.up)
        guard asked <= Double(Self.mostPoints) else {
            throw ServiceError(
                "InvalidParameterCombination",
                "You have requested up to \(Int(asked)) datapoints, which exceeds the limit of \(Self.mostPoints). You may reduce the datapoints requested by increasing Period, or decreasing the time range.",
                status: 400)
        }
        let metric = metrics[context.account, context.region, key.text]
        let aligned = (start / period).rounded(.down) * period
        let points = (metric?.periods(from: aligned, to: end, length: period) ?? []).map { entry -> AWSValue in
            var point: AWSValue = ["Timestamp": .timestamp(entry.start), "Unit": .string(metric?.unit ?? "None")]
            for name in wanted { point[name] = entry.values.statistic(name).map { .double($0) } }
            if !extended.isEmpty {
                point["ExtendedStatistics"] = .map(
                    AWSMap(extended.compactMap { name in entry.values.statistic(name).map { (name, .double($0)) } }))
            }
            return point
        }
        return ["Label": .string(key.name), "Datapoints": .list(points)]
    }

    func getMetricData(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let start = input["StartTime"]?.double ?? 0
        let end = input["EndTime"]?.double ?? 0
        guard start < end else {
            throw ServiceError(
                "ValidationError", "The parameter StartTime must be less than the parameter EndTime.", status: 400)
        }
        let ids = (input["MetricDataQueries"]?.list ?? []).map { $0["Id"]?.string ?? "" }
        guard !ids.isEmpty, ids.count <= 500 else {
            throw ServiceError(
                "ValidationError", "MetricDataQueries must have between 1 and 500 members.", status: 400)
        }
        guard Set(ids).count == ids.count else {
            throw ServiceError(
                "ValidationError", "The values for parameter id in MetricDataQueries are not unique.", status: 400)
        }
        let isAscending = input["ScanBy"]?.string == "TimestampAscending"
        var results: [AWSValue] = []
        for query in input["MetricDataQueries"]?.list ?? [] {
            guard let stat = query["MetricStat"] else {
                throw ServiceError(
                    "ValidationError",
                    "The local cloud answers MetricStat queries, not metric math (\(query["Id"]?.string ?? "")).",
                    status: 400)
            }
            guard query["ReturnData"]?.bool ?? true else { continue }
            let key = MetricKey(
                namespace: stat["Metric"]?["Namespace"]?.string ?? "",
                name: stat["Metric"]?["MetricName"]?.string ?? "",
                dimensions: stat["Metric"]?["Dimensions"])
            let period = stat["Period"]?.double ?? 60
            let aligned = (start / period).rounded(.down) * period
            var points =
                (metrics[context.account, context.region, key.text]?.periods(
                    from: aligned, to: end, length: period) ?? [])
                .compactMap { entry in
                    entry.values.statistic(stat["Stat"]?.string ?? "Average").map { (entry.start, $0) }
                }
            if !isAscending { points.reverse() }
            results.append(
                .structure([
                    "Id": query["Id"], "Label": query["Label"] ?? .string(key.name),
                    "Timestamps": .list(points.map { .timestamp($0.0) }), "Values": .list(points.map { .double($0.1) }),
                    "StatusCode": "Complete",
                ]))
        }
        return ["MetricDataResults": .list(results), "Messages": []]
    }

    func listMetrics(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let wanted = (input["Dimensions"]?.list ?? []).map { ($0["Name"]?.string ?? "", $0["Value"]?.string) }
        let matching = metrics.all(account: context.account, region: context.region).map(\.key).filter { key in
            (input["Namespace"]?.string.map { $0 == key.namespace } ?? true)
                && (input["MetricName"]?.string.map { $0 == key.name } ?? true)
                && wanted.allSatisfy { name, value in
                    key.dimensions[name].map { actual in value.map { $0 == actual } ?? true } ?? false
                }
        }
        let (page, next) = try Page.of(
            matching, token: input["NextToken"]?.string, limit: 500, invalidToken: "InvalidParameterValue")
        return .structure([
            "Metrics": .list(
                page.map {
                    [
                        "Namespace": .string($0.namespace), "MetricName": .string($0.name),
                        "Dimensions": $0.dimensionsValue,
                    ]
                }), "NextToken": next.map { .string($0) },
        ])
    }
}
