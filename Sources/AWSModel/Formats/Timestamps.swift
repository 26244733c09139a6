/// The three ways in which the protocols write a time (`timestampFormat` in the models); values are seconds since
/// 1970-01-01T00:00:00Z, fractions to the microsecond.
public enum TimestampFormat: Sendable {
    /// 2015-01-25T08:00:00Z, with fractions when there are any.
    case iso8601
    /// Sun, 25 Jan 2015 08:00:00 GMT (RFC 822 as HTTP uses it; whole seconds).
    case rfc822
    /// 1422172800, with fractions when there are any.
    case epoch

    init?(_ name: String?) {
        switch name {
        case "iso8601": self = .iso8601
        case "rfc822": self = .rfc822
        case "unixTimestamp": self = .epoch
        default: return nil
        }
    }
}

public enum Timestamps {
    static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    public static func format(_ seconds: Double, as format: TimestampFormat) -> String {
        guard seconds.isFinite, abs(seconds) < 1e13 else { return "\(seconds)" }
        let (whole, micros) = split(seconds)
        switch format {
        case .epoch:
            return micros == 0 ? String(whole) : "\(Double(whole) + Double(micros) / 1e6)"
        case .iso8601:
            let time = civil(whole)
            let base =
                "\(pad(time.year, 4))-\(pad(time.month, 2))-\(pad(time.day, 2))T"
                + "\(pad(time.hour, 2)):\(pad(time.minute, 2)):\(pad(time.second, 2))"
            guard micros != 0 else { return base + "Z" }
            return base + "." + (micros % 1000 == 0 ? pad(micros / 1000, 3) : pad(micros, 6)) + "Z"
        case .rfc822:
            let time = civil(whole)
            return
                "\(days[time.weekday]), \(pad(time.day, 2)) \(months[time.month - 1]) \(pad(time.year, 4)) "
                + "\(pad(time.hour, 2)):\(pad(time.minute, 2)):\(pad(time.second, 2)) GMT"
        }
    }

    /// What ``format(_:as:)`` gives for ``TimestampFormat/epoch``, without the detour over a string where it can be.
    static func append(epoch seconds: Double, to bytes: inout [UInt8]) {
        // Below 2^32 a double tells microseconds apart, so their digits are the shortest text that means this number.
        guard seconds >= 0, seconds < 4_294_967_295 else {
            return bytes.append(utf8: format(seconds, as: .epoch))
        }
        let (whole, micros) = split(seconds)
        bytes.append(decimal: whole)
        guard micros != 0 else { return }
        bytes.append(UInt8(ascii: "."))
        var rest = micros
        var unit = 100_000
        while rest != 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(rest / unit))
            rest %= unit
            unit /= 10
        }
    }

    /// Reads any of the three, whatever the model says: services do not always keep to it.
    public static func parse(_ text: String) -> Double? {
        var text = text
        return text.withUTF8 { parse($0) }
    }

    static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        var cursor = TextCursor(text)
        cursor.skipSpaces()
        if cursor.isAtLetter { return parseRFC822(&cursor) }
        // An ISO 8601 date has its first hyphen after the year's four digits; a number has none there.
        if text.count - cursor.at >= 10, text[cursor.at + 4] == UInt8(ascii: "-") { return parseISO8601(&cursor) }
        return parseEpoch(&cursor)
    }

    private static func parseEpoch(_ cursor: inout TextCursor) -> Double? {
        let rest = cursor.remaining
        guard let value = Double(String(decoding: rest, as: UTF8.self).trimmed), value.isFinite else { return nil }
        return value
    }

    private static func parseISO8601(_ cursor: inout TextCursor) -> Double? {
        guard let year = cursor.digits(4), cursor.take("-"), let month = cursor.digits(2), cursor.take("-"),
            let day = cursor.digits(2), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var seconds = Double(daysFromCivil(year, month, day)) * 86400
        if cursor.isAtEnd { return seconds }
        guard cursor.take("T") || cursor.take("t") || cursor.take(" "), let hour = cursor.digits(2), cursor.take(":"),
            let minute = cursor.digits(2), hour < 25, minute < 60
        else { return nil }
        seconds += Double(hour * 3600 + minute * 60)
        if cursor.take(":") {
            guard let second = cursor.digits(2), second < 61 else { return nil }
            seconds += Double(second)
            if cursor.take(".") || cursor.take(",") {
                guard let fraction = cursor.fraction() else { return nil }
                seconds += fraction
            }
        }
        return zone(&cursor, seconds)
    }

    /// `Z`, `+hh:mm`, `-hhmm`, `GMT`, or nothing, which is UTC.
    private static func zone(_ cursor: inout TextCursor, _ seconds: Double) -> Double? {
        cursor.skipSpaces()
        if cursor.isAtEnd { return seconds }
        if cursor.take("Z") || cursor.take("z") || cursor.take("GMT") || cursor.take("UTC") || cursor.take("UT") {
            cursor.skipSpaces()
            return cursor.isAtEnd ? seconds : nil
        }
        let sign: Double
        if cursor.take("+") { sign = -1 } else if cursor.take("-") { sign = 1 } else { return nil }
        guard let hours = cursor.digits(2) else { return nil }
        _ = cursor.take(":")
        let minutes = cursor.isAtEnd ? 0 : cursor.digits(2)
        guard let minutes, cursor.isAtEnd else { return nil }
        return seconds + sign * Double(hours * 3600 + minutes * 60)
    }

    /// `Sun, 25 Jan 2015 08:00:00 GMT`; also RFC 850's `Sunday, 25-Jan-15 08:00:00 GMT`, which HTTP still allows.
    private static func parseRFC822(_ cursor: inout TextCursor) -> Double? {
        cursor.skipLetters()
        guard cursor.take(",") else { return nil }
        cursor.skipSpaces()
        guard let day = cursor.number(maximumDigits: 2), cursor.take(" ") || cursor.take("-"),
            let month = cursor.month(),
            cursor.take(" ") || cursor.take("-"), var year = cursor.number(maximumDigits: 4)
        else { return nil }
        if year < 70 { year += 2000 } else if year < 100 { year += 1900 }
        cursor.skipSpaces()
        guard let hour = cursor.digits(2), cursor.take(":"), let minute = cursor.digits(2), cursor.take(":"),
            let second = cursor.digits(2), (1...31).contains(day), hour < 25, minute < 60, second < 61
        else { return nil }
        var seconds = Double(daysFromCivil(year, month, day)) * 86400 + Double(hour * 3600 + minute * 60 + second)
        if cursor.take(".") {
            guard let fraction = cursor.fraction() else { return nil }
            seconds += fraction
        }
        return zone(&cursor, seconds)
    }

    // MARK: Calendar (proleptic Gregorian; days counted from 1970-01-01)

    struct Civil {
        var year, month, day, hour, minute, second, weekday: Int
    }

    static func daysFromCivil(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year  // the year begins in March, so that the leap day is its last
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468
    }

    static func civil(_ seconds: Int64) -> Civil {
        var days = Int(seconds / 86400)
        var rest = Int(seconds % 86400)
        if rest < 0 {
            rest += 86400
            days -= 1
        }
        let weekday = ((days + 4) % 7 + 7) % 7
        let shifted = days + 719468
        let era = (shifted >= 0 ? shifted : shifted - 146096) / 146097
        let dayOfEra = shifted - era * 146097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return Civil(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * monthFromMarch + 2) / 5 + 1, hour: rest / 3600, minute: rest / 60 % 60,
            second: rest % 60,
            weekday: weekday)
    }

    static func split(_ seconds: Double) -> (whole: Int64, micros: Int) {
        var whole = Int64(seconds.rounded(.down))
        var micros = Int(((seconds - Double(whole)) * 1e6).rounded())
        if micros >= 1_000_000 {
            whole += 1
            micros = 0
        }
        return (whole, micros)
    }

    private static func pad(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return digits.utf8.count >= width ? digits : String(repeating: "0", count: width - digits.utf8.count) + digits
    }
}
