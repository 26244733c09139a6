/// Reads a form's pairs as a shape says: what a server does with the query protocol and EC2's dialect of it.
struct QueryShapeReader {
    private let isEC2: Bool

    static func read(_ pairs: [(name: String, value: String)], _ shape: Shape, isEC2: Bool) throws -> AWSValue {
        let tree = QueryTree()
        for (name, value) in pairs where name != "Action" && name != "Version" { try tree.insert(name, value) }
        return .map(try QueryShapeReader(isEC2: isEC2).structure(tree, shape))
    }

    private func structure(_ tree: QueryTree, _ shape: Shape) throws -> AWSMap {
        var map = AWSMap()
        for member in shape.members {
            let name = QueryNames.name(of: member, isEC2: isEC2)
            let node: QueryTree?
            if !isEC2, member.flattened, member.locationName == nil, member.shape.kind == .list,
                let elementName = member.shape.element?.locationName
            {
                node = tree.children[elementName] ?? tree.children[name]
            } else {
                node = tree.children[name]
            }
            if let node { map.append(member.name, try value(node, member)) }
        }
        return map
    }

    private func value(_ node: QueryTree, _ member: Member) throws -> AWSValue {
        let shape = member.shape
        switch shape.kind {
        case .structure: return .map(try structure(node, shape))
        case .list:
            guard let element = shape.element else { return .list([]) }
            let isFlat = isEC2 || member.flattened
            // "member" is what clients write who do not know the element's own name.
            let elements =
                isFlat ? node : node.children[element.locationName ?? "member"] ?? node.children["member"] ?? node
            return .list(try elements.numbered().map { try value($0, element) })
        case .map:
            guard let key = shape.key, let element = shape.value else { return .map([:]) }
            let entries = member.flattened ? node : node.children["entry"] ?? node
            var map = AWSMap()
            for entry in entries.numbered() {
                guard let name = entry.children[key.wireName]?.text, let item = entry.children[element.wireName] else {
                    throw DecodingFailure(
                        "form body", "an entry of \(member.name) without its \(key.wireName) or \(element.wireName)")
                }
                map[name] = try value(item, element)
            }
            return .map(map)
        default:
            var text = node.text ?? ""
            return try text.withUTF8 { try XMLShapeReader.scalar($0, shape.bare) }
        }
    }
}

/// A form's names cut at their dots.
private final class QueryTree {
    /// More than any service nests; a name of thousands of dots must not become thousands of levels.
    private static let depthLimit = 64
    var text: String?
    var children: [String: QueryTree] = [:]

    func insert(_ name: String, _ value: String) throws {
        let parts = name.split(separator: ".", maxSplits: Self.depthLimit, omittingEmptySubsequences: false)
        guard parts.count <= Self.depthLimit else {
            throw DecodingFailure("form body", "a name of more than \(Self.depthLimit) parts")
        }
        var node = self
        for part in parts {
            let key = String(part)
            if let child = node.children[key] {
                node = child
            } else {
                let child = QueryTree()
                node.children[key] = child
                node = child
            }
        }
        node.text = value
    }

    /// The children with numbers for names, in their order.
    func numbered() -> [QueryTree] {
        children.compactMap { key, node in Int(key).map { ($0, node) } }.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
