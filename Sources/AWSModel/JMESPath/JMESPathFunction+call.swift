extension JMESPathFunction {
    /// Checks the type of one argument's value.
    func check(_ value: AWSValue, _ index: Int) throws(JMESPathFailure) {
        let type = JMESPathType(value)
        switch parameter(index) {
        case .any, .expression: return
        case .value(let types):
            guard types.contains(type) else { throw wrongType(index, type, types.map(\.rawValue)) }
        case .list(let types):
            let names = types.map { "array of \($0.rawValue)s" }
            guard let list = value.list else { throw wrongType(index, type, names) }
            guard let first = list.first.map(JMESPathType.init) else { return }
            let wanted = types.contains(first) ? [first] : types
            for element in list where !wanted.contains(JMESPathType(element)) {
                throw wrongType(index, JMESPathType(element), names)
            }
        }
    }

    private func wrongType(_ index: Int, _ got: JMESPathType, _ wanted: [String]) -> JMESPathFailure {
        JMESPathFailure(
            .type,
            "argument \(index + 1) of \(rawValue)() must be \(wanted.joined(separator: " or ")), not \(got.rawValue)")
    }

    /// `values` are the arguments that are values, checked; `expression` the one that is not.
    func call(_ values: [AWSValue], _ expression: JMESPathNode) throws(JMESPathFailure) -> AWSValue {
        let first = values.first ?? .null
        let second = values.count > 1 ? values[1] : .null
        switch self {
        case .abs: return Self.absolute(first)
        case .avg:
            guard let numbers = first.list, !numbers.isEmpty else { return .null }
            return .double((Self.sum(numbers).double ?? 0) / Double(numbers.count))
        case .sum: return Self.sum(first.list ?? [])
        case .ceil: return Self.rounded(first, .up)
        case .floor: return Self.rounded(first, .down)
        case .contains:
            if let text = first.text { return .bool(second.text.map { Self.contains(text, $0) } ?? false) }
            return .bool(first.list?.contains { JMESPathEvaluator.equal($0, second) } ?? false)
        case .startsWith: return .bool((first.text ?? "").utf8.starts(with: (second.text ?? "").utf8))
        case .endsWith:
            return .bool((first.text ?? "").utf8.reversed().starts(with: (second.text ?? "").utf8.reversed()))
        case .join: return .string((second.list ?? []).map { $0.text ?? "" }.joined(separator: first.text ?? ""))
        case .keys: return .list((first.map?.orderedKeys ?? []).map(AWSValue.string))
        case .values: return .list(first.map?.map(\.value) ?? [])
        case .length:
            return .integer(Int64(first.list?.count ?? first.map?.count ?? first.text?.unicodeScalars.count ?? 0))
        case .merge:
            var merged = AWSMap()
            for value in values { for (key, item) in value.map ?? [:] { merged[key] = item } }
            return .map(merged)
        case .notNull: return values.first { JMESPathType($0) != .null } ?? .null
        case .reverse:
            if let list = first.list { return .list(list.reversed()) }
            var scalars = String.UnicodeScalarView()
            scalars.append(contentsOf: (first.text ?? "").unicodeScalars.reversed())
            return .string(String(scalars))
        case .sort: return .list(Self.sorted((first.list ?? []).map { ($0, $0) }))
        case .max: return Self.sorted((first.list ?? []).map { ($0, $0) }).last ?? .null
        case .min: return Self.sorted((first.list ?? []).map { ($0, $0) }).first ?? .null
        case .sortBy: return .list(Self.sorted(try keyed(first, expression)))
        case .minBy: return Self.extreme(try keyed(first, expression)) { $0 < 0 }
        case .maxBy: return Self.extreme(try keyed(first, expression)) { $0 > 0 }
        case .map:
            var result: [AWSValue] = []
            for element in first.list ?? [] { result.append(try JMESPathEvaluator.evaluate(expression, element)) }
            return .list(result)
        case .toArray: return first.list == nil ? .list([first]) : first
        case .toString:
            return .string(first.text ?? String(decoding: JSON.write(first, pretty: false), as: UTF8.self))
        case .toNumber: return Self.number(first)
        case .type: return .string(JMESPathType(first).rawValue)
        }
    }

    // MARK: Numbers

    private static func absolute(_ value: AWSValue) -> AWSValue {
        if let integer = value.integer, integer != .min { return .integer(Swift.abs(integer)) }
        return .double(Swift.abs(value.double ?? 0))
    }

    private static func rounded(_ value: AWSValue, _ rule: FloatingPointRoundingRule) -> AWSValue {
        guard let number = value.double, value.integer == nil else { return value }
        return Int64(exactly: number.rounded(rule)).map(AWSValue.integer) ?? .double(number)
    }

    /// Exact for whole numbers as long as 64 bits suffice.
    private static func sum(_ numbers: [AWSValue]) -> AWSValue {
        var total: Int64 = 0
        for number in numbers {
            guard let integer = number.integer else { return .double(numbers.reduce(0) { $0 + ($1.double ?? 0) }) }
            let (next, overflow) = total.addingReportingOverflow(integer)
            guard !overflow else { return .double(numbers.reduce(0) { $0 + ($1.double ?? 0) }) }
            total = next
        }
        return .integer(total)
    }

    /// A number as it is, a string that is a JSON number; null for everything else.
    private static func number(_ value: AWSValue) -> AWSValue {
        switch value {
        case .integer, .double, .timestamp: return value
        default:
            guard let text = value.text, let parsed = try? JSON.parse(text), parsed.double != nil else { return .null }
            return parsed
        }
    }

    // MARK: Strings and order

    private static func contains(_ text: String, _ part: String) -> Bool {
        let bytes = Array(text.utf8)
        let wanted = Array(part.utf8)
        guard wanted.count <= bytes.count else { return false }
        return wanted.isEmpty || (0...bytes.count - wanted.count).contains { bytes[$0...].starts(with: wanted) }
    }

    /// Each element with its key; keys are all numbers or all strings.
    private func keyed(
        _ list: AWSValue, _ expression: JMESPathNode
    ) throws(JMESPathFailure) -> [(key: AWSValue, value: AWSValue)] {
        var result: [(key: AWSValue, value: AWSValue)] = []
        var wanted: JMESPathType?
        for element in list.list ?? [] {
            let key = try JMESPathEvaluator.evaluate(expression, element)
            let type = JMESPathType(key)
            guard type == wanted ?? type, type == .number || type == .string else {
                throw JMESPathFailure(
                    .type, "the keys of \(rawValue)() must be all numbers or all strings, not \(type.rawValue)")
            }
            wanted = type
            result.append((key, element))
        }
        return result
    }

    /// By the keys; equal ones stay in their order.
    private static func sorted(_ entries: [(key: AWSValue, value: AWSValue)]) -> [AWSValue] {
        let order = entries.indices.sorted { left, right in
            let order = JMESPathEvaluator.order(entries[left].key, entries[right].key) ?? 0
            return order == 0 ? left < right : order < 0
        }
        return order.map { entries[$0].value }
    }

    /// The first element that none surpasses.
    private static func extreme(_ entries: [(key: AWSValue, value: AWSValue)], _ surpasses: (Int) -> Bool) -> AWSValue {
        guard var best = entries.first else { return .null }
        for entry in entries.dropFirst() where surpasses(JMESPathEvaluator.order(entry.key, best.key) ?? 0) {
            best = entry
        }
        return best.value
    }
}
