import AWSModel

/// A metric: namespace, name and dimensions.
struct MetricKey: Codable, Sendable, Hashable {
    var namespace: String
    var name: String
    var dimensions: [String: String]

    init(namespace: String, name: String, dimensions: AWSValue?) {
        self.namespace = namespace
        self.name = name
        self.dimensions = Dictionary(
            (dimensions?.list ?? []).compactMap { dimension in
                dimension["Name"]?.string.map { ($0, dimension["Value"]?.string ?? "") }
            }, uniquingKeysWith: { _, last in last })
    }

    /// Unique for the metric; the table's key.
    var text: String {
        ([namespace, name] + dimensions.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }).joined(
            separator: "\u{1f}")
    }

    var dimensionsValue: AWSValue {
        .list(dimensions.sorted { $0.key < $1.key }.map { ["Name": .string($0.key), "Value": .string($0.value)] })
    }
}

/// The values of a metric in one minute.
struct MetricMinute: Codable, Sendable {
    var minute: Int
    var count = 0.0
    var sum = 0.0
    var minimum = Double.infinity
    var maximum = -Double.infinity
    /// Single values and how often, for percentiles; up to a thousand.
    var values: [Double] = []

    mutating func add(_ value: Double, times: Double) {
        count += times
        sum += value * times
        minimum = Swift.min(minimum, value)
        maximum = Swift.max(maximum, value)
        for _ in 0..<Int(Swift.min(times, 100)) where values.count < 1000 { values.append(value) }
    }

    mutating func add(_ other: MetricMinute) {
        count += other.count
        sum += other.sum
        minimum = Swift.min(minimum, other.minimum)
        maximum = Swift.max(maximum, other.maximum)
        if values.count < 1000 { values += other.values }
    }

    /// "Average", "Sum", "Minimum", "Maximum", "SampleCount" or a percentile ("p99").
    func statistic(_ name: String) -> Double? {
        guard count > 0 else { return nil }
        switch name {
        case "Average": return sum / count
        case "Sum": return sum
        case "Minimum": return minimum
        case "Maximum": return maximum
        case "SampleCount": return count
        default:
            guard name.hasPrefix("p"), let percent = Double(name.dropFirst()), (0...100).contains(percent),
                !values.isEmpty
            else { return nil }
            let sorted = values.sorted()
            let rank = percent / 100 * Double(sorted.count - 1)
            let low = Int(rank.rounded(.down))
            let high = Swift.min(low + 1, sorted.count - 1)
            return sorted[low] + (sorted[high] - sorted[low]) * (rank - Double(low))
        }
    }
}

struct Metric: Codable, Sendable {
    var key: MetricKey
    var unit: String?
    /// In order; the last fifteen days.
    var minutes: [MetricMinute] = []
    var updated: Double = 0

    mutating func add(_ value: Double, times: Double, at time: Double) {
        let minute = Int(time / 60)
        var at = minutes.count
        while at > 0, minutes[at - 1].minute > minute { at -= 1 }
        if at > 0, minutes[at - 1].minute == minute {
            minutes[at - 1].add(value, times: times)
        } else {
            var new = MetricMinute(minute: minute)
            new.add(value, times: times)
            minutes.insert(new, at: at)
        }
        if minutes.count > 21600 { minutes.removeFirst(minutes.count - 21600) }
    }

    /// Values of periods of `length` seconds, by the start of the period.
    func periods(from start: Double, to end: Double, length: Double) -> [(start: Double, values: MetricMinute)] {
        var periods: [(start: Double, values: MetricMinute)] = []
        for minute in minutes {
            let time = Double(minute.minute * 60)
            guard time >= start, time < end else { continue }
            let begin = start + ((time - start) / length).rounded(.down) * length
            if let last = periods.indices.last, periods[last].start == begin {
                periods[last].values.add(minute)
            } else {
                periods.append((begin, minute))
            }
        }
        return periods
    }
}
