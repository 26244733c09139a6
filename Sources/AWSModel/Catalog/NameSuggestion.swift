/// "Did you mean" for names that were mistyped.
public enum NameSuggestion {
    /// The names nearest to `name`, at most three, the nearest first.
    public static func nearest(to name: String, among names: [String]) -> [String] {
        let wanted = Array(name.lowercased().utf8)
        let limit = Swift.max(1, wanted.count / 3)
        var found: [(distance: Int, name: String)] = []
        for candidate in names {
            let text = Array(candidate.lowercased().utf8)
            guard abs(text.count - wanted.count) <= limit else { continue }
            let distance = editDistance(wanted, text)
            if distance <= limit { found.append((distance, candidate)) }
        }
        return found.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
    }

    /// `; did you mean "s3"?`, or nothing when no name is near.
    public static func phrase(for name: String, among names: [String]) -> String {
        let near = nearest(to: name, among: names).map { "\"\($0)\"" }
        return near.isEmpty ? "" : "; did you mean \(near.joined(separator: " or "))?"
    }

    /// Changes, insertions, deletions and swaps of neighbours that turn one into the other.
    static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var best = Swift.min(last[column + 1] + 1, current[column] + 1, last[column] + (byte == other ? 0 : 1))
                if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                    best = Swift.min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
