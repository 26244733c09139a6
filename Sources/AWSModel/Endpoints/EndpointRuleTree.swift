/// A service's endpoint rules, decoded: what `EndpointRules` walks.
///
/// Variables (the parameters first, then what conditions assign) are numbered slots.
indirect enum RuleExpression: Sendable {
    case variable(Int)
    case literal(AWSValue)
    /// A string with variables in braces.
    case template([TemplatePart])
    case call(RuleFunction, [RuleExpression])
    case list([RuleExpression])
    case map([(key: String, value: RuleExpression)])
}

enum TemplatePart: Sendable {
    case text(String)
    /// A variable, and the attributes to follow from there: `{url#authority}`.
    case variable(Int, attributes: [String])
}

/// The twelve functions of the rule language; the raw value is the number in an image.
enum RuleFunction: UInt8, Sendable, CaseIterable {
    case isSet = 1, not, getAttr, stringEquals, booleanEquals, substring, uriEncode, parseURL, isValidHostLabel
    case partition, parseARN, isVirtualHostableS3Bucket

    /// Its name in the published rules, and how many arguments it takes.
    static let published: [String: (function: RuleFunction, arity: Int)] = [
        "isSet": (.isSet, 1), "not": (.not, 1), "getAttr": (.getAttr, 2), "stringEquals": (.stringEquals, 2),
        "booleanEquals": (.booleanEquals, 2), "substring": (.substring, 4), "uriEncode": (.uriEncode, 1),
        "parseURL": (.parseURL, 1), "isValidHostLabel": (.isValidHostLabel, 2), "aws.partition": (.partition, 1),
        "aws.parseArn": (.parseARN, 1), "aws.isVirtualHostableS3Bucket": (.isVirtualHostableS3Bucket, 2),
    ]
}

struct RuleCondition: Sendable {
    let expression: RuleExpression
    /// The slot that takes the result.
    let assign: Int?
}

struct EndpointRule: Sendable {
    enum Outcome: Sendable {
        case tree([EndpointRule])
        case endpoint(
            url: RuleExpression, headers: [(name: String, values: [RuleExpression])], properties: RuleExpression)
        case error(RuleExpression)
    }

    let conditions: [RuleCondition]
    let outcome: Outcome
}

/// The numbers of the forms in an image.
enum RuleCode {
    static let variable: UInt8 = 0
    static let literal: UInt8 = 1
    static let template: UInt8 = 2
    static let call: UInt8 = 3
    static let list: UInt8 = 4
    static let map: UInt8 = 5

    static let tree: UInt8 = 0
    static let endpoint: UInt8 = 1
    static let error: UInt8 = 2

    /// Stands in a rule set's strings for the service's prefix of host names, so that services share rule sets.
    static let prefix: Unicode.Scalar = "\u{1}"
    static let maximumDepth = 64
}

/// Reads rules from an image.
struct RuleReader {
    var cursor: ImageCursor
    /// What the placeholder stands for.
    let prefix: String

    mutating func rules(depth: Int = 0) -> [EndpointRule] {
        guard depth < RuleCode.maximumDepth else {
            cursor.fail()
            return []
        }
        return repeated { $0.rule(depth: depth) }
    }

    private mutating func repeated<Element>(_ element: (inout RuleReader) -> Element) -> [Element] {
        let count = cursor.length()
        var result: [Element] = []
        result.reserveCapacity(count)
        for _ in 0..<count where !cursor.isBroken { result.append(element(&self)) }
        return result
    }

    private mutating func rule(depth: Int) -> EndpointRule {
        let conditions = repeated { reader in
            let expression = reader.expression(depth: 0)
            let assign = reader.cursor.varint()
            return RuleCondition(expression: expression, assign: assign == 0 ? nil : assign - 1)
        }
        switch cursor.byte() {
        case RuleCode.tree: return EndpointRule(conditions: conditions, outcome: .tree(rules(depth: depth + 1)))
        case RuleCode.endpoint:
            let url = expression(depth: 0)
            let headers = repeated { reader in
                (name: reader.cursor.string(), values: reader.repeated { $0.expression(depth: 0) })
            }
            let properties = expression(depth: 0)
            return EndpointRule(
                conditions: conditions, outcome: .endpoint(url: url, headers: headers, properties: properties))
        default: return EndpointRule(conditions: conditions, outcome: .error(expression(depth: 0)))
        }
    }

    private mutating func expression(depth: Int) -> RuleExpression {
        guard depth < RuleCode.maximumDepth else {
            cursor.fail()
            return .literal(.null)
        }
        switch cursor.byte() {
        case RuleCode.variable: return .variable(cursor.varint())
        case RuleCode.literal:
            let value = cursor.value()
            return .literal(value.string.map { .string(filled($0)) } ?? value)
        case RuleCode.template:
            return .template(
                repeated { reader in
                    let number = reader.cursor.varint()
                    if number == 0 { return .text(reader.filled(reader.cursor.string())) }
                    return .variable(number - 1, attributes: reader.cursor.strings())
                })
        case RuleCode.call:
            guard let function = RuleFunction(rawValue: cursor.byte()) else {
                cursor.fail()
                return .literal(.null)
            }
            return .call(function, repeated { $0.expression(depth: depth + 1) })
        case RuleCode.list: return .list(repeated { $0.expression(depth: depth + 1) })
        case RuleCode.map:
            return .map(repeated { (key: $0.cursor.string(), value: $0.expression(depth: depth + 1)) })
        default:
            cursor.fail()
            return .literal(.null)
        }
    }

    private func filled(_ text: String) -> String {
        guard text.unicodeScalars.contains(RuleCode.prefix) else { return text }
        var filled = ""
        for scalar in text.unicodeScalars {
            if scalar == RuleCode.prefix { filled += prefix } else { filled.unicodeScalars.append(scalar) }
        }
        return filled
    }
}
