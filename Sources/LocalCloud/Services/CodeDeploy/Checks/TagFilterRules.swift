import AWSModel

/// What filters that find instances by their tags have to be.
///
/// At most three groups of tags, from the documentation of `TagSetListLimitExceededException`; at most ten tags of a kind, from
/// the quota "tags in a deployment group".
enum TagFilterRules {
    private static let mostGroups = 3
    private static let mostFilters = 10

    /// - Parameters:
    ///   - filters: The single list.
    ///   - groups: The list of lists.
    ///   - code: The error for a filter that can find nothing.
    static func check(_ filters: AWSValue?, _ groups: AWSValue? = nil, code: String) throws(ServiceError) {
        let groups = groups?.list ?? []
        guard groups.count <= mostGroups else {
            throw ServiceError(
                "TagSetListLimitExceededException", "A tag set list can have at most \(mostGroups) groups of tags")
        }
        let all = (filters?.list ?? []) + groups.flatMap { $0.list ?? [] }
        guard all.count <= mostFilters else {
            throw ServiceError(code, "At most \(mostFilters) tags can be specified")
        }
        for filter in all {
            let (hasKey, hasValue) = (filter["Key"]?.string?.isEmpty == false, filter["Value"]?.string != nil)
            let isComplete =
                switch filter["Type"]?.string {
                case "KEY_ONLY": hasKey
                case "VALUE_ONLY": hasValue
                case "KEY_AND_VALUE": hasKey && hasValue
                default: hasKey || hasValue
                }
            guard isComplete else {
                throw ServiceError(
                    code, "A tag filter of type KEY_ONLY needs a key, VALUE_ONLY a value, KEY_AND_VALUE both")
            }
        }
    }
}
