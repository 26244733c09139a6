import AWSModel

/// A pattern over JSON: EventBridge's rules and SNS's filter policies.
///
/// Source: "Comparison operators for use in event patterns", Amazon EventBridge User Guide.
struct EventPattern {
    private let root: AWSMap

    /// - Throws: a message that says what is wrong with the pattern.
    init(_ json: String) throws(PatternFailure) {
        guard let value = try? JSON.parse(json), let map = value.map, !map.isEmpty else {
            throw PatternFailure("Event pattern is not valid. Reason: Filter is not an object")
        }
        try Self.check(map)
        root = map
    }

    struct PatternFailure: Error {
        let message: String
        init(_ message: String) { self.message = message }
    }

    private static let operators: Set<String> = [
        "prefix", "suffix", "anything-but", "numeric", "exists", "cidr", "wildcard", "equals-ignore-case",
    ]

    private static func check(_ map: AWSMap) throws(PatternFailure) {
        for (key, value) in map {
            switch value {
            case .map(let inner):
                guard !inner.isEmpty else {
                    throw PatternFailure("Event pattern is not valid. Reason: Empty objects are not allowed")
                }
                try check(inner)
            case .list(let values):
                guard !values.isEmpty else {
                    throw PatternFailure("Event pattern is not valid. Reason: Empty arrays are not allowed")
                }
                for value in values {
                    guard case .map(let inner) = value else { continue }
                    if key == "$or" {
                        try check(inner)
                    } else if let name = inner.orderedKeys.first(where: { !operators.contains($0) }) {
                        throw PatternFailure("Event pattern is not valid. Reason: Unrecognized match type \(name)")
                    }
                }
            default:
                throw PatternFailure("Event pattern is not valid. Reason: \"\(key)\" must be an object or an array")
            }
        }
    }

    func matches(_ event: AWSValue) -> Bool { Self.matches(root, event) }

    private static func matches(_ pattern: AWSMap, _ event: AWSValue?) -> Bool {
        pattern.allSatisfy { key, wanted in
            if key == "$or", case .list(let choices) = wanted {
                return choices.contains { choice in choice.map.map { matches($0, event) } ?? false }
            }
            let actual = event?[key]
            switch wanted {
            case .map(let inner):
                // An array of objects matches when one of them does.
                if case .list(let elements)? = actual { return elements.contains { matches(inner, $0) } }
                return matches(inner, actual)
            case .list(let choices): return choices.contains { matches($0, actual) }
            default: return false
            }
        }
    }

    private static func matches(_ choice: AWSValue, _ actual: AWSValue?) -> Bool {
        if case .map(let rule) = choice, let exists = rule["exists"]?.bool { return (actual != nil) == exists }
        guard let actual else { return false }
        if case .list(let elements) = actual { return elements.contains { matches($0, against: choice) } }
        return matches(actual, against: choice)
    }

    private static func matches(_ actual: AWSValue, against choice: AWSValue) -> Bool {
        guard case .map(let rule) = choice else { return same(actual, choice) }
        return rule.allSatisfy { name, argument in
            let text = actual.string
            switch name {
            case "prefix": return affix(text, argument) { $0.hasPrefix($1) }
            case "suffix": return affix(text, argument) { $0.hasSuffix($1) }
            case "equals-ignore-case": return text?.lowercased() == argument.string?.lowercased() && text != nil
            case "wildcard": return text.map { Wildcard.matches(argument.string ?? "", $0) } ?? false
            case "cidr": return text.map { AddressRange(argument.string ?? "")?.contains($0) ?? false } ?? false
            case "numeric": return numeric(actual, argument.list ?? [])
            case "anything-but":
                switch argument {
                case .map: return !matches(actual, against: argument)
                case .list(let values): return !values.contains { same(actual, $0) }
                default: return !same(actual, argument)
                }
            default: return false
            }
        }
    }

    /// The argument is a string, or an object that says to ignore case.
    private static func affix(_ text: String?, _ argument: AWSValue, _ test: (String, String) -> Bool) -> Bool {
        guard let text else { return false }
        if let affix = argument.string { return test(text, affix) }
        if let affix = argument["equals-ignore-case"]?.string { return test(text.lowercased(), affix.lowercased()) }
        return argument.strings?.contains { test(text, $0) } ?? false
    }

    private static func same(_ left: AWSValue, _ right: AWSValue) -> Bool {
        if let left = left.double, let right = right.double { return left == right }
        return left == right
    }

    /// `[">", 0, "<=", 5]`
    private static func numeric(_ actual: AWSValue, _ rule: [AWSValue]) -> Bool {
        guard let value = actual.double else { return false }
        var at = 0
        while at + 1 < rule.count {
            guard let name = rule[at].string, let bound = rule[at + 1].double else { return false }
            let holds =
                switch name {
                case "=": value == bound
                case "<": value < bound
                case "<=": value <= bound
                case ">": value > bound
                case ">=": value >= bound
                default: false
                }
            if !holds { return false }
            at += 2
        }
        return at > 0
    }
}
