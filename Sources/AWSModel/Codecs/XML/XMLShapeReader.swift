/// Reads the elements of an XML tree as a shape says. Unknown elements are passed over.
struct XMLShapeReader: ~Copyable {
    let tree: XMLTree
    private let storage: ServiceStorage
    private var layouts = StructureLayouts()

    /// For shapes of that service.
    init(_ tree: XMLTree, _ service: ServiceStorage) {
        self.tree = tree
        storage = service
    }

    mutating func value(_ node: Int, _ shape: Shape) throws -> AWSValue { try value(node, shape.bare) }

    private mutating func value(_ node: Int, _ shape: BareShape) throws -> AWSValue {
        switch shape.kind {
        case .structure: try structure(node, shape)
        case .list: .list(try list(node, shape))
        case .map: .map(try map(entriesOf: node, shape))
        default: try tree.withText(node) { try Self.scalar($0, shape) }
        }
    }

    mutating func structure(_ node: Int, _ shape: Shape) throws -> AWSValue { try structure(node, shape.bare) }

    private mutating func structure(_ node: Int, _ shape: BareShape) throws -> AWSValue {
        var open = layouts.open()
        var unknown: String?
        var count = 0
        var child = tree.firstChild(node)
        while child >= 0 {
            defer { child = tree.nextSibling(child) }
            guard let index = index(of: child, in: shape, expected: open.expected) else {
                unknown = tree.name(child)
                count += 1
                continue
            }
            // Of repeated elements the first counts; a flattened list has taken the others with it.
            if layouts.contains(open, index) { continue }
            let member = shape.plan(index)
            if member.location != nil && member.location != .uri && member.location != .querystring { continue }
            let memberShape = storage.bareShape(at: member.shapeIndex)
            let value: AWSValue
            if member.flags.contains(.flattened), memberShape.kind == .list {
                value = .list(try flattenedList(from: child, memberShape))
            } else if member.flags.contains(.flattened), memberShape.kind == .map {
                value = .map(try flattenedMap(from: child, memberShape))
            } else {
                value = try self.value(child, memberShape)
            }
            layouts.set(&open, index, value)
            count += 1
        }
        if !tree.attributes.isEmpty { attributes(of: node, shape, &open) }
        let map = layouts.close(open, shape)
        if shape.isUnion {
            guard count == 1 else { throw Unions.failure(shape, count: count) }
            if map.isEmpty, let unknown { return Unions.unknown(unknown) }
        }
        return .map(map)
    }

    private func index(of child: Int, in shape: BareShape, expected: Int) -> Int? {
        let nameID = Int(tree.elements[child].name)
        let found = tree.names.withBytes(nameID) {
            shape.memberIndex(wireName: UnsafeRawBufferPointer($0), expected: expected)
        }
        if let found { return found }
        // A flattened list whose element has a name of its own is written under that name.
        let name = tree.names.string(nameID)
        return shape.of(storage).members.firstIndex { $0.flattened && $0.shape.element?.locationName == name }
    }

    private mutating func attributes(of node: Int, _ shape: BareShape, _ open: inout StructureLayouts.Open) {
        guard tree.hasAttributes(node) else { return }
        for (index, member) in shape.of(storage).members.enumerated() where member.xmlAttribute {
            if let value = tree.attribute(node, member.wireName) { layouts.set(&open, index, .string(value)) }
        }
    }

    private mutating func list(_ node: Int, _ shape: BareShape) throws -> [AWSValue] {
        guard let element = shape.element else { return [] }
        let elementShape = storage.bareShape(at: element.shapeIndex)
        var elements: [AWSValue] = []
        elements.reserveCapacity(tree.childCount(node))
        var child = tree.firstChild(node)
        while child >= 0 {
            elements.append(try value(child, elementShape))
            child = tree.nextSibling(child)
        }
        return elements
    }

    private mutating func flattenedList(from first: Int, _ shape: BareShape) throws -> [AWSValue] {
        guard let element = shape.element else { return [] }
        let elementShape = storage.bareShape(at: element.shapeIndex)
        let name = tree.elements[first].name
        var elements: [AWSValue] = []
        var child = first
        while child >= 0 {
            if tree.elements[child].name == name {
                elements.append(try value(child, elementShape))
            }
            child = tree.nextSibling(child)
        }
        return elements
    }

    private mutating func map(entriesOf node: Int, _ shape: BareShape) throws -> AWSMap {
        let shape = shape.of(storage)
        var map = AWSMap()
        var child = tree.firstChild(node)
        while child >= 0 {
            try entry(child, shape, into: &map)
            child = tree.nextSibling(child)
        }
        return map
    }

    private mutating func flattenedMap(from first: Int, _ shape: BareShape) throws -> AWSMap {
        let shape = shape.of(storage)
        let name = tree.elements[first].name
        var map = AWSMap()
        var child = first
        while child >= 0 {
            if tree.elements[child].name == name { try entry(child, shape, into: &map) }
            child = tree.nextSibling(child)
        }
        return map
    }

    private mutating func entry(_ node: Int, _ shape: Shape, into map: inout AWSMap) throws {
        guard let key = shape.key, let value = shape.value else { return }
        guard let keyNode = tree.child(node, key.wireName), let valueNode = tree.child(node, value.wireName) else {
            throw DecodingFailure("XML", "an entry of \(shape.name) without its \(key.wireName) or \(value.wireName)")
        }
        map[tree.string(keyNode)] = try self.value(valueNode, value.shape)
    }

    /// A scalar from its text in an element or a form; timestamps in any format.
    static func scalar(_ text: UnsafeBufferPointer<UInt8>, _ shape: BareShape) throws -> AWSValue {
        func failure() -> DecodingFailure {
            let found = String(decoding: text.prefix(40), as: UTF8.self)
            return DecodingFailure("response", "'\(found)' where \(shape.kind.readableName) of \(shape.name) should be")
        }
        switch shape.kind {
        case .boolean:
            if text.elementsEqual("true".utf8) { return .bool(true) }
            if text.elementsEqual("false".utf8) { return .bool(false) }
            guard let value = Scalars.bool(.string(String(decoding: text, as: UTF8.self).trimmed)) else {
                throw failure()
            }
            return .bool(value)
        case .byte, .short, .integer, .long, .bigInteger:
            if let value = decimal(text) { return .integer(value) }
            let trimmed = String(decoding: text, as: UTF8.self).trimmed
            guard let value = Int64(trimmed) ?? Double(trimmed).flatMap({ Int64(exactly: $0) }) else { throw failure() }
            return .integer(value)
        case .float, .double, .bigDecimal:
            let trimmed = String(decoding: text, as: UTF8.self).trimmed
            guard let value = SpecialNumbers.value(of: trimmed) ?? Double(trimmed) else { throw failure() }
            return .double(value)
        case .blob:
            guard let value = Base64.decode(text) else { throw failure() }
            return .blob(value)
        case .timestamp:
            guard let value = Timestamps.parse(text) else { throw failure() }
            return .timestamp(value)
        default: return .string(String(decoding: text, as: UTF8.self))
        }
    }

    /// Digits alone, the common case.
    private static func decimal(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard text.count > 0, text.count < 19 else { return nil }
        var value: Int64 = 0
        for byte in text {
            let digit = byte &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value * 10 + Int64(digit)
        }
        return value
    }
}
