/// `30 6 * * 1-5`: times as cron has them, in UTC. Days of the month and of the week that are both given add up.
struct Recurrence {
    private let expressions: [ScheduleExpression]

    init?(_ text: String) {
        let fields = text.split(separator: " ").map(String.init)
        guard fields.count == 5, let weekdays = Self.weekdays(fields[4]) else { return nil }
        func expression(_ days: String, _ weekdays: String) -> ScheduleExpression? {
            ScheduleExpression("cron(\(fields[0]) \(fields[1]) \(days) \(fields[3]) \(weekdays) *)")
        }
        let wanted =
            switch (fields[2], fields[4]) {
            case (let days, "*"): [expression(days, "?")]
            case ("*", _): [expression("?", weekdays)]
            case (let days, _): [expression(days, "?"), expression("?", weekdays)]
            }
        expressions = wanted.compactMap { $0 }
        guard expressions.count == wanted.count else { return nil }
    }

    func next(after time: Double) -> Double? { expressions.compactMap { $0.next(after: time) }.min() }

    /// cron counts the days of the week from Sunday, which is 0 and 7; the other form from 1.
    private static func weekdays(_ field: String) -> String? {
        if field == "*" { return field }
        var parts: [String] = []
        for part in field.split(separator: ",") {
            let pieces = part.split(separator: "/", maxSplits: 1).map(String.init)
            guard let ends = pieces.first?.split(separator: "-", maxSplits: 1), !ends.isEmpty else { return nil }
            let numbers = ends.compactMap { Int($0) }
            if numbers.isEmpty {
                parts.append(String(part))  // names mean the same
                continue
            }
            guard numbers.count == ends.count, numbers.allSatisfy({ (0...7).contains($0) }),
                let first = numbers.first, let last = numbers.last, first <= last
            else { return nil }
            let step = pieces.count > 1 ? "/\(pieces[1])" : ""
            if numbers.count == 1 {
                parts.append("\(first % 7 + 1)\(step)")
            } else if last == 7, first > 0 {
                // 5-7 is Friday to Sunday, and Sunday begins the other form's week.
                guard step.isEmpty else { return nil }
                if first < 7 { parts.append("\(first + 1)-7") }
                parts.append("1")
            } else {
                parts.append("\(first + 1)-\(min(last, 6) + 1)\(step)")
            }
        }
        return parts.isEmpty ? nil : parts.joined(separator: ",")
    }
}
