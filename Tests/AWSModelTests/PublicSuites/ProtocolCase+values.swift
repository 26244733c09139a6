import AWSModel

@testable import AWSModel

extension ProtocolCase {
    /// A suite's value as its shape types it: numbers for timestamps, texts for blobs.
    static func typed(_ value: AWSValue, _ shape: Shape?) -> AWSValue {
        guard let shape, !shape.isDocument else { return value }
        switch (shape.kind, value) {
        case (.structure, .map(let map)):
            return .map(AWSMap(map.map { ($0.key, typed($0.value, shape.member($0.key)?.shape)) }))
        case (.structure, .list(let events)) where shape.isEventStream: return .list(events.map { typed($0, shape) })
        case (.list, .list(let elements)): return .list(elements.map { typed($0, shape.element?.shape) })
        case (.map, .map(let map)): return .map(AWSMap(map.map { ($0.key, typed($0.value, shape.value?.shape)) }))
        case (.timestamp, _): return Scalars.timestamp(value).map { .timestamp($0) } ?? value
        case (.blob, .string(let text)): return .blob(Array(text.utf8))
        case (.double, _), (.float, _): return Scalars.double(value).map { .double($0) } ?? value
        default: return value
        }
    }

    /// Bodies as blobs, for comparing.
    static func plain(_ value: AWSValue) -> AWSValue {
        switch value {
        case .body(.bytes(let bytes)): .blob(bytes)
        case .list(let list): .list(list.map(plain))
        case .map(let map): .map(AWSMap(map.map { ($0.key, plain($0.value)) }))
        default: value
        }
    }

    static func withoutNulls(_ value: AWSValue) -> AWSValue {
        switch value {
        case .map(let map): .map(AWSMap(map.filter { !$0.value.isNull }.map { ($0.key, withoutNulls($0.value)) }))
        case .list(let list): .list(list.map(withoutNulls))
        default: value
        }
    }

    /// "NaN" and its kind at the top level, as the suites write them.
    static func specials(_ value: AWSValue) -> AWSValue {
        guard case .map(let map) = value else { return value }
        return .map(
            AWSMap(
                map.map { key, item in
                    guard case .string(let text) = item, let special = SpecialNumbers.value(of: text) else {
                        return (key, item)
                    }
                    return (key, .double(special))
                }))
    }

    /// Equality by value: 1 and 1.0 are one number, NaN equals NaN, "NaN" its name.
    static func same(_ left: AWSValue, _ right: AWSValue) -> Bool {
        switch (left, right) {
        case (.map(let left), .map(let right)):
            return left.count == right.count
                && left.allSatisfy { same($0.value, right[$0.key] ?? .null) && right[$0.key] != nil }
        case (.list(let left), .list(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { same($0, $1) }
        case (.string(let name), .double(let number)), (.double(let number), .string(let name)):
            return SpecialNumbers.name(of: number) == name
        default:
            if let left = left.double, let right = right.double {
                return left == right || (left.isNaN && right.isNaN) || Float(left) == Float(right)
            }
            return left == right
        }
    }

    /// Lists in headers may have a space after their commas.
    static func sameHeader(_ left: String, _ right: String) -> Bool {
        func compact(_ text: String) -> String {
            text.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed }.joined(
                separator: ",")
        }
        return compact(left) == compact(right.replacing("; charset=utf-8", with: ""))
            || compact(left.replacing("; charset=utf-8", with: "")) == compact(right)
    }

    static func show(_ value: AWSValue) -> String {
        String(decoding: JSON.write(plain(value)), as: UTF8.self)
    }
}

/// XML reduced to what matters: names with their prefixes, attributes in any order, text without indentation.
struct CanonicalXML: Equatable {
    let lines: [String]

    init(_ bytes: [UInt8]) throws {
        let tree = try XMLTreeParser.parse(bytes)
        var lines: [String] = []
        func walk(_ node: Int) {
            let attributes = tree.attributes.filter { Int($0.element) == node }.map { "\($0.name)=\($0.value)" }
                .sorted()
            let children = tree.children(node)
            lines.append("<\(tree.name(node)) \(attributes)>" + (children.isEmpty ? tree.string(node).trimmed : ""))
            children.forEach(walk)
            lines.append("</\(tree.name(node))>")
        }
        walk(tree.root)
        self.lines = lines
    }
}
