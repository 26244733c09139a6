import AWSModel

/// The metric and the target of a target tracking policy, and the two alarms that watch them.
struct TargetTracking: Sendable {
    let target: Double
    let allowsScaleIn: Bool
    private let namespace: String
    private let metric: String
    private let dimensions: AWSValue
    private let statistic: String

    /// - Throws: `ValidationError` for a configuration without a target or of a metric that is not known.
    init(_ configuration: AWSValue, group: String) throws(ServiceError) {
        guard let target = configuration["TargetValue"]?.double, target > 0 else {
            throw ServiceError("ValidationError", "TargetTrackingConfiguration needs a TargetValue greater than 0")
        }
        guard
            configuration["CustomizedMetricSpecification"] == nil
                || configuration["PredefinedMetricSpecification"] == nil
        else {
            throw ServiceError(
                "ValidationError", "Either a predefined metric or a customized metric must be specified, not both")
        }
        self.target = target
        allowsScaleIn = configuration["DisableScaleIn"]?.bool != true
        let ofGroup: AWSValue = [["Name": "AutoScalingGroupName", "Value": .string(group)]]
        if let custom = configuration["CustomizedMetricSpecification"] {
            guard let name = custom["MetricName"]?.string, let space = custom["Namespace"]?.string,
                let statistic = custom["Statistic"]?.string
            else {
                throw ServiceError(
                    "ValidationError",
                    "CustomizedMetricSpecification needs MetricName, Namespace and Statistic; metric math is not built")
            }
            (namespace, metric, self.statistic) = (space, name, statistic)
            dimensions = custom["Dimensions"] ?? []
            return
        }
        let predefined = configuration["PredefinedMetricSpecification"]
        switch predefined?["PredefinedMetricType"]?.string {
        case "ASGAverageCPUUtilization":
            (namespace, metric, dimensions, statistic) = ("AWS/EC2", "CPUUtilization", ofGroup, "Average")
        case "ASGAverageNetworkIn":
            (namespace, metric, dimensions, statistic) = ("AWS/EC2", "NetworkIn", ofGroup, "Average")
        case "ASGAverageNetworkOut":
            (namespace, metric, dimensions, statistic) = ("AWS/EC2", "NetworkOut", ofGroup, "Average")
        case "ALBRequestCountPerTarget":
            let label = predefined?["ResourceLabel"]?.string ?? ""
            guard label.hasPrefix("app/"), let at = label.firstRange(of: "/targetgroup/") else {
                throw ServiceError(
                    "ValidationError",
                    "ALBRequestCountPerTarget needs a ResourceLabel app/NAME/ID/targetgroup/NAME/ID")
            }
            let name = String(label[label.index(after: at.lowerBound)...])
            (namespace, metric, statistic) = ("AWS/ApplicationELB", "RequestCountPerTarget", "Sum")
            dimensions = [["Name": "TargetGroup", "Value": .string(name)]]
        case let other:
            throw ServiceError(
                "ValidationError", "The predefined metric type \(other ?? "(none)") is not known")
        }
    }

    /// The inputs of PutMetricAlarm. A group grows after 3 minutes above the target, and shrinks after 15 at less than
    /// nine tenths of it.
    func alarms(group: String, policyARN: String) -> [AWSValue] {
        var alarms = [alarm("AlarmHigh", group, policyARN, "GreaterThanThreshold", target, minutes: 3)]
        if allowsScaleIn {
            alarms.append(alarm("AlarmLow", group, policyARN, "LessThanThreshold", target * 0.9, minutes: 15))
        }
        return alarms
    }

    static func prefix(group: String) -> String { "TargetTracking-\(group)-" }

    private func alarm(
        _ kind: String, _ group: String, _ policyARN: String, _ comparison: String, _ threshold: Double, minutes: Int64
    ) -> AWSValue {
        [
            "AlarmName": .string("\(Self.prefix(group: group))\(kind)-\(Identifier.uuid())"),
            "AlarmDescription": .string("DO NOT EDIT OR DELETE. For TargetTrackingScaling policy \(policyARN)."),
            "AlarmActions": [.string(policyARN)], "Namespace": .string(namespace), "MetricName": .string(metric),
            "Dimensions": dimensions, "Statistic": .string(statistic), "Period": 60,
            "EvaluationPeriods": .integer(minutes), "Threshold": .double(threshold),
            "ComparisonOperator": .string(comparison),
        ]
    }
}
