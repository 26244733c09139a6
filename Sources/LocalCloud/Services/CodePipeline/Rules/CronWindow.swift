#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A deployment window: a cron expression of AWS's six fields (minutes, hours, day of month, month, day of week, year),
/// in UTC. The window is open in the minutes that it matches.
struct CronWindow: Sendable {
    private enum Field: Sendable {
        case any
        case values(Set<Int>)
        func matches(_ value: Int) -> Bool {
            switch self {
            case .any: true
            case .values(let values): values.contains(value)
            }
        }
    }
    private let fields: [Field]

    init?(_ text: String) {
        var inner = text.trimmed
        if inner.hasPrefix("cron("), inner.hasSuffix(")") { inner = String(inner.dropFirst(5).dropLast()) }
        let parts = inner.split(separator: " ").map(String.init)
        guard parts.count == 6 else { return nil }
        let ranges = [0...59, 0...23, 1...31, 1...12, 1...7, 1970...2199]
        let names: [[String]] = [
            [], [], [], ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
            ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], [],
        ]
        var fields: [Field] = []
        for (index, part) in parts.enumerated() {
            guard let field = Self.field(part.uppercased(), ranges[index], names[index]) else { return nil }
            fields.append(field)
        }
        self.fields = fields
    }

    private static func field(_ text: String, _ range: ClosedRange<Int>, _ names: [String]) -> Field? {
        if text == "*" || text == "?" { return .any }
        func number(_ text: Substring) -> Int? {
            if let at = names.firstIndex(of: String(text)) { return at + 1 }
            return Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
        var values: Set<Int> = []
        for item in text.split(separator: ",") {
            let halves = item.split(separator: "/", maxSplits: 1)
            let step = halves.count == 2 ? Int(halves[1]) : 1
            guard let step, step > 0, let head = halves.first else { return nil }
            let ends = head.split(separator: "-", maxSplits: 1)
            let low: Int
            let high: Int
            if head == "*" {
                (low, high) = (range.lowerBound, range.upperBound)
            } else if ends.count == 2 {
                guard let first = number(ends[0]), let last = number(ends[1]), first <= last else { return nil }
                (low, high) = (first, last)
            } else {
                guard let first = number(head) else { return nil }
                (low, high) = (first, halves.count == 2 ? range.upperBound : first)
            }
            values.formUnion(stride(from: low, through: high, by: step))
        }
        return .values(values)
    }

    func contains(_ time: Double) -> Bool {
        var seconds = time_t(time)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let now = [parts.tm_min, parts.tm_hour, parts.tm_mday, parts.tm_mon + 1, parts.tm_wday + 1, parts.tm_year + 1900]
        return zip(fields, now).allSatisfy { $0.matches(Int($1)) }
    }
}
