extension Duration {
    /// Seconds of a length of time as people write it ("90", "1.5s", "1h30m"); nil when it is none.
    public static func seconds(parsing text: String) -> Double? { DurationText.parse(text) }
}
