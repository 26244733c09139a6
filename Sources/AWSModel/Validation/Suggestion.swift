/// "Did you mean": the known name that a mistyped one is most likely to stand for.
public enum Suggestion {
    /// The closest of `names`; nil when none is close. Case and underscores count for little, so that `bucket_name`
    /// finds `BucketName`.
    public static func closest(to name: String, among names: some Sequence<String>) -> String? {
        let wanted = normalized(name)
        guard !wanted.isEmpty else { return nil }
        let limit = max(1, wanted.count / 3)
        var best: (name: String, distance: Int)?
        for candidate in names {
            let other = normalized(candidate)
            if abs(other.count - wanted.count) > limit { continue }
            let distance = distance(wanted, other, limit: best.map { $0.distance - 1 } ?? limit)
            if distance == 0 { return candidate }
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    private static func normalized(_ name: String) -> [UInt8] {
        name.utf8.compactMap { byte in
            switch byte {
            case UInt8(ascii: "_"), UInt8(ascii: "-"): nil
            case 0x41...0x5A: byte | 0x20
            default: byte
            }
        }
    }

    /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment); past `limit` any number
    /// above it.
    private static func distance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int {
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for column in right.indices {
                let same = left[row] == right[column]
                var cost = min(previous[column + 1] + 1, current[column] + 1, previous[column] + (same ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforePrevious[column - 1] + 1)
                }
                current.append(cost)
            }
            if let least = current.min(), least > limit { return limit + 1 }
            beforePrevious = previous
            previous = current
        }
        return previous[right.count]
    }
}
