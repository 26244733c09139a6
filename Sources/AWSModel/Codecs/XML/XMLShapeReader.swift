/// Reads the elements of an XML tree as a shape says. Unknown elements are passed over.
struct XMLShapeReader: ~Copyable {
    private let tree: XMLTree
    private let storage: ServiceStorage
    /// The members that the open structures have so far.
    private var present = DecodingStack<UInt16>()

    /// For shapes of that service.
    init(_ tree: XMLTree, _ service: ServiceStorage) {
        self.tree = tree
        storage = service
    }

    mutating func value<Sink: ValueSink & ~Copyable>(_ node: Int, _ shape: Shape, into sink: inout Sink) throws {
        try value(node, shape.bare, into: &sink)
    }

    mutating func structure<Sink: ValueSink & ~Copyable>(_ node: Int, _ shape: Shape, into sink: inout Sink) throws {
        try structure(node, shape.bare, into: &sink)
    }

    private mutating func value<Sink: ValueSink & ~Copyable>(
        _ node: Int, _ shape: BareShape, into sink: inout Sink
    ) throws(DecodingFailure) {
        switch shape.kind {
        case .structure: try structure(node, shape, into: &sink)
        case .list: try list(shape, from: tree.firstChild(node), into: &sink)
        case .map: try map(shape, from: tree.firstChild(node), into: &sink)
        case .string, .character: sink.string(tree.utf8(node))
        // `<IsTruncated/>`
        case .boolean where tree.utf8(node).isEmpty: sink.value(.bool(false))
        default: sink.value(try Self.scalar(tree.utf8(node), shape))
        }
    }

    private mutating func structure<Sink: ValueSink & ~Copyable>(
        _ node: Int, _ shape: BareShape, into sink: inout Sink
    ) throws(DecodingFailure) {
        let mark = sink.beginStructure()
        let base = present.count
        var highest = -1
        var expected = 0
        var unknown: String?
        var others = 0
        var child = tree.firstChild(node)
        while child >= 0 {
            defer { child = tree.nextSibling(child) }
            guard let place = place(of: child, in: shape, expected: expected) else {
                unknown = tree.name(child)
                others += 1
                continue
            }
            // Of repeated elements the first counts; a flattened list has taken the others with it.
            if place <= highest, isPresent(place, from: base) { continue }
            let member = shape.plan(place)
            if member.location != nil && member.location != .uri && member.location != .querystring { continue }
            sink.member(place, of: shape)
            present.push(UInt16(truncatingIfNeeded: place))
            highest = max(highest, place)
            expected = place + 1
            let memberShape = storage.bareShape(at: member.shapeIndex)
            if member.flags.contains(.flattened), memberShape.kind == .list {
                try list(memberShape, from: child, named: tree.elements[child].name, into: &sink)
            } else if member.flags.contains(.flattened), memberShape.kind == .map {
                try map(memberShape, from: child, named: tree.elements[child].name, into: &sink)
            } else {
                try value(child, memberShape, into: &sink)
            }
        }
        let elements = present.count - base
        if !tree.attributes.isEmpty { attributes(of: node, shape, into: &sink) }
        let count = present.count - base
        present.drop(to: base)
        // Attributes are no choice of a union's.
        if shape.isUnion, count > elements, elements + others == 1 {
            return sink.endStructure(mark, count: count, of: shape)
        }
        try Unions.end(mark, shape, count: count, others: others, unknown: unknown, in: &sink)
    }

    private func isPresent(_ place: Int, from base: Int) -> Bool {
        present.withElements(from: base) { $0.contains(UInt16(truncatingIfNeeded: place)) }
    }

    private func place(of child: Int, in shape: BareShape, expected: Int) -> Int? {
        let nameID = Int(tree.elements[child].name)
        let found = tree.names.withBytes(nameID) {
            shape.memberIndex(wireName: UnsafeRawBufferPointer($0), expected: expected)
        }
        if let found { return found }
        // A flattened list whose element has a name of its own is written under that name.
        let name = tree.names.string(nameID)
        return shape.of(storage).members.firstIndex { $0.flattened && $0.shape.element?.locationName == name }
    }

    private mutating func attributes<Sink: ValueSink & ~Copyable>(
        of node: Int, _ shape: BareShape, into sink: inout Sink
    ) {
        guard tree.hasAttributes(node) else { return }
        for (place, member) in shape.of(storage).members.enumerated() where member.xmlAttribute {
            guard let value = tree.attribute(node, member.wireName) else { continue }
            sink.member(place, of: shape)
            sink.value(.string(value))
            present.push(UInt16(truncatingIfNeeded: place))
        }
    }

    /// The elements from that one on; of a flattened list, those that have its name.
    private mutating func list<Sink: ValueSink & ~Copyable>(
        _ shape: BareShape, from first: Int, named name: Int32? = nil, into sink: inout Sink
    ) throws(DecodingFailure) {
        let mark = sink.beginList()
        var count = 0
        if let element = shape.element {
            let elementShape = storage.bareShape(at: element.shapeIndex)
            var child = first
            while child >= 0 {
                defer { child = tree.nextSibling(child) }
                if let name, tree.elements[child].name != name { continue }
                try value(child, elementShape, into: &sink)
                count += 1
            }
        }
        sink.endList(mark, count: count)
    }

    /// The entries from that element on; of a flattened map, those that have its name.
    private mutating func map<Sink: ValueSink & ~Copyable>(
        _ shape: BareShape, from first: Int, named name: Int32? = nil, into sink: inout Sink
    ) throws(DecodingFailure) {
        let mark = sink.beginMap()
        var count = 0
        let full = shape.of(storage)
        if let key = full.key?.wireName, let value = full.value {
            let valueName = value.wireName
            var entry = first
            while entry >= 0 {
                defer { entry = tree.nextSibling(entry) }
                if let name, tree.elements[entry].name != name { continue }
                guard let keyNode = tree.child(entry, key), let valueNode = tree.child(entry, valueName) else {
                    throw DecodingFailure("XML", "an entry of \(shape.name) without its \(key) or \(valueName)")
                }
                sink.key(tree.utf8(keyNode))
                try self.value(valueNode, value.shape.bare, into: &sink)
                count += 1
            }
        }
        sink.endMap(mark, count: count)
    }

    /// A scalar from its text in an element or a form; timestamps in any format.
    static func scalar(_ text: UnsafeBufferPointer<UInt8>, _ shape: BareShape) throws(DecodingFailure) -> AWSValue {
        func failure() -> DecodingFailure {
            let found = String(decoding: text.prefix(40), as: UTF8.self)
            return DecodingFailure("response", "'\(found)' where \(shape.kind.readableName) of \(shape.name) should be")
        }
        switch shape.kind {
        case .boolean:
            if text.elementsEqual("true".utf8) { return .bool(true) }
            if text.elementsEqual("false".utf8) { return .bool(false) }
            // As XML Schema and servers in other languages write it.
            switch String(decoding: text, as: UTF8.self).trimmed.lowercased() {
            case "true", "1": return .bool(true)
            case "false", "0": return .bool(false)
            default: throw failure()
            }
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
