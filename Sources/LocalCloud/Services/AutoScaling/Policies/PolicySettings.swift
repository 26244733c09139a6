import AWSModel

/// What the settings of a scaling policy may be, for each type of policy.
///
/// Source: Auto Scaling API reference, PutScalingPolicy, and "Step and simple scaling policies" in the user guide.
enum PolicySettings {
    static let adjustmentTypes = ["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"]
    private static let aggregations = ["Minimum", "Maximum", "Average"]
    private static let mostSteps = 20

    /// - Throws: `ValidationError` for what a policy of a type cannot have, and for what it lacks.
    static func check(_ input: AWSValue, type: String) throws(ServiceError) {
        let needed = [
            "SimpleScaling": "ScalingAdjustment", "StepScaling": "StepAdjustments",
            "TargetTrackingScaling": "TargetTrackingConfiguration",
            "PredictiveScaling": "PredictiveScalingConfiguration",
        ]
        guard let own = needed[type] else { throw refused("Policy type '\(type)' is not valid") }
        if type == "StepScaling", (input["StepAdjustments"]?.list ?? []).isEmpty {
            throw refused("At least one StepAdjustment must be specified for StepScaling policy type")
        }
        guard input[own] != nil else { throw refused("\(type) policies need \(own)") }
        if let other = needed.values.sorted().first(where: { $0 != own && input[$0] != nil }) {
            throw refused("\(other) cannot be specified for \(type) policies")
        }
        let adjusts = type == "SimpleScaling" || type == "StepScaling"
        if adjusts { try checkAdjustment(input, type) }
        for (member, isAllowed) in [
            ("AdjustmentType", adjusts), ("MinAdjustmentMagnitude", adjusts), ("MinAdjustmentStep", adjusts),
            ("Cooldown", type == "SimpleScaling"), ("MetricAggregationType", type == "StepScaling"),
            ("EstimatedInstanceWarmup", type == "StepScaling" || type == "TargetTrackingScaling"),
        ] where !isAllowed && input[member] != nil {
            throw refused("\(member) cannot be specified for \(type) policies")
        }
        for member in ["Cooldown", "EstimatedInstanceWarmup"] {
            if let value = input[member]?.int, value < 0 {
                throw refused("\(member) must be greater than or equal to 0: \(value)")
            }
        }
    }

    private static func refused(_ message: String) -> ServiceError { ServiceError("ValidationError", message) }

    private static func checkAdjustment(_ input: AWSValue, _ type: String) throws(ServiceError) {
        guard let adjustment = input["AdjustmentType"]?.string else {
            throw refused("AdjustmentType must be specified for \(type) policies")
        }
        guard adjustmentTypes.contains(adjustment) else {
            throw refused(
                "Adjustment type '\(adjustment)' is not valid. Valid types are: "
                    + adjustmentTypes.joined(separator: ", "))
        }
        if let least = input["MinAdjustmentMagnitude"] ?? input["MinAdjustmentStep"] {
            guard adjustment == "PercentChangeInCapacity" else {
                throw refused("MinAdjustmentMagnitude is only valid for the adjustment type PercentChangeInCapacity")
            }
            guard (least.int ?? 0) > 0 else { throw refused("MinAdjustmentMagnitude must be greater than 0") }
        }
        if let aggregation = input["MetricAggregationType"]?.string, !aggregations.contains(aggregation) {
            throw refused(
                "Metric aggregation type '\(aggregation)' is not valid. Valid types are: "
                    + aggregations.joined(separator: ", "))
        }
        let steps = input["StepAdjustments"]?.list ?? []
        let changes = [input["ScalingAdjustment"]].compactMap(\.?.int) + steps.map { $0["ScalingAdjustment"]?.int ?? 0 }
        if adjustment == "ExactCapacity", changes.contains(where: { $0 < 0 }) {
            throw refused("ScalingAdjustment must not be negative for the adjustment type ExactCapacity")
        }
        try check(steps)
    }

    /// Steps lie side by side; what is past the outermost bounds has a step too.
    private static func check(_ steps: [AWSValue]) throws(ServiceError) {
        guard !steps.isEmpty else { return }
        guard steps.count <= mostSteps else { throw refused("A policy can have up to \(mostSteps) step adjustments") }
        var bounds: [(lower: Double, upper: Double)] = []
        for step in steps {
            let (lower, upper) = (step["MetricIntervalLowerBound"]?.double, step["MetricIntervalUpperBound"]?.double)
            guard lower != nil || upper != nil else {
                throw refused("A step adjustment must have a lower bound, an upper bound or both")
            }
            let bound = (lower: lower ?? -.infinity, upper: upper ?? .infinity)
            guard bound.lower < bound.upper else {
                throw refused("The upper bound of a step adjustment must be greater than its lower bound")
            }
            bounds.append(bound)
        }
        bounds.sort { $0.lower < $1.lower }
        for (one, next) in zip(bounds, bounds.dropFirst()) where one.upper != next.lower {
            throw refused(
                one.upper > next.lower
                    ? "The ranges of step adjustments must not overlap" : "There is a gap between step adjustments")
        }
        guard let first = bounds.first, first.lower >= 0 || first.lower == -.infinity else {
            throw refused("Step adjustments with a negative lower bound need one without a lower bound")
        }
        guard let last = bounds.last, last.upper <= 0 || last.upper == .infinity else {
            throw refused("Step adjustments with a positive upper bound need one without an upper bound")
        }
    }
}
