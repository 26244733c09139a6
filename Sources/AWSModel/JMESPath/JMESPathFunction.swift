/// The functions of the language; the raw value is the name.
enum JMESPathFunction: String, Sendable, CaseIterable {
    case abs, avg, ceil, contains, endsWith = "ends_with", floor, join, keys, length, map, max, maxBy = "max_by", merge
    case min, minBy = "min_by", notNull = "not_null", reverse, sort, sortBy = "sort_by", startsWith = "starts_with", sum
    case toArray = "to_array", toNumber = "to_number", toString = "to_string", type, values

    /// What an argument may be.
    enum Parameter: Sendable, Equatable {
        case any, expression
        case value([JMESPathType])
        /// Lists whose elements are all numbers, or all strings.
        case list(of: [JMESPathType])
    }

    var parameters: [Parameter] {
        switch self {
        case .abs, .ceil, .floor: [.value([.number])]
        case .avg, .sum: [.list(of: [.number])]
        case .contains: [.value([.array, .string]), .any]
        case .endsWith, .startsWith: [.value([.string]), .value([.string])]
        case .join: [.value([.string]), .list(of: [.string])]
        case .keys, .values, .merge: [.value([.object])]
        case .length: [.value([.string, .array, .object])]
        case .map: [.expression, .value([.array])]
        case .max, .min, .sort: [.list(of: [.number, .string])]
        case .maxBy, .minBy, .sortBy: [.value([.array]), .expression]
        case .reverse: [.value([.array, .string])]
        case .notNull, .toArray, .toNumber, .toString, .type: [.any]
        }
    }

    /// Whether the last parameter may be given several times.
    var isVariadic: Bool { self == .merge || self == .notNull }

    func parameter(_ index: Int) -> Parameter {
        index < parameters.count ? parameters[index] : parameters.last ?? .any
    }

    /// Checks what is known before there are values.
    func check(_ arguments: [JMESPathArgument], position: Int) throws(JMESPathFailure) {
        let wanted = parameters.count
        guard arguments.count == wanted || (isVariadic && arguments.count > wanted) else {
            let least = isVariadic ? "at least " : ""
            throw JMESPathFailure(
                .arity,
                "\(rawValue)() takes \(least)\(wanted) argument\(wanted == 1 ? "" : "s"), not \(arguments.count)",
                position: position)
        }
        for (index, argument) in arguments.enumerated() {
            let isExpression = if case .expression = argument { true } else { false }
            guard isExpression == (parameter(index) == .expression) else {
                let reason = isExpression ? "is a value, without \"&\"" : "is an expression, written &…"
                throw JMESPathFailure(.type, "argument \(index + 1) of \(rawValue)() \(reason)", position: position)
            }
        }
    }
}

/// The types of the language, by the names that `type()` gives.
enum JMESPathType: String, Sendable {
    case null, boolean, number, string, array, object

    init(_ value: AWSValue) {
        switch value {
        case .null, .body: self = .null
        case .bool: self = .boolean
        case .integer, .double, .timestamp: self = .number
        case .string, .blob: self = .string
        case .list: self = .array
        case .map: self = .object
        }
    }
}
