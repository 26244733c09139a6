import AWSModel

/// Amazon CloudWatch: metrics, and alarms over them.
@CloudActor
public final class CloudWatchService: CloudService {
    public static let model = "cloudwatch"
    let cloud: Cloud
    let metrics: Table<Metric>
    let alarms: Table<Alarm>

    public init(cloud: Cloud) throws {
        self.cloud = cloud
        metrics = try cloud.store.table("cloudwatch.metrics", of: Metric.self)
        alarms = try cloud.store.table("cloudwatch.alarms", of: Alarm.self)
    }

    public var operations: [String: OperationHandler] {
        [
            "PutMetricData": putMetricData, "GetMetricStatistics": getMetricStatistics, "GetMetricData": getMetricData,
            "ListMetrics": listMetrics, "PutMetricAlarm": putMetricAlarm, "PutCompositeAlarm": putCompositeAlarm,
            "DescribeAlarms": describeAlarms, "DescribeAlarmsForMetric": describeAlarmsForMetric,
            "DescribeAlarmHistory": describeAlarmHistory, "DeleteAlarms": deleteAlarms, "SetAlarmState": setAlarmState,
            "EnableAlarmActions": enableAlarmActions, "DisableAlarmActions": disableAlarmActions,
            "TagResource": tagResource, "UntagResource": untagResource, "ListTagsForResource": listTagsForResource,
        ]
    }

    public func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] {
        if context.principal.kind == .root { return [] }
        let names = input["AlarmNames"]?.strings ?? [input["AlarmName"]?.string].compactMap { $0 }
        let action = "cloudwatch:\(operation)"
        guard !names.isEmpty, operation.contains("Alarm") else {
            let keys = input["Namespace"]?.string.map { ["cloudwatch:namespace": [$0]] } ?? [:]
            return [Permission(action: action, resource: "*", context: keys)]
        }
        return names.map {
            Permission(action: action, resource: "arn:aws:cloudwatch:\(context.region):\(context.account):alarm:\($0)")
        }
    }

    public func start() async {
        cloud.spawn { [self] in
            while !Task.isCancelled {
                do { try await cloud.clock.sleep(aws: 60) } catch { return }
                evaluateAll()
            }
        }
    }

    /// A value of a metric that a service of the cloud itself reports.
    ///
    /// - Parameter dimensions: by name, as CloudWatch documents them for the service.
    public func report(
        namespace: String, name: String, dimensions: [String: String], value: Double, unit: String? = nil,
        account: String, region: String
    ) {
        var key = MetricKey(namespace: namespace, name: name, dimensions: nil)
        key.dimensions = dimensions
        add(value, times: 1, to: key, unit: unit, at: cloud.clock.now, account, region)
        evaluate(alarmsOf: key, account, region)
    }

    /// The state of an alarm: "OK", "ALARM" or "INSUFFICIENT_DATA"; nil when there is no such alarm.
    public func state(ofAlarm name: String, account: String, region: String) -> String? {
        alarms[account, region, name]?.state
    }

    func add(
        _ value: Double, times: Double, to key: MetricKey, unit: String?, at time: Double, _ account: String,
        _ region: String
    ) {
        var metric = metrics[account, region, key.text] ?? Metric(key: key)
        metric.unit = unit ?? metric.unit
        metric.updated = cloud.clock.now
        metric.add(value, times: times, at: time)
        metrics[account, region, key.text] = metric
    }
}
