import AWSModel

/// What CloudWatch refuses of an alarm's settings before it keeps them.
///
/// From the documentation of PutMetricAlarm and its members in the model; numbers and lengths are the model's.
enum AlarmSettings {
    /// What alarms of both kinds have.
    static func checkActions(_ input: AWSValue) throws(ServiceError) {
        for list in ["OKActions", "AlarmActions", "InsufficientDataActions"] {
            guard let wrong = input[list]?.strings?.first(where: { !$0.hasPrefix("arn:") }) else { continue }
            throw refused("ValidationError", "Invalid arn syntax: \(wrong)")
        }
        try tagRules.check([Tag](input["Tags"]))
    }

    static func checkMetric(_ input: AWSValue) throws(ServiceError) {
        guard input["Statistic"] == nil || input["ExtendedStatistic"] == nil else {
            throw refused(
                "InvalidParameterCombination",
                "The parameters Statistic and ExtendedStatistic are mutually exclusive and you have specified both.")
        }
        if let statistic = input["ExtendedStatistic"]?.string, !isExtended(statistic) {
            throw refused(
                "InvalidParameterValue", "The value \(statistic) for parameter ExtendedStatistic is not supported.")
        }
        guard input["Threshold"] != nil else {
            throw refused("ValidationError", "Threshold is required for an alarm on a metric.")
        }
        try check(input, "TreatMissingData", ["breaching", "notBreaching", "ignore", "missing"])
        try check(input, "EvaluateLowSampleCountPercentile", ["evaluate", "ignore"])
    }

    private static func check(_ input: AWSValue, _ member: String, _ values: [String]) throws(ServiceError) {
        guard let value = input[member]?.string, !values.contains(value) else { return }
        throw refused(
            "ValidationError", "\(member) was \(value), which is not one of \(values.joined(separator: ", "))")
    }

    /// "p0.0" to "p100", or one of the trimmed statistics: "tm90", "PR(:300)".
    private static func isExtended(_ text: String) -> Bool {
        if text == "IQM" { return true }
        let name = text.prefix { $0.isLetter }
        let rest = text.dropFirst(name.count)
        guard ["p", "tm", "ts", "tc", "wm", "TM", "TS", "TC", "WM", "PR"].contains(name) else { return false }
        if rest.hasPrefix("("), rest.hasSuffix(")"), rest.contains(":") { return name != "p" }
        guard name != "PR", let number = Double(rest) else { return false }
        return (0...100).contains(number)
    }

    static let tagRules = TagRules("InvalidParameterValue")

    private static func refused(_ code: String, _ message: String) -> ServiceError {
        ServiceError(code, message, status: 400)
    }
}
