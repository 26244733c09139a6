import Testing

@testable import LocalCloud

/// Times as cron has them, for scheduled actions. 1,764,115,200 is Wednesday, 2025-11-26, 00:00 UTC.
@Suite struct RecurrenceTests {
    private static let midnight = 1_764_115_200.0

    @Test(
        arguments: [
            ("30 3 * * *", 3.5), ("0 0 * * 0", 96), ("0 0 * * 7", 96), ("0 0 * * 1-5", 24), ("0 0 * * 5-7", 48),
            ("0 0 * * 6,7", 72), ("0 0 * * SUN", 96), ("0 0 * * MON-FRI", 24), ("*/30 * * * *", 0.5),
            ("0 0 1 * *", 120),
            // Days of the month and of the week add up: Saturday comes before the first.
            ("0 0 1 * 6", 72), ("0 12 26 11 *", 12),
        ] as [(String, Double)])
    func nextTime(_ text: String, _ hours: Double) throws {
        let recurrence = try #require(Recurrence(text))
        #expect(recurrence.next(after: Self.midnight) == Self.midnight + hours * 3600)
    }

    @Test(arguments: [
        "", "0 0 * *", "0 0 * * * *", "60 0 * * *", "0 0 * * 8", "0 0 * * 5-1", "0 0 * * /", "a b c d e",
        "0 0 * * 1-FRI",
    ])
    func refusesWhatIsNone(_ text: String) {
        #expect(Recurrence(text) == nil)
    }
}
