/// Lengths of time as people write them.
enum DurationText {
    private static let units: [(name: String, seconds: Double)] = [
        ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400), ("w", 604_800),
    ]

    /// Seconds of "90", "1.5s", "250ms", "1h30m", "2 d 4 h"; nil when it is none of these.
    static func parse(_ text: String) -> Double? {
        var rest = text.lowercased().filter { $0 != " " }[...]
        let isNegative = rest.first == "-"
        if isNegative { rest.removeFirst() }
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        var isFirst = true
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let number = Double(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            if unit.isEmpty, isFirst, rest.isEmpty {
                total = number
            } else if let seconds = units.first(where: { $0.name == unit })?.seconds {
                total += number * seconds
            } else {
                return nil
            }
            isFirst = false
        }
        return isNegative ? -total : total
    }

    /// The two largest units that say something: "350ms", "4.2s", "1m 05s", "2h 10m", "3d 4h".
    static func human(_ seconds: Double) -> String {
        guard seconds.isFinite else { return "\(seconds)" }
        if seconds < 0 { return "-" + human(-seconds) }
        if seconds < 0.9995 { return "\(Int((seconds * 1000).rounded()))ms" }
        if seconds < 9.95 { return "\((seconds * 10).rounded() / 10)s" }
        if seconds < 59.5 { return "\(Int(seconds.rounded()))s" }
        guard seconds < 1e15 else { return "\(seconds / 86400)d" }
        let whole = Int(seconds.rounded())
        let pad = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        if whole < 3600 { return "\(whole / 60)m \(pad(whole % 60))s" }
        if whole < 86400 { return "\(whole / 3600)h \(pad(whole / 60 % 60))m" }
        return "\(whole / 86400)d \(whole / 3600 % 24)h"
    }
}
