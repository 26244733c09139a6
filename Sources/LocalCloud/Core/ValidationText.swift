import AWSModel

/// What the services that check by their models say of members that do not fit: "1 validation error detected: Value at …".
enum ValidationText {
    typealias Constraint = ValidationProblem.Constraint

    /// - Parameters:
    ///   - member: as the service writes it: with a small first letter, most often.
    ///   - value: what was given, where it may be shown.
    ///   - demand: "satisfy regular expression pattern: …".
    static func one(_ member: String, value: String? = nil, must demand: String) -> String {
        text([problem(member, value: value, must: demand)])
    }

    static func one(_ member: String, value: String? = nil, must constraint: Constraint) -> String {
        text([problem(member, value: value, must: constraint)])
    }

    /// - Parameter problems: of one input.
    static func text(_ problems: [String]) -> String {
        let list = problems.joined(separator: "; ")
        return "\(problems.count) validation error\(problems.count == 1 ? "" : "s") detected: \(list)"
    }

    static func problem(_ member: String, value: String? = nil, must constraint: Constraint) -> String {
        problem(member, value: value, isMissing: constraint == .required, must: demand(constraint))
    }

    static func problem(
        _ member: String, value: String? = nil, isMissing: Bool = false, must demand: String
    ) -> String {
        let value = value.map { "Value '\($0)'" } ?? (isMissing ? "Value null" : "Value")
        return "\(value) at '\(member)' failed to satisfy constraint: Member must \(demand)"
    }

    private static func demand(_ constraint: Constraint) -> String {
        switch constraint {
        case .required: "not be null"
        case .leastLength(let limit): "have length greater than or equal to \(limit)"
        case .greatestLength(let limit): "have length less than or equal to \(limit)"
        case .least(let limit): "have value greater than or equal to \(number(limit))"
        case .greatest(let limit): "have value less than or equal to \(number(limit))"
        case .oneOf(let values): "satisfy enum value set: [\(values.joined(separator: ", "))]"
        }
    }

    /// A limit as AWS writes it: without a fraction where it has none.
    static func number(_ value: Double) -> String {
        Int64(exactly: value).map(String.init) ?? "\(value)"
    }
}
