/// The strings of an image, each once. Records are encoded twice: first to count the strings, then, with the most used
/// ones numbered lowest so that their numbers take the fewest bytes, for good.
final class StringPool {
    private var counts: [String: Int] = [:]
    private var numbers: [String: Int] = [:]
    private(set) var strings: [String] = []
    private var isFrozen = false

    /// 0 for the empty string, and for every string until the pool is frozen.
    func number(_ string: String) -> Int {
        if string.isEmpty { return 0 }
        if isFrozen { return numbers[string] ?? 0 }
        counts[string, default: 0] += 1
        return 0
    }

    func freeze() {
        strings = [""] + counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
        numbers = Dictionary(uniqueKeysWithValues: strings.enumerated().map { ($1, $0) })
        isFrozen = true
    }
}
