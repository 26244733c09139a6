/// `rate(5 minutes)` and `cron(0 10 * * ? *)`, in UTC.
///
/// Source: "Schedule expressions", Amazon EventBridge User Guide.
struct ScheduleExpression {
    private enum Kind {
        case rate(seconds: Double)
        case cron(
            minutes: Set<Int>, hours: Set<Int>, days: Set<Int>?, months: Set<Int>, weekdays: Set<Int>?, years: Set<Int>)
    }
    private let kind: Kind

    init?(_ text: String) {
        if text.hasPrefix("rate("), text.hasSuffix(")") {
            let parts = text.dropFirst(5).dropLast().split(separator: " ")
            guard parts.count == 2, let count = Double(parts[0]), count >= 1, count == count.rounded() else {
                return nil
            }
            let units = ["minute": 60.0, "hour": 3600, "day": 86400]
            let name = String(parts[1])
            guard let unit = units[count == 1 ? name : String(name.dropLast())], count == 1 || name.hasSuffix("s")
            else {
                return nil
            }
            kind = .rate(seconds: count * unit)
            return
        }
        guard text.hasPrefix("cron("), text.hasSuffix(")") else { return nil }
        let fields = text.dropFirst(5).dropLast().split(separator: " ").map(String.init)
        guard fields.count == 6, (fields[2] == "?") != (fields[4] == "?") else { return nil }
        let monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
        let dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
        guard let minutes = Self.values(fields[0], 0...59), let hours = Self.values(fields[1], 0...23),
            let months = Self.values(fields[3], 1...12, names: monthNames),
            let years = Self.values(fields[5], 1970...2199)
        else { return nil }
        let days = fields[2] == "?" ? nil : Self.values(fields[2], 1...31)
        let weekdays = fields[4] == "?" ? nil : Self.values(fields[4], 1...7, names: dayNames)
        guard days != nil || weekdays != nil else { return nil }
        kind = .cron(minutes: minutes, hours: hours, days: days, months: months, weekdays: weekdays, years: years)
    }

    /// `*`, `5`, `1-5`, `0/15`, `MON-FRI`, and lists of these.
    private static func values(_ field: String, _ range: ClosedRange<Int>, names: [String] = []) -> Set<Int>? {
        func number(_ text: Substring) -> Int? {
            if let at = names.firstIndex(of: text.uppercased()) { return at + range.lowerBound }
            return Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
        var values: Set<Int> = []
        for part in field.split(separator: ",") {
            let pieces = part.split(separator: "/", maxSplits: 1)
            guard let base = pieces.first else { return nil }
            let step = pieces.count > 1 ? Int(pieces[1]) : nil
            if pieces.count > 1, (step ?? 0) < 1 { return nil }
            var bounds = range
            if base != "*" {
                let ends = base.split(separator: "-", maxSplits: 1)
                guard let first = ends.first.flatMap(number) else { return nil }
                if ends.count > 1 {
                    guard let last = number(ends[1]), last >= first else { return nil }
                    bounds = first...last
                } else {
                    bounds = step == nil ? first...first : first...range.upperBound
                }
            }
            values.formUnion(stride(from: bounds.lowerBound, through: bounds.upperBound, by: step ?? 1))
        }
        return values.isEmpty ? nil : values
    }

    /// The first moment after `time`, in epoch seconds; nil when there is none within eight years.
    func next(after time: Double) -> Double? {
        switch kind {
        case .rate(let seconds): return time + seconds
        case .cron(let minutes, let hours, let days, let months, let weekdays, let years):
            var day = Int((time / 86400).rounded(.down))
            let last = day + 8 * 366
            while day <= last {
                let date = CivilDate(day: day)
                let isDay =
                    years.contains(date.year) && months.contains(date.month) && (days?.contains(date.day) ?? true)
                    && (weekdays?.contains(date.weekday) ?? true)
                if isDay {
                    for hour in hours.sorted() {
                        for minute in minutes.sorted() {
                            let moment = Double(day * 86400 + hour * 3600 + minute * 60)
                            if moment > time { return moment }
                        }
                    }
                }
                day += 1
            }
            return nil
        }
    }

    /// A date of the Gregorian calendar, from days since 1970-01-01.
    private struct CivilDate {
        let year: Int
        let month: Int
        let day: Int
        /// 1 is Sunday.
        let weekday: Int

        init(day number: Int) {
            // Years are counted from March, so that the leap day comes last.
            let shifted = number + 719_468
            let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
            let dayOfEra = shifted - era * 146_097
            let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
            let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
            let shiftedMonth = (5 * dayOfYear + 2) / 153
            day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
            month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
            year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
            weekday = ((number % 7) + 11) % 7 + 1
        }
    }
}
