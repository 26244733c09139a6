/// Patterns with `*` and `?`.
enum Wildcard {
    static func matches(_ pattern: String, _ text: String) -> Bool {
        if pattern == "*" { return true }
        return matches(Array(pattern.utf8), Array(text.utf8))
    }

    /// Goes back to the last `*` on a mismatch: linear in practice, never exponential.
    private static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        var (p, t) = (0, 0)
        var star = -1
        var mark = 0
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = p
                mark = t
                p += 1
            } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == text[t] {
                p += 1
                t += 1
            } else if star >= 0 {
                p = star + 1
                mark += 1
                t = mark
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
        return p == pattern.count
    }

    /// Matches each of an ARN's six parts by itself, as `ArnLike` does.
    static func matchesARN(_ pattern: String, _ arn: String) -> Bool {
        if pattern == "*" { return true }
        let patterns = pattern.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard patterns.count == 6, parts.count == 6 else { return false }
        return zip(patterns, parts).allSatisfy { matches(String($0), String($1)) }
    }
}
