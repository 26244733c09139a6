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
