/// Dates as text: ISO 8601 both ways, the dates of HTTP and mail read, `strftime`'s letters written.
enum DateText {
    /// Reads "2026-11-23T06:47:48.5+01:00" (also with a blank for the T, without seconds, as a date alone, with "Z",
    /// "+0100" or "+01"), "20261123T064748Z", and "Mon, 23 Nov 2026 06:47:48 GMT". Without a zone it is UTC.
    static func parse(_ text: String) -> CivilDate? {
        var scanner = Scanner(text)
        scanner.skipBlanks()
        let date = scanner.peekIsDigit ? scanner.isoDate() : scanner.mailDate()
        scanner.skipBlanks()
        guard let date, scanner.isAtEnd, date.isValid else { return nil }
        return date
    }

    /// "2026-11-23T06:47:48Z"; with a fraction to the millisecond when there is one; with "+01:00" elsewhere.
    static func iso8601(_ date: CivilDate) -> String {
        var whole = Int(date.second)
        var milliseconds = Int(((date.second - Double(whole)) * 1000).rounded())
        if milliseconds == 1000 { (whole, milliseconds) = whole == 59 ? (59, 999) : (whole + 1, 0) }
        let fraction = milliseconds == 0 ? "" : "." + padded(milliseconds, 3)
        return "\(year(date.year))-\(padded(date.month))-\(padded(date.day))"
            + "T\(padded(date.hour)):\(padded(date.minute)):\(padded(whole))\(fraction)"
            + (date.offset == 0 ? "Z" : offset(date.offset, separator: ":"))
    }

    /// `strftime`'s conversions that do not depend on a locale. Nil names the first one that is none.
    static func format(_ date: CivilDate, _ pattern: String) -> Result<String, UnknownConversion> {
        var result = ""
        var characters = pattern.makeIterator()
        while let character = characters.next() {
            guard character == "%" else {
                result.append(character)
                continue
            }
            let hour12 = date.hour % 12 == 0 ? 12 : date.hour % 12
            switch characters.next() {
            case "Y": result += year(date.year)
            case "y": result += padded(date.year.flooredRemainder(by: 100))
            case "m": result += padded(date.month)
            case "d": result += padded(date.day)
            case "e": result += date.day < 10 ? " \(date.day)" : "\(date.day)"
            case "H": result += padded(date.hour)
            case "I": result += padded(hour12)
            case "M": result += padded(date.minute)
            case "S": result += padded(Int(date.second))
            case "L": result += padded(Int((date.second - date.second.rounded(.down)) * 1000), 3)
            case "p": result += date.hour < 12 ? "AM" : "PM"
            case "j": result += padded(date.dayOfYear, 3)
            case "u": result += "\(date.weekday)"
            case "a": result += CivilDate.weekdayNames[date.weekday - 1].prefix(3)
            case "A": result += CivilDate.weekdayNames[date.weekday - 1]
            case "b": result += CivilDate.monthNames[date.month - 1].prefix(3)
            case "B": result += CivilDate.monthNames[date.month - 1]
            case "F": result += "\(year(date.year))-\(padded(date.month))-\(padded(date.day))"
            case "T": result += "\(padded(date.hour)):\(padded(date.minute)):\(padded(Int(date.second)))"
            case "R": result += "\(padded(date.hour)):\(padded(date.minute))"
            case "z": result += offset(date.offset, separator: "")
            case "Z": result += date.abbreviation.isEmpty ? offset(date.offset, separator: ":") : date.abbreviation
            case "s": result += "\(Int(date.instant.rounded(.down)))"
            case "%": result += "%"
            case let other: return .failure(UnknownConversion(letter: other.map(String.init) ?? ""))
            }
        }
        return .success(result)
    }

    struct UnknownConversion: Error {
        let letter: String
    }

    private static func padded(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func year(_ year: Int) -> String { year < 0 ? "-" + padded(-year, 4) : padded(year, 4) }

    private static func offset(_ seconds: Int, separator: String) -> String {
        let minutes = abs(seconds) / 60
        return (seconds < 0 ? "-" : "+") + padded(minutes / 60) + separator + padded(minutes % 60)
    }
}

/// Reads the forms of ``DateText/parse(_:)``.
private struct Scanner {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) { rest = Array(text.utf8)[...] }

    var isAtEnd: Bool { rest.isEmpty }
    var peekIsDigit: Bool { rest.first.map { (0x30...0x39).contains($0) } ?? false }

    mutating func skipBlanks() { rest = rest.drop { $0 == 0x20 } }

    private mutating func skip(_ character: Character) -> Bool {
        guard rest.first == character.asciiValue else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func number(_ digits: ClosedRange<Int>) -> Int? {
        let taken = rest.prefix(digits.upperBound).prefix { (0x30...0x39).contains($0) }
        guard taken.count >= digits.lowerBound else { return nil }
        rest = rest.dropFirst(taken.count)
        return taken.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private mutating func word() -> String {
        let letters = rest.prefix { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }
        rest = rest.dropFirst(letters.count)
        return String(decoding: letters, as: UTF8.self)
    }

    mutating func isoDate() -> CivilDate? {
        guard let year = number(4...4) else { return nil }
        let isExtended = skip("-")
        guard let month = number(2...2), !isExtended || skip("-"), let day = number(2...2) else { return nil }
        var date = CivilDate(year: year, month: month, day: day)
        if isAtEnd { return date }
        guard skip("T") || skip("t") || skip(" "), let hour = number(2...2) else { return nil }
        let hasColons = skip(":")
        guard let minute = number(2...2) else { return nil }
        (date.hour, date.minute) = (hour, minute)
        if hasColons ? skip(":") : peekIsDigit {
            guard let second = number(2...2) else { return nil }
            date.second = Double(second)
            if skip(".") || skip(",") {
                let start = rest
                guard number(1...18) != nil else { return nil }
                let digits = start.prefix(start.count - rest.count)
                date.second += Double("0." + String(decoding: digits, as: UTF8.self)) ?? 0
            }
        }
        return zone(&date) ? date : nil
    }

    mutating func mailDate() -> CivilDate? {
        _ = word()
        _ = skip(",")
        skipBlanks()
        guard let day = number(1...2), skip(" ") || skip("-") else { return nil }
        let name = word()
        guard let month = CivilDate.monthNames.firstIndex(where: { $0.prefix(3) == name }), skip(" ") || skip("-"),
            let year = number(4...4), skip(" "), let hour = number(2...2), skip(":"), let minute = number(2...2),
            skip(":"),
            let second = number(2...2)
        else { return nil }
        var date = CivilDate(
            year: year, month: month + 1, day: day, hour: hour, minute: minute, second: Double(second))
        skipBlanks()
        let zoneStart = rest
        if ["GMT", "UTC", "UT", "Z"].contains(word()) { return date }
        rest = zoneStart
        return zone(&date) ? date : nil
    }

    /// "Z", "+01:00", "+0100", "+01", or nothing.
    private mutating func zone(_ date: inout CivilDate) -> Bool {
        skipBlanks()
        if isAtEnd || skip("Z") || skip("z") { return true }
        let isWest = skip("-")
        guard isWest || skip("+"), let hours = number(2...2) else { return false }
        var minutes = 0
        if skip(":") || peekIsDigit {
            guard let read = number(2...2) else { return false }
            minutes = read
        }
        guard hours <= 23, minutes <= 59 else { return false }
        date.offset = (hours * 3600 + minutes * 60) * (isWest ? -1 : 1)
        if date.offset != 0 { date.abbreviation = "" }
        return true
    }
}
