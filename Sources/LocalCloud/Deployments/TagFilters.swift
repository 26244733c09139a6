import AWSModel

/// Tag filters of deployment groups: sets that all have to match, each by one of its filters.
struct TagFilters: Sendable {
    private let sets: [[AWSValue]]

    /// - Parameters:
    ///   - filters: The settings' single list.
    ///   - sets: The settings' list of lists, which wins.
    init(filters: AWSValue?, sets: AWSValue?) {
        let single = filters?.list ?? []
        let sets = (sets?.list ?? []).map { $0.list ?? [] }
        self.sets = sets.isEmpty && !single.isEmpty ? [single] : sets
    }

    var isEmpty: Bool { sets.isEmpty }

    func matches(_ tags: [Tag]) -> Bool {
        !sets.isEmpty && sets.allSatisfy { filters in filters.contains { Self.matches($0, tags) } }
    }

    private static func matches(_ filter: AWSValue, _ tags: [Tag]) -> Bool {
        tags.contains { tag in
            let hasKey = tag.key == filter["Key"]?.string
            let hasValue = tag.value == filter["Value"]?.string
            switch filter["Type"]?.string ?? "KEY_AND_VALUE" {
            case "KEY_ONLY": return hasKey
            case "VALUE_ONLY": return hasValue
            default: return hasKey && hasValue
            }
        }
    }
}
