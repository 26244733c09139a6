/// Applies a tree to a value.
enum JMESPathEvaluator {
    static func evaluate(_ node: JMESPathNode, _ value: AWSValue) throws(JMESPathFailure) -> AWSValue {
        switch node {
        case .current: return value
        case .field(let name): return value[name] ?? .null
        case .literal(let literal): return literal
        case .index(let index):
            guard let list = value.list else { return .null }
            let place = index < 0 ? list.count + index : index
            return list.indices.contains(place) ? list[place] : .null
        case .chain(let first, let second): return try evaluate(second, try evaluate(first, value))
        case .slice(let start, let stop, let step):
            guard let list = value.list else { return .null }
            return .list(try slice(list, start, stop, step))
        case .projection(let left, let right):
            guard let list = try evaluate(left, value).list else { return .null }
            return try project(list, right)
        case .valueProjection(let left, let right):
            guard let map = try evaluate(left, value).map else { return .null }
            return try project(map.map(\.value), right)
        case .filter(let left, let right, let condition):
            guard let list = try evaluate(left, value).list else { return .null }
            var kept: [AWSValue] = []
            for element in list {
                let answer = try evaluate(condition, element)
                if isTrue(answer) { kept.append(element) }
            }
            return try project(kept, right)
        case .flatten(let inner):
            guard let list = try evaluate(inner, value).list else { return .null }
            return .list(list.flatMap { $0.list ?? [$0] })
        case .comparison(let comparison, let left, let right):
            return compare(comparison, try evaluate(left, value), try evaluate(right, value))
        case .or(let left, let right):
            let first = try evaluate(left, value)
            return isTrue(first) ? first : try evaluate(right, value)
        case .and(let left, let right):
            let first = try evaluate(left, value)
            return isTrue(first) ? try evaluate(right, value) : first
        case .not(let inner): return .bool(!isTrue(try evaluate(inner, value)))
        case .list(let items):
            if value == .null { return .null }
            var result: [AWSValue] = []
            for item in items { result.append(try evaluate(item, value)) }
            return .list(result)
        case .object(let entries):
            if value == .null { return .null }
            var map = AWSMap()
            for entry in entries { map[entry.key] = try evaluate(entry.value, value) }
            return .map(map)
        case .call(let function, let arguments):
            var values: [AWSValue] = []
            var expression = JMESPathNode.current
            for (index, argument) in arguments.enumerated() {
                switch argument {
                case .expression(let node): expression = node
                case .value(let node):
                    let given = try evaluate(node, value)
                    try function.check(given, index)
                    values.append(given)
                }
            }
            return try function.call(values, expression)
        }
    }

    private static func project(_ elements: [AWSValue], _ node: JMESPathNode) throws(JMESPathFailure) -> AWSValue {
        if case .current = node { return .list(elements.filter { $0 != .null }) }
        var result: [AWSValue] = []
        for element in elements {
            let found = try evaluate(node, element)
            if found != .null { result.append(found) }
        }
        return .list(result)
    }

    /// As Python's slices.
    private static func slice(
        _ list: [AWSValue], _ start: Int?, _ stop: Int?, _ step: Int?
    ) throws(JMESPathFailure) -> [AWSValue] {
        let step = step ?? 1
        guard step != 0 else { throw JMESPathFailure(.value, "a slice's step cannot be 0") }
        let count = list.count
        let lowest = step > 0 ? 0 : -1
        let highest = step > 0 ? count : count - 1
        func bounded(_ index: Int) -> Int {
            // A very negative number must not overflow.
            let place = index < 0 ? Swift.max(index, -count - 1) + count : index
            return Swift.min(Swift.max(place, lowest), highest)
        }
        let first = start.map(bounded) ?? (step > 0 ? 0 : count - 1)
        let end = stop.map(bounded) ?? (step > 0 ? count : -1)
        return stride(from: first, to: end, by: step).map { list[$0] }
    }

    static func isTrue(_ value: AWSValue) -> Bool {
        switch value {
        case .null, .body: false
        case .bool(let flag): flag
        case .string(let text): !text.isEmpty
        case .blob(let bytes): !bytes.isEmpty
        case .list(let list): !list.isEmpty
        case .map(let map): !map.isEmpty
        case .integer, .double, .timestamp: true
        }
    }

    // MARK: Comparing

    private static func compare(
        _ comparison: JMESPathNode.Comparison, _ left: AWSValue, _ right: AWSValue
    ) -> AWSValue {
        switch comparison {
        case .equal: return .bool(equal(left, right))
        case .notEqual: return .bool(!equal(left, right))
        default: break
        }
        guard let order = order(left, right) else { return .null }
        switch comparison {
        case .less: return .bool(order < 0)
        case .lessOrEqual: return .bool(order <= 0)
        case .greater: return .bool(order > 0)
        default: return .bool(order >= 0)
        }
    }

    /// Numbers by their value, strings byte by byte, lists and objects by their parts.
    static func equal(_ left: AWSValue, _ right: AWSValue) -> Bool {
        switch (JMESPathType(left), JMESPathType(right)) {
        case (.number, .number), (.string, .string): return order(left, right) == 0
        case (.array, .array):
            guard let first = left.list, let second = right.list, first.count == second.count else { return false }
            return zip(first, second).allSatisfy(equal)
        case (.object, .object):
            guard let first = left.map, let second = right.map, first.count == second.count else { return false }
            return first.allSatisfy { entry in second[entry.key].map { equal(entry.value, $0) } ?? false }
        case (let first, let second):
            return first == second && left.bool == right.bool
        }
    }

    /// Less than, equal to or greater than zero for two numbers or two strings; nil for anything else and for NaN.
    static func order(_ left: AWSValue, _ right: AWSValue) -> Int? {
        if let first = left.integer, let second = right.integer { return first == second ? 0 : first < second ? -1 : 1 }
        if let first = left.double, let second = right.double {
            return first == second ? 0 : first < second ? -1 : first > second ? 1 : nil
        }
        guard let first = left.text, let second = right.text else { return nil }
        if first.utf8.elementsEqual(second.utf8) { return 0 }
        return first.utf8.lexicographicallyPrecedes(second.utf8) ? -1 : 1
    }
}

extension AWSValue {
    /// A string, or a blob that is one.
    var text: String? {
        switch self {
        case .string(let text): text
        case .blob(let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }
}
