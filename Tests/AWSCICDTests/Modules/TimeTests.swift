import Testing

@testable import AWSCICD

struct TimeTests {
    @Test(arguments: [
        ("2026-11-23T06:47:48Z", 1_795_416_468.0), ("2026-11-23T07:47:48+01:00", 1_795_416_468),
        ("20261123T064748Z", 1_795_416_468), ("Mon, 23 Nov 2026 06:47:48 GMT", 1_795_416_468),
        ("2026-11-23", 1_795_392_000), ("2026-11-23 06:47", 1_795_416_420), ("1969-12-31T23:59:59.5Z", -0.5),
        ("0001-01-01T00:00:00Z", -62_135_596_800), ("2000-02-29T00:00:00-0530", 951_802_200),
    ])
    func parse(text: String, instant: Double) throws {
        #expect(try #require(DateText.parse(text)).instant == instant)
    }

    @Test(arguments: [
        "", "yesterday", "2026-13-01", "2026-02-29", "2026-11-23T25:00Z", "2026-11-23T06:47:48Zx", "2026-11-23T06",
        "2026-1-2", "2026-11-23T06:47:48+99:00",
    ])
    func refused(text: String) {
        #expect(DateText.parse(text) == nil)
    }

    @Test func formatting() throws {
        #expect(DateText.iso8601(CivilDate(instant: 1_795_416_468.25)) == "2026-11-23T06:47:48.250Z")
        #expect(DateText.iso8601(CivilDate(instant: -1)) == "1969-12-31T23:59:59Z")
        #expect(DateText.iso8601(CivilDate(instant: 59.9996)) == "1970-01-01T00:00:59.999Z")
        let date = CivilDate(instant: 1_795_416_468)
        #expect(
            try DateText.format(date, "%a %d %b %Y %H:%M:%S %j %% %z").get() == "Mon 23 Nov 2026 06:47:48 327 % +0000")
        #expect(throws: DateText.UnknownConversion.self) { try DateText.format(date, "%Q").get() }
    }

    /// Every day of 800 years there and back.
    @Test func everyDay() {
        let first = CivilDate.day(ofYear: 1700, month: 1, day: 1)
        for day in first..<(first + 292_194) {
            let date = CivilDate(instant: Double(day) * 86400)
            #expect(CivilDate.day(ofYear: date.year, month: date.month, day: date.day) == day && date.isValid)
            if CivilDate.day(ofYear: date.year, month: date.month, day: date.day) != day { return }
        }
    }

    @Test func zones() throws {
        let paris = try #require(ZoneData.named("Europe/Paris"))
        #expect(paris.offset(at: 1_795_416_468).seconds == 3600)
        #expect(paris.offset(at: 1_782_000_000).seconds == 7200)  // June 2026
        #expect(paris.offset(at: 4_085_596_800).abbreviation == "CEST")  // June 2099, by the rule
        let sydney = try #require(ZoneData.named("Australia/Sydney"))
        #expect(sydney.offset(at: 4_070_908_800).seconds == 39600)  // New Year 2099
        #expect(ZoneData.named("Nowhere/City") == nil)
        #expect(ZoneData.named("../../etc/passwd") == nil)
        // 02:30 on the last Sunday of October 2026 happens twice, on that of March never.
        #expect(paris.instant(of: CivilDate(year: 2026, month: 10, day: 25, hour: 2, minute: 30)) == 1_792_888_200)
        #expect(paris.instant(of: CivilDate(year: 2026, month: 3, day: 29, hour: 2, minute: 30)) == 1_774_747_800)
        #expect(paris.instant(of: CivilDate(year: 2026, month: 11, day: 23, hour: 7)) == 1_795_413_600)
    }

    @Test(arguments: [
        ("90", 90.0), ("1.5s", 1.5), ("250ms", 0.25), ("1h30m", 5400), ("2 d 4 h", 187_200), ("-5m", -300),
    ])
    func durations(text: String, seconds: Double) {
        #expect(DurationText.parse(text) == seconds)
    }

    @Test(arguments: ["", "h", "5 parsecs", "1h30", "1.2.3s", "--5"])
    func noDurations(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: [
        (0.35, "350ms"), (4.24, "4.2s"), (9.97, "10s"), (59.7, "1m 00s"), (65, "1m 05s"), (7800, "2h 10m"),
        (273_600, "3d 4h"), (-5, "-5.0s"),
    ])
    func human(seconds: Double, text: String) {
        #expect(DurationText.human(seconds) == text)
    }
}
