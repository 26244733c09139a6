import AWSModel

/// Filters of DescribeParameters and GetParametersByPath.
enum ParameterFilter {
    /// - Parameter isOldForm: the `Filters` member, whose values are prefixes of names.
    static func allMatch(_ filters: AWSValue?, _ parameter: Parameter, isOldForm: Bool = false) -> Bool {
        (filters?.list ?? []).allSatisfy { filter in
            let key = filter["Key"]?.string ?? ""
            let values = filter["Values"]?.strings ?? []
            let option = filter["Option"]?.string ?? (isOldForm && key == "Name" ? "BeginsWith" : nil)
            return matches(key, option, values, parameter)
        }
    }

    /// Refuses filters as Parameter Store does: by the documentation of `ParameterStringFilter`.
    ///
    /// - Parameter isByPath: Whether they are GetParametersByPath's, which has a place to look in already.
    static func check(_ filters: AWSValue?, isByPath: Bool) throws(ServiceError) {
        var keys: Set<String> = []
        for (at, filter) in (filters?.list ?? []).enumerated() {
            let key = filter["Key"]?.string ?? ""
            guard Self.keys.contains(key) || key.hasPrefix("tag:") && key != "tag:" else {
                throw ServiceError(
                    "ValidationException",
                    ValidationText.one(
                        "parameterFilters.\(at + 1).member.key", value: key,
                        must: "satisfy regular expression pattern: tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType"))
            }
            guard !isByPath || !["Name", "Path", "Tier"].contains(key) else {
                throw ServiceError(
                    "InvalidFilterKey",
                    "The following filter key is not valid: \(key). Valid filter keys include: [Type, KeyId].")
            }
            guard keys.insert(key).inserted else {
                throw ServiceError(
                    "InvalidFilterKey",
                    "The following filter is duplicated in the request: \(key). A request can contain only one occurrence of a specific filter."
                )
            }
            try check(option: filter["Option"]?.string, of: key)
            guard !(filter["Values"]?.strings ?? []).isEmpty || key.hasPrefix("tag:") else {
                throw ServiceError(
                    "InvalidFilterValue", "The following filter values are missing : null for filter key \(key).")
            }
        }
    }

    private static let keys: Set = ["Name", "Type", "KeyId", "Path", "Label", "Tier", "DataType"]

    private static func check(option: String?, of key: String) throws(ServiceError) {
        guard let option else { return }
        let allowed =
            switch key {
            case "Path": ["Recursive", "OneLevel"]
            case "Name": ["BeginsWith", "Equals", "Contains"]
            default: ["BeginsWith", "Equals"]
            }
        guard allowed.contains(option) else {
            throw ServiceError(
                "InvalidFilterOption",
                "The following filter option is not valid: \(option). Valid options include: [\(allowed.joined(separator: ", "))]."
            )
        }
    }

    private static func matches(_ key: String, _ option: String?, _ values: [String], _ parameter: Parameter) -> Bool {
        let last = parameter.versions.last
        func compare(_ actual: String?) -> Bool {
            guard let actual else { return false }
            return values.contains { value in
                switch option {
                case "BeginsWith": actual.hasPrefix(value)
                case "Contains": actual.contains(value)
                default: actual == value
                }
            }
        }
        switch key {
        case "Name": return compare(parameter.name)
        case "Type": return compare(parameter.type)
        case "KeyId": return compare(last?.keyID)
        case "Tier": return compare(last?.tier)
        case "DataType": return compare(parameter.dataType)
        case "Label": return last?.labels.contains { values.contains($0) } ?? false
        case "Path":
            return values.contains { path in
                let prefix = path.hasSuffix("/") ? path : path + "/"
                guard parameter.name.hasPrefix(prefix) else { return false }
                return option == "Recursive" || !parameter.name.dropFirst(prefix.count).contains("/")
            }
        default:
            guard key.hasPrefix("tag:") else { return false }
            return parameter.tags.contains {
                $0.key == key.dropFirst(4) && (values.isEmpty || values.contains($0.value))
            }
        }
    }
}
