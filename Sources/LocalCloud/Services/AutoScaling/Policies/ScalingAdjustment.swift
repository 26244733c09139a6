import AWSModel

/// The sizes that scaling policies lead to: arithmetic alone.
enum ScalingAdjustment {
    private static let largest = 1_000_000

    /// The size after an adjustment of a policy's `AdjustmentType`.
    static func size(from current: Int, by adjustment: Int, _ settings: AWSValue) -> Int {
        // No group is as large; without it, adding up could overflow.
        let adjustment = min(max(adjustment, -largest), largest)
        switch settings["AdjustmentType"]?.string {
        case "ExactCapacity": return adjustment
        case "PercentChangeInCapacity":
            let exact = Double(current) * Double(adjustment) / 100
            let change = abs(exact) < 1 && exact != 0 ? (exact > 0 ? 1 : -1) : Int(exact)
            let least = settings["MinAdjustmentMagnitude"]?.int ?? settings["MinAdjustmentStep"]?.int ?? 0
            return current + (abs(change) < least ? (change < 0 ? -least : least) : change)
        default: return current + adjustment
        }
    }

    /// The adjustment of the step that a metric's value falls into; nil when it falls into none.
    static func step(_ settings: AWSValue, value: Double, threshold: Double) -> Int? {
        let distance = value - threshold
        let step = (settings["StepAdjustments"]?.list ?? []).first { step in
            let (lower, upper) = (step["MetricIntervalLowerBound"]?.double, step["MetricIntervalUpperBound"]?.double)
            // Above the threshold the lower bound belongs to a step, below it the upper one.
            return distance >= 0
                ? (lower ?? -.infinity) <= distance && distance < (upper ?? .infinity)
                : (lower ?? -.infinity) < distance && distance <= (upper ?? .infinity)
        }
        return step.map { $0["ScalingAdjustment"]?.int ?? 0 }
    }

    /// The size at which a metric that falls as the group grows would be at its target.
    static func size(from current: Int, value: Double, target: Double) -> Int {
        guard target > 0 else { return current }
        return Int(min((Double(current) * value / target).rounded(.up), Double(largest)))
    }
}
