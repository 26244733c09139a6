/// Writes values as XML elements as their shapes say.
///
/// Names are taken from where the model has them, and shapes without their service: an answer of thousands of elements is
/// written without counting references for each.
struct XMLShapeWriter {
    typealias Attributes = [(name: String, value: String)]
    private typealias Plan = MemberPlans.Plan
    private typealias Name = UnsafeRawBufferPointer

    var xml = XMLWriter()
    private let namesListsByElement: Bool

    /// - Parameter namesListsByElement: a flattened list without a name of its own goes by its element's, where that has
    ///   one, as in the answers of the query protocol (SimpleDB's); else by the member's.
    init(namesListsByElement: Bool = false) { self.namesListsByElement = namesListsByElement }

    /// A structure's element, with its attributes and members. `attributes` are the caller's own (a namespace).
    mutating func structure(_ value: AWSValue, _ shape: Shape, name: String, attributes: Attributes) throws {
        var name = name
        try name.withUTF8 { try structure(value, shape.bare, Name($0), attributes, shape.storage) }
    }

    /// The elements of a structure's members, without an element around them; attributes are left out.
    mutating func members(_ map: AWSMap, _ shape: Shape) throws { try members(map, shape.bare, shape.storage) }

    /// A member under its own name, flattened where the model says so.
    mutating func write(_ value: AWSValue, _ member: Member) throws {
        let plan = Plan(member.node)
        try write(value, plan, name: plan.wireName, Self.attributes(member.xmlNamespace), member.storage)
    }

    static func attributes(_ namespace: XMLNamespace?) -> Attributes {
        guard let namespace else { return [] }
        return [(namespace.prefix.map { "xmlns:\($0)" } ?? "xmlns", namespace.uri)]
    }

    private static func attributes(of place: Int, _ plan: Plan, _ shape: BareShape) -> Attributes {
        plan.flags.contains(.namespaced) ? attributes(shape.xmlNamespace(of: place)) : []
    }

    private mutating func open(_ name: Name, _ attributes: Attributes) {
        guard !attributes.isEmpty else { return xml.open(utf8: name) }
        xml.open(String(decoding: name, as: UTF8.self), attributes: attributes)
    }

    private mutating func structure(
        _ value: AWSValue, _ shape: BareShape, _ name: Name, _ attributes: Attributes, _ storage: ServiceStorage
    ) throws {
        guard let map = Scalars.map(value) else { throw Self.mismatch(value, shape, storage) }
        open(name, shape.hasXMLAttributes ? attributes + (try Self.attributes(map, shape.of(storage))) : attributes)
        try members(map, shape, storage)
        xml.close(utf8: name)
    }

    /// The members that are attributes of their structure's element.
    private static func attributes(_ map: AWSMap, _ shape: Shape) throws -> Attributes {
        var attributes: Attributes = []
        for (name, item) in map where !item.isNull {
            guard let member = shape.member(name) else { throw ValuePath().unknown(name, shape) }
            guard member.xmlAttribute else { continue }
            guard let text = try ScalarText.write(item, member.shape, member.timestampFormat, default: .iso8601) else {
                throw ValuePath().mismatch(item, member.shape)
            }
            attributes.append((member.wireName, text))
        }
        return attributes
    }

    private mutating func members(_ map: AWSMap, _ shape: BareShape, _ storage: ServiceStorage) throws {
        try map.withEntries { names, items in
            var expected = 0
            for at in names.indices where !items[at].isNull {
                guard let place = shape.memberIndex(name: names[at], expected: expected) else {
                    throw ValuePath().unknown(names[at], shape.of(storage))
                }
                expected = place + 1
                let plan = shape.plan(place)
                if plan.flags.contains(.xmlAttribute) { continue }
                do {
                    try write(
                        items[at], plan, name: plan.wireName, Self.attributes(of: place, plan, shape), storage)
                } catch let failure as EncodingFailure { throw failure.inside(names[at]) }
            }
        }
    }

    private mutating func write(
        _ value: AWSValue, _ plan: Plan, name: Name, _ attributes: Attributes, _ storage: ServiceStorage
    ) throws {
        if value.isNull { return }
        let shape = storage.bareShape(at: plan.shapeIndex)
        switch shape.kind {
        case .structure: try structure(value, shape, name, attributes, storage)
        case .list: try list(value, plan, shape, name, attributes, storage)
        case .map: try map(value, plan, shape, name, attributes, storage)
        default:
            open(name, attributes)
            try scalar(value, shape, plan.timestampFormat ?? .iso8601, storage)
            xml.close(utf8: name)
        }
    }

    private mutating func list(
        _ value: AWSValue, _ plan: Plan, _ shape: BareShape, _ name: Name, _ attributes: Attributes,
        _ storage: ServiceStorage
    ) throws {
        guard let elements = Scalars.list(value), let element = shape.element else {
            throw Self.mismatch(value, shape, storage)
        }
        let isFlattened = plan.flags.contains(.flattened)
        var elementName = element.wireName
        if isFlattened {
            let isElementNamed =
                namesListsByElement && !plan.flags.contains(.renamed) && element.flags.contains(.renamed)
            if !isElementNamed { elementName = name }
        } else {
            open(name, attributes)
        }
        let elementAttributes = Self.attributes(of: 0, element, shape)
        for index in elements.indices {
            do {
                try write(elements[index], element, name: elementName, elementAttributes, storage)
            } catch let failure as EncodingFailure { throw failure.inside(index) }
        }
        if !isFlattened { xml.close(utf8: name) }
    }

    private mutating func map(
        _ value: AWSValue, _ plan: Plan, _ shape: BareShape, _ name: Name, _ attributes: Attributes,
        _ storage: ServiceStorage
    ) throws {
        guard let map = Scalars.map(value), let key = shape.key, let element = shape.value else {
            throw Self.mismatch(value, shape, storage)
        }
        let isFlattened = plan.flags.contains(.flattened)
        if !isFlattened { open(name, attributes) }
        for (entryKey, item) in map {
            if isFlattened { open(name, attributes) } else { xml.open("entry") }
            try write(.string(entryKey), key, name: key.wireName, Self.attributes(of: 0, key, shape), storage)
            do {
                try write(item, element, name: element.wireName, Self.attributes(of: 1, element, shape), storage)
            } catch let failure as EncodingFailure { throw failure.inside(entryKey) }
            if isFlattened { xml.close(utf8: name) } else { xml.close("entry") }
        }
        if !isFlattened { xml.close(utf8: name) }
    }

    private static func mismatch(
        _ value: AWSValue, _ shape: BareShape, _ storage: ServiceStorage
    ) -> EncodingFailure {
        ValuePath().mismatch(value, shape.of(storage))
    }

    /// Text, numbers and booleans, of which there are most, go without a string in between.
    private mutating func scalar(
        _ value: AWSValue, _ shape: BareShape, _ format: TimestampFormat, _ storage: ServiceStorage
    ) throws {
        switch (shape.kind, value) {
        case (.string, .string(let text)), (.character, .string(let text)): xml.text(text)
        case (.byte, .integer(let number)), (.short, .integer(let number)), (.integer, .integer(let number)),
            (.long, .integer(let number)):
            xml.bytes.append(decimal: number)
        case (.boolean, .bool(let bool)): xml.bytes.append(ascii: bool ? "true" : "false")
        default:
            guard let text = try ScalarText.write(value, shape.kind, format) else {
                throw Self.mismatch(value, shape, storage)
            }
            xml.text(text)
        }
    }
}

/// Scalars as text: in XML, forms, queries, labels and headers.
enum ScalarText {
    /// Nil when the value is none of the shape's kind.
    static func write(
        _ value: AWSValue, _ shape: Shape, _ timestampFormat: String?, default format: TimestampFormat
    ) throws -> String? {
        try write(value, shape.kind, TimestampFormat(timestampFormat) ?? format)
    }

    static func write(_ value: AWSValue, _ kind: ShapeKind, _ format: TimestampFormat) throws -> String? {
        switch kind {
        case .boolean: Scalars.bool(value).map { $0 ? "true" : "false" }
        case .byte, .short, .integer, .long, .bigInteger: Scalars.integer(value).map { String($0) }
        case .float, .double, .bigDecimal:
            Scalars.double(value).map { SpecialNumbers.name(of: $0) ?? number($0, value) }
        case .blob: try Scalars.blob(value).map { Base64.encode($0) }
        case .timestamp:
            Scalars.timestamp(value).map { Timestamps.format($0, as: format) }
        case .string, .character: Scalars.string(value)
        case .structure, .list, .map: nil
        }
    }

    /// An integer that was given for a number stays one: 10, not 10.0.
    private static func number(_ double: Double, _ value: AWSValue) -> String {
        if case .integer(let integer) = value { String(integer) } else { "\(double)" }
    }
}
