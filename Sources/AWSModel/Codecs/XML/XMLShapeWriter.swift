/// Writes values as XML elements as their shapes say.
struct XMLShapeWriter {
    var xml = XMLWriter()
    private var path = ValuePath()
    private let namesListsByElement: Bool

    /// - Parameter namesListsByElement: a flattened list without a name of its own goes by its element's, where that has
    ///   one, as in the answers of the query protocol (SimpleDB's); else by the member's.
    init(namesListsByElement: Bool = false) { self.namesListsByElement = namesListsByElement }

    /// A structure's element, with its attributes and members. `attributes` are the caller's own (a namespace).
    mutating func structure(
        _ value: AWSValue, _ shape: Shape, name: String, attributes: [(name: String, value: String)]
    ) throws {
        guard let map = Scalars.map(value) else { throw path.mismatch(value, shape) }
        if shape.node.hasXMLAttributes {
            xml.open(name, attributes: attributes + (try self.attributes(map, shape)))
        } else {
            xml.open(name, attributes: attributes)
        }
        try members(map, shape)
        xml.close(name)
    }

    private func attributes(_ map: AWSMap, _ shape: Shape) throws -> [(name: String, value: String)] {
        var attributes: [(name: String, value: String)] = []
        for (name, item) in map where !item.isNull {
            guard let member = shape.member(name) else { throw path.unknown(name, shape) }
            guard member.xmlAttribute else { continue }
            attributes.append((member.wireName, try text(item, member.shape, member.timestampFormat)))
        }
        return attributes
    }

    /// The elements of a structure's members, without an element around them; attributes are left out.
    mutating func members(_ map: AWSMap, _ shape: Shape) throws {
        for (name, item) in map where !item.isNull {
            guard let member = shape.member(name) else { throw path.unknown(name, shape) }
            if member.xmlAttribute { continue }
            path.push(name: name)
            try write(item, member)
            path.pop()
        }
    }

    /// A member under its own name, flattened where the model says so.
    mutating func write(_ value: AWSValue, _ member: Member, name: String? = nil) throws {
        let shape = member.shape
        let name = name ?? member.wireName
        let namespace = Self.attributes(member.xmlNamespace)
        if value.isNull { return }
        switch shape.kind {
        case .structure: try structure(value, shape, name: name, attributes: namespace)
        case .list:
            let isElementNamed = namesListsByElement && member.flattened && member.locationName == nil
            let elementName = isElementNamed ? shape.element?.locationName : nil
            try list(value, shape, name: elementName ?? name, flattened: member.flattened, namespace)
        case .map: try map(value, shape, name: name, flattened: member.flattened, namespace)
        default:
            xml.open(name, attributes: namespace)
            xml.text(try text(value, shape, member.timestampFormat))
            xml.close(name)
        }
    }

    private mutating func list(
        _ value: AWSValue, _ shape: Shape, name: String, flattened: Bool, _ namespace: [(name: String, value: String)]
    ) throws {
        guard let elements = Scalars.list(value), let element = shape.element else { throw path.mismatch(value, shape) }
        if !flattened { xml.open(name, attributes: namespace) }
        let elementName = flattened ? name : element.wireName
        for (index, item) in elements.enumerated() {
            path.push(index: index)
            try write(item, element, name: elementName)
            path.pop()
        }
        if !flattened { xml.close(name) }
    }

    private mutating func map(
        _ value: AWSValue, _ shape: Shape, name: String, flattened: Bool, _ namespace: [(name: String, value: String)]
    ) throws {
        guard let map = Scalars.map(value), let key = shape.key, let element = shape.value else {
            throw path.mismatch(value, shape)
        }
        if !flattened { xml.open(name, attributes: namespace) }
        let entry = flattened ? name : "entry"
        for (entryKey, item) in map {
            xml.open(entry, attributes: flattened ? namespace : [])
            try write(.string(entryKey), key)
            path.push(name: entryKey)
            try write(item, element)
            path.pop()
            xml.close(entry)
        }
        if !flattened { xml.close(name) }
    }

    private func text(_ value: AWSValue, _ shape: Shape, _ timestampFormat: String?) throws -> String {
        guard let text = try ScalarText.write(value, shape, timestampFormat, default: .iso8601) else {
            throw path.mismatch(value, shape)
        }
        return text
    }

    static func attributes(_ namespace: XMLNamespace?) -> [(name: String, value: String)] {
        guard let namespace else { return [] }
        return [(namespace.prefix.map { "xmlns:\($0)" } ?? "xmlns", namespace.uri)]
    }
}

/// Scalars as text: in XML, forms, queries, labels and headers.
enum ScalarText {
    /// Nil when the value is none of the shape's kind.
    static func write(
        _ value: AWSValue, _ shape: Shape, _ timestampFormat: String?, default format: TimestampFormat
    ) throws -> String? {
        switch shape.kind {
        case .boolean: Scalars.bool(value).map { $0 ? "true" : "false" }
        case .byte, .short, .integer, .long, .bigInteger: Scalars.integer(value).map { String($0) }
        case .float, .double, .bigDecimal:
            Scalars.double(value).map { SpecialNumbers.name(of: $0) ?? number($0, value) }
        case .blob: try Scalars.blob(value).map { Base64.encode($0) }
        case .timestamp:
            Scalars.timestamp(value).map { Timestamps.format($0, as: TimestampFormat(timestampFormat) ?? format) }
        case .string, .character: Scalars.string(value)
        case .structure, .list, .map: nil
        }
    }

    /// An integer that was given for a number stays one: 10, not 10.0.
    private static func number(_ double: Double, _ value: AWSValue) -> String {
        if case .integer(let integer) = value { String(integer) } else { "\(double)" }
    }
}
