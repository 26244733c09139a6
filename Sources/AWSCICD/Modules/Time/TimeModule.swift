import LuaVM

/// `time`: instants (seconds since 1970, as everywhere in the API), dates in time zones, lengths of time.
enum TimeModule: LuaModule {
    static let name = "time"

    static func open(in runtime: isolated Runtime) throws -> LuaTable {
        let vm = runtime.vm
        let time = try vm.table(entries: 16)
        let clock = runtime.configuration.clock
        let scheduler = runtime.scheduler
        try time.setFunction("now") { () -> Double in clock.timeOfDay }
        try time.setFunction("monotonic") { () -> Double in Double(clock.now) / 1e9 }
        try time.set(
            "sleep",
            vm.waitingFunction { [unowned scheduler] arguments, _ in
                let seconds = try seconds(arguments.next())
                scheduler.addTimer(try scheduler.beginWait(.sleep), after: seconds)
                return true
            })

        try time.setFunction("iso") { (instant: Double?, zone: String?) -> String in
            DateText.iso8601(try date(instant ?? clock.timeOfDay, zone))
        }
        try time.setFunction("format") { (instant: Double?, pattern: String, zone: String?) -> String in
            switch DateText.format(try date(instant ?? clock.timeOfDay, zone), pattern) {
            case .success(let text): return text
            case .failure(let unknown): throw LuaMessage("time.format: unknown conversion '%\(unknown.letter)'")
            }
        }
        try time.setFunction("parse") { (text: String) -> (Double?, String?) in
            if let date = DateText.parse(text) { return (date.instant, nil) }
            return (nil, "'\(text)' is not a date such as 2026-11-23T06:47:48Z")
        }
        try time.setFunction("date") { (instant: Double?, zone: String?) -> LuaWriter in
            let zone = zone ?? "UTC"
            let date = try date(instant ?? clock.timeOfDay, zone)
            var writer = LuaWriter()
            writer.table(entries: 12) { table in
                table["year"] = date.year
                table["month"] = date.month
                table["day"] = date.day
                table["hour"] = date.hour
                table["minute"] = date.minute
                table["second"] = Int(date.second)
                table["fraction"] = date.second - date.second.rounded(.down)
                table["weekday"] = date.weekday
                table["weekday_name"] = CivilDate.weekdayNames[date.weekday - 1]
                table["yearday"] = date.dayOfYear
                table["offset"] = date.offset
                table["zone"] = zone
            }
            return writer
        }
        try time.setFunction("at") { (options: LuaOptions) -> Double in try instant(options.of("time.at")) }

        try time.setFunction("duration") { (length: LuaValue, isQuiet: Bool?) -> Double? in
            do {
                return try Self.seconds(length)
            } catch {
                if isQuiet == true { return nil }
                throw error
            }
        }
        try time.setFunction("human") { (seconds: Double) -> String in DurationText.human(seconds) }
        return time
    }

    /// Seconds of a number, or of a text such as "5m".
    static func seconds(_ length: LuaValue) throws -> Double {
        let seconds: Double? =
            switch length {
            case .integer(let value): Double(value)
            case .number(let value): value
            case .string(let text): DurationText.parse(text)
            default: nil
            }
        if let seconds, seconds.isFinite, abs(seconds) < 1e12 { return seconds }
        let shown = if case .string(let text) = length { "'\(text)'" } else { "this" }
        throw LuaMessage("\(shown) is not a length of time: seconds, or a text such as \"30s\", \"5m\" or \"1h30m\"")
    }

    private static func zone(_ name: String) throws -> ZoneData {
        guard let zone = ZoneData.named(name) else {
            throw LuaMessage(
                "unknown time zone '\(name)' (names are those of /usr/share/zoneinfo, \"UTC\" and \"local\")")
        }
        return zone
    }

    private static func date(_ instant: Double, _ zoneName: String?) throws -> CivilDate {
        guard instant.isFinite, abs(instant) < 1e14 else {
            throw LuaMessage("\(instant) is out of the calendar's range")
        }
        guard let zoneName, zoneName != "UTC" else { return CivilDate(instant: instant) }
        let offset = try zone(zoneName).offset(at: instant)
        return CivilDate(instant: instant, offset: offset.seconds, abbreviation: offset.abbreviation)
    }

    /// `time.at { year = 2026, month = 11, day = 23, hour = 6, zone = "Europe/Paris" }`.
    private static func instant(_ options: LuaOptions) throws -> Double {
        var options = options
        guard let year = try options.integer("year"), let month = try options.integer("month"),
            let day = try options.integer("day")
        else { throw LuaMessage("time.at needs a year, a month and a day") }
        let date = CivilDate(
            year: year, month: month, day: day, hour: try options.integer("hour") ?? 0,
            minute: try options.integer("minute") ?? 0, second: Double(try options.integer("second") ?? 0))
        let zoneName = try options.string("zone")
        try options.finish()
        guard date.isValid, abs(year) < 1_000_000 else { throw LuaMessage("time.at: there is no such date or time") }
        return try zoneName.map { try zone($0).instant(of: date) } ?? date.instant
    }
}
