import Synchronization

/// A moment as signatures write it: `20150830T123600Z`, in UTC, to the second.
struct SigningTime {
    /// `yyyymmddThhmmssZ`.
    let stamp: String
    /// `yyyymmdd`.
    let day: String
    /// `yyyy-mm-ddThh:mm:ssZ`, as Signature Version 2 has it.
    var text: String {
        let digits = Array(stamp)
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        return "\(part(0..<4))-\(part(4..<6))-\(part(6..<11)):\(part(11..<13)):\(part(13..<16))"
    }

    /// The last one: many requests are signed in a second.
    private static let last = Mutex<(seconds: Int, time: SigningTime)?>(nil)

    /// From seconds since 1970.
    init(_ seconds: Double) {
        let total = Int(seconds.rounded(.down))
        self = Self.last.withLock { last in
            if let last, last.seconds == total { return last.time }
            let time = SigningTime(total: total)
            last = (total, time)
            return time
        }
    }

    private init(total: Int) {
        let days = (total >= 0 ? total : total - 86399) / 86400
        let rest = total - days * 86400
        // Days to a civil date, counting years from March so that the leap day comes last.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        stamp = String(unsafeUninitializedCapacity: 16) { buffer in
            func put(_ value: Int, _ digits: Int, at position: Int) {
                var value = value
                for offset in stride(from: digits - 1, through: 0, by: -1) {
                    buffer[position + offset] = 0x30 + UInt8(truncatingIfNeeded: value % 10)
                    value /= 10
                }
            }
            put(year, 4, at: 0)
            put(month, 2, at: 4)
            put(day, 2, at: 6)
            buffer[8] = UInt8(ascii: "T")
            put(rest / 3600, 2, at: 9)
            put(rest / 60 % 60, 2, at: 11)
            put(rest % 60, 2, at: 13)
            buffer[15] = UInt8(ascii: "Z")
            return 16
        }
        self.day = String(stamp.prefix(8))
    }

    /// Seconds since 1970 of a stamp; nil when it is not one.
    static func seconds(_ stamp: some StringProtocol) -> Double? {
        let bytes = Array(stamp.utf8)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            var value = 0
            for byte in bytes[range] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            return value
        }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8), let hour = number(9..<11),
            let minute = number(11..<13), let second = number(13..<15), (1...12).contains(month),
            (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        return Double(days * 86400 + hour * 3600 + minute * 60 + second)
    }
}
