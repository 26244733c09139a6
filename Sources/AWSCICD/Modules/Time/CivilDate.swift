/// A date and a time of day in the Gregorian calendar, in some zone.
struct CivilDate: Sendable, Equatable {
    var year: Int
    /// 1 to 12.
    var month: Int
    /// 1 to 31.
    var day: Int
    var hour = 0
    var minute = 0
    /// Fractions included.
    var second = 0.0
    /// Seconds east of Greenwich.
    var offset = 0
    /// "UTC", "CET"; empty when only the offset is known.
    var abbreviation = "UTC"

    init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Double = 0, offset: Int = 0) {
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second) = (hour, minute, second)
        self.offset = offset
    }

    /// The date of an instant (seconds since 1970) at an offset.
    init(instant: Double, offset: Int = 0, abbreviation: String = "UTC") {
        let whole = instant.rounded(.down)
        let local = Int(whole) + offset
        let days = local.flooredQuotient(by: 86400)
        let seconds = local - days * 86400
        (year, month, day) = Self.date(ofDay: days)
        hour = seconds / 3600
        minute = seconds / 60 % 60
        second = Double(seconds % 60) + (instant - whole)
        self.offset = offset
        self.abbreviation = abbreviation
    }

    /// Seconds since 1970.
    var instant: Double {
        Double(Self.day(ofYear: year, month: month, day: day) * 86400 + hour * 3600 + minute * 60 - offset) + second
    }

    /// 1 for Monday to 7 for Sunday, as in ISO 8601.
    var weekday: Int { (Self.day(ofYear: year, month: month, day: day) + 3).flooredRemainder(by: 7) + 1 }
    /// 1 for the first of January.
    var dayOfYear: Int {
        Self.day(ofYear: year, month: month, day: day) - Self.day(ofYear: year, month: 1, day: 1) + 1
    }

    var isValid: Bool {
        (1...12).contains(month) && day >= 1 && day <= Self.length(ofMonth: month, year: year)
            && (0...23).contains(hour) && (0...59).contains(minute) && second >= 0 && second < 61
    }

    static let weekdayNames = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 to a date. Years are counted from March, so that the leap day is a year's last; 146,097 days
    /// make 400 years.
    static func day(ofYear year: Int, month: Int, day: Int) -> Int {
        let shifted = year * 12 + month - 3
        let year = shifted.flooredQuotient(by: 12)
        let month = shifted - year * 12
        let era = year.flooredQuotient(by: 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * month + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func date(ofDay days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
        return (year, month < 10 ? month + 3 : month - 9, day)
    }
}

extension Int {
    func flooredQuotient(by divisor: Int) -> Int { self / divisor - (self % divisor < 0 ? 1 : 0) }
    func flooredRemainder(by divisor: Int) -> Int { self - flooredQuotient(by: divisor) * divisor }
}
