/// The rule for years after a zone file's table: a POSIX TZ string such as "CET-1CEST,M3.5.0,M10.5.0/3".
struct ZoneRule: Sendable {
    private struct Change {
        /// When in the year: the n-th weekday of a month, or a day of the year (without or with the leap day).
        enum Day { case weekday(month: Int, week: Int, weekday: Int), julian(Int), zeroBased(Int) }
        let day: Day
        /// Seconds after midnight, in the offset that the change ends.
        let time: Int

        func instant(in year: Int, offset: Int) -> Int {
            let days: Int
            switch day {
            case .weekday(let month, let week, let weekday):
                let first = CivilDate(year: year, month: month, day: 1)
                // POSIX counts weekdays from Sunday = 0.
                var day = 1 + (weekday - first.weekday % 7).flooredRemainder(by: 7) + (week - 1) * 7
                while day > CivilDate.length(ofMonth: month, year: year) { day -= 7 }
                days = CivilDate.day(ofYear: year, month: month, day: day)
            case .julian(let number):
                let isLeap = CivilDate.length(ofMonth: 2, year: year) == 29
                days = CivilDate.day(ofYear: year, month: 1, day: 1) + number - 1 + (isLeap && number >= 60 ? 1 : 0)
            case .zeroBased(let number):
                days = CivilDate.day(ofYear: year, month: 1, day: 1) + number
            }
            return days * 86400 + time - offset
        }
    }

    private let standard: (seconds: Int, abbreviation: String)
    private var summer: (seconds: Int, abbreviation: String)?
    private var begins: Change?
    private var ends: Change?

    func offset(at instant: Int) -> (seconds: Int, abbreviation: String) {
        guard let summer, let begins, let ends else { return standard }
        let year = CivilDate(instant: Double(instant + standard.seconds)).year
        let start = begins.instant(in: year, offset: standard.seconds)
        let end = ends.instant(in: year, offset: summer.seconds)
        // South of the equator summer spans the new year.
        let isSummer = start < end ? start <= instant && instant < end : instant >= start || instant < end
        return isSummer ? summer : standard
    }

    init?(_ text: String) {
        var rest = text[...]
        guard let name = Self.name(&rest), let offset = Self.time(&rest) else { return nil }
        standard = (-offset, name)
        guard let summerName = Self.name(&rest) else {
            if !rest.isEmpty { return nil }
            return
        }
        let summerOffset = rest.first == "," ? nil : Self.time(&rest)
        summer = (summerOffset.map { -$0 } ?? standard.seconds + 3600, summerName)
        guard let begins = Self.change(&rest), let ends = Self.change(&rest), rest.isEmpty else { return nil }
        (self.begins, self.ends) = (begins, ends)
    }

    private static func name(_ rest: inout Substring) -> String? {
        if rest.first == "<" {
            guard let close = rest.firstIndex(of: ">") else { return nil }
            defer { rest = rest[rest.index(after: close)...] }
            return String(rest[rest.index(after: rest.startIndex)..<close])
        }
        let letters = rest.prefix { $0.isLetter }
        guard letters.count >= 3 else { return nil }
        rest = rest.dropFirst(letters.count)
        return String(letters)
    }

    /// "[+-]h[h[h]][:mm[:ss]]" in seconds.
    private static func time(_ rest: inout Substring) -> Int? {
        let sign = rest.first == "-" ? -1 : 1
        if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
        guard var total = number(&rest).map({ $0 * 3600 }) else { return nil }
        for unit in [60, 1] where rest.first == ":" {
            rest.removeFirst()
            guard let part = number(&rest) else { return nil }
            total += part * unit
        }
        return total * sign
    }

    private static func number(_ rest: inout Substring) -> Int? {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest.dropFirst(digits.count)
        return Int(digits)
    }

    private static func change(_ rest: inout Substring) -> Change? {
        guard rest.first == "," else { return nil }
        rest.removeFirst()
        let day: Change.Day
        switch rest.first {
        case "M":
            rest.removeFirst()
            guard let month = number(&rest), skip(".", &rest), let week = number(&rest), skip(".", &rest),
                let weekday = number(&rest), (1...12).contains(month), (1...5).contains(week), (0...6).contains(weekday)
            else { return nil }
            day = .weekday(month: month, week: week, weekday: weekday)
        case "J":
            rest.removeFirst()
            guard let number = number(&rest) else { return nil }
            day = .julian(number)
        default:
            guard let number = number(&rest) else { return nil }
            day = .zeroBased(number)
        }
        guard rest.first == "/" else { return Change(day: day, time: 7200) }
        rest.removeFirst()
        return time(&rest).map { Change(day: day, time: $0) }
    }

    private static func skip(_ character: Character, _ rest: inout Substring) -> Bool {
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }
}
