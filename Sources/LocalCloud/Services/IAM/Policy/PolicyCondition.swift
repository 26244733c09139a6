import FoundationEssentials

/// One operator of a `Condition` block, tried on the request's context.
///
/// Source: "IAM JSON policy elements: Condition operators", IAM User Guide.
struct PolicyCondition {
    let name: String
    let isIfExists: Bool
    private enum Quantifier { case none, any, all }
    private let quantifier: Quantifier

    init(_ text: String) {
        var name = Substring(text)
        var quantifier = Quantifier.none
        if name.hasPrefix("ForAnyValue:") {
            quantifier = .any
            name = name.dropFirst("ForAnyValue:".count)
        } else if name.hasPrefix("ForAllValues:") {
            quantifier = .all
            name = name.dropFirst("ForAllValues:".count)
        }
        isIfExists = name.hasSuffix("IfExists")
        if isIfExists { name = name.dropLast("IfExists".count) }
        self.name = String(name)
        self.quantifier = quantifier
    }

    /// - Parameters:
    ///   - actual: the request's values for the key; nil when it has none.
    ///   - wanted: the policy's values, variables filled in.
    func holds(_ actual: [String]?, _ wanted: [String]) -> Bool {
        if name == "Null" {
            return wanted.contains { ($0.lowercased() == "true") == (actual?.isEmpty ?? true) }
        }
        guard let actual, !actual.isEmpty else {
            if isIfExists || quantifier == .all { return true }
            return isNegated && quantifier == .none
        }
        switch quantifier {
        case .all: return actual.allSatisfy { matches($0, wanted) }
        case .any: return actual.contains { matches($0, wanted) }
        case .none:
            return isNegated ? actual.allSatisfy { matches($0, wanted) } : actual.contains { matches($0, wanted) }
        }
    }

    /// Whether the policy language has such an operator.
    var isKnown: Bool { Self.names.contains(name) && !(name == "Null" && isIfExists) }

    private static let names: Set = [
        "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike",
        "StringNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals",
        "NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals", "DateNotEquals", "DateLessThan",
        "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals", "Bool", "BinaryEquals", "IpAddress",
        "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Null",
    ]

    private var isNegated: Bool { name.contains("Not") }

    private func matches(_ value: String, _ wanted: [String]) -> Bool {
        isNegated ? !wanted.contains { compare(value, $0) } : wanted.contains { compare(value, $0) }
    }

    /// The positive form of the operator.
    private func compare(_ value: String, _ wanted: String) -> Bool {
        switch name {
        case "StringEquals", "StringNotEquals", "BinaryEquals": value == wanted
        case "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase": value.lowercased() == wanted.lowercased()
        case "StringLike", "StringNotLike": Wildcard.matches(wanted, value)
        case "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike": Wildcard.matchesARN(wanted, value)
        case "Bool": value.lowercased() == wanted.lowercased()
        case "NumericEquals", "NumericNotEquals": numbers(value, wanted) { $0 == $1 }
        case "NumericLessThan": numbers(value, wanted) { $0 < $1 }
        case "NumericLessThanEquals": numbers(value, wanted) { $0 <= $1 }
        case "NumericGreaterThan": numbers(value, wanted) { $0 > $1 }
        case "NumericGreaterThanEquals": numbers(value, wanted) { $0 >= $1 }
        case "DateEquals", "DateNotEquals": dates(value, wanted) { $0 == $1 }
        case "DateLessThan": dates(value, wanted) { $0 < $1 }
        case "DateLessThanEquals": dates(value, wanted) { $0 <= $1 }
        case "DateGreaterThan": dates(value, wanted) { $0 > $1 }
        case "DateGreaterThanEquals": dates(value, wanted) { $0 >= $1 }
        case "IpAddress", "NotIpAddress": AddressRange(wanted)?.contains(value) ?? false
        default: false
        }
    }

    private func numbers(_ left: String, _ right: String, _ test: (Double, Double) -> Bool) -> Bool {
        guard let left = Double(left), let right = Double(right) else { return false }
        return test(left, right)
    }

    private func dates(_ left: String, _ right: String, _ test: (Double, Double) -> Bool) -> Bool {
        guard let left = Self.seconds(left), let right = Self.seconds(right) else { return false }
        return test(left, right)
    }

    private static func seconds(_ text: String) -> Double? {
        Double(text) ?? (try? Date(text, strategy: .iso8601))?.timeIntervalSince1970
    }
}

/// An IPv4 address or a range in CIDR form.
struct AddressRange {
    private let base: UInt32
    private let mask: UInt32

    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1)
        guard let first = parts.first, let address = Self.number(String(first)) else { return nil }
        let bits = parts.count > 1 ? Int(parts[1]) : 32
        guard let bits, (0...32).contains(bits) else { return nil }
        mask = bits == 0 ? 0 : UInt32.max << UInt32(32 - bits)
        base = address & mask
    }

    func contains(_ address: String) -> Bool {
        Self.number(address).map { $0 & mask == base } ?? false
    }

    private static func number(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard let part else { return nil }
            number = number << 8 | UInt32(part)
        }
        return number
    }
}
