/// Reads JSON as a shape says, straight from the bytes.
///
/// Lenient where services are: unknown members are passed over, a null member is an absent one, numbers may be strings.
struct JSONShapeReader: ~Copyable {
    private var reader: JSONReader
    private let storage: ServiceStorage
    private var layouts = StructureLayouts()
    private var elements = DecodingStack<AWSValue>()
    private var maps = JSONObjectBuilder()

    private init(_ bytes: UnsafeBufferPointer<UInt8>, _ storage: ServiceStorage) {
        reader = JSONReader(bytes)
        self.storage = storage
    }

    /// The whole of a body. An empty body is an empty structure.
    static func read(_ bytes: [UInt8], _ shape: Shape) throws -> AWSValue {
        if bytes.isEmpty { return .map([:]) }
        return try bytes.withUnsafeBufferPointer { buffer in
            var reader = JSONShapeReader(buffer, shape.storage)
            let value = try reader.value(shape.bare)
            try reader.reader.expectEnd()
            return value
        }
    }

    private mutating func value(_ shape: BareShape) throws(DecodingFailure) -> AWSValue {
        let first = reader.peek()
        if first == UInt8(ascii: "n") {
            try reader.literal("null")
            return .null
        }
        switch shape.kind {
        case .structure:
            if shape.isDocument { return try tree() }
            return try structure(shape)
        case .list: return try list(shape)
        case .map: return try map(shape)
        case .string, .character:
            return first == UInt8(ascii: "\"") ? .string(try reader.string()) : try tree()
        case .boolean:
            if first == UInt8(ascii: "\""), let value = Scalars.bool(.string(try reader.string())) {
                return .bool(value)
            }
            return .bool(try reader.boolean())
        case .byte, .short, .integer, .long, .bigInteger: return try integer(first)
        case .float, .double, .bigDecimal: return try double(first)
        case .blob:
            guard first == UInt8(ascii: "\"") else { throw reader.unexpected("a blob in base64") }
            let text = try reader.string()
            guard let blob = Base64.decode(text) else { throw reader.failure("a blob that is not base64") }
            return .blob(blob)
        case .timestamp: return try timestamp(first)
        }
    }

    private mutating func tree() throws(DecodingFailure) -> AWSValue {
        var parser = JSONTreeParser(reader)
        let value = try parser.value()
        reader = parser.reader
        return value
    }

    private mutating func structure(_ shape: BareShape) throws(DecodingFailure) -> AWSValue {
        try reader.enter(UInt8(ascii: "{"))
        var open = layouts.open()
        var unknown: String?
        var count = 0
        var isFirst = true
        while try reader.next(isFirst: &isFirst, close: UInt8(ascii: "}")) {
            let span = try reader.key()
            if let index = try index(shape, span, open.expected) {
                let value = try value(storage.bareShape(at: shape.plan(index).shapeIndex))
                if value.isNull { continue }
                layouts.set(&open, index, value)
                count += 1
            } else if shape.isUnion {
                let name = try reader.text(span)
                if try reader.takeNull() { continue }
                try reader.skipValue()
                if name == "__type" { continue }
                unknown = name
                count += 1
            } else {
                try reader.skipValue()
            }
        }
        let map = layouts.close(open, shape)
        if shape.isUnion {
            guard count == 1 else { throw Unions.failure(shape, count: count) }
            if let unknown { return Unions.unknown(unknown) }
        }
        return .map(map)
    }

    private func index(
        _ shape: BareShape, _ span: JSONReader.Span, _ expected: Int
    ) throws(DecodingFailure) -> Int? {
        guard span.hasEscapes else {
            return shape.memberIndex(
                wireName: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: reader.bytes[span.start..<span.end])),
                expected: expected)
        }
        let name = try reader.unescape(span)
        return name.withUnsafeBytes { shape.memberIndex(wireName: $0, expected: expected) }
    }

    private mutating func list(_ shape: BareShape) throws(DecodingFailure) -> AWSValue {
        guard let element = shape.element else { throw reader.failure("the model's list \(shape.name) has no element") }
        let elementShape = storage.bareShape(at: element.shapeIndex)
        try reader.enter(UInt8(ascii: "["))
        let bottom = elements.count
        var isFirst = true
        // Nulls stay: a list's places mean something, whether or not the model calls it sparse.
        while try reader.next(isFirst: &isFirst, close: UInt8(ascii: "]")) {
            elements.push(try value(elementShape))
        }
        return .list(elements.take(from: bottom))
    }

    private mutating func map(_ shape: BareShape) throws(DecodingFailure) -> AWSValue {
        guard let element = shape.value else { throw reader.failure("the model's map \(shape.name) has no value") }
        let elementShape = storage.bareShape(at: element.shapeIndex)
        try reader.enter(UInt8(ascii: "{"))
        var map = maps.open()
        var isFirst = true
        while try reader.next(isFirst: &isFirst, close: UInt8(ascii: "}")) {
            let key = try maps.key(try reader.key(), in: reader)
            let value = try value(elementShape)
            if value.isNull, !shape.isSparse { continue }
            maps.set(&map, key, value)
        }
        return .map(maps.close(map))
    }

    private mutating func integer(_ first: UInt8) throws(DecodingFailure) -> AWSValue {
        if first == UInt8(ascii: "\"") {
            let text = try reader.string()
            guard let value = Int64(text) ?? Double(text).flatMap({ Int64(exactly: $0) }) else {
                throw reader.failure("'\(text.prefix(40))' where an integer should be")
            }
            return .integer(value)
        }
        switch try reader.number() {
        case .integer(let value): return .integer(value)
        case .double(let value):
            return Int64(exactly: value.rounded(.towardZero)).map { .integer($0) } ?? .double(value)
        }
    }

    private mutating func double(_ first: UInt8) throws(DecodingFailure) -> AWSValue {
        if first == UInt8(ascii: "\"") {
            let text = try reader.string()
            guard let value = SpecialNumbers.value(of: text) ?? Double(text) else {
                throw reader.failure("'\(text.prefix(40))' where a number should be")
            }
            return .double(value)
        }
        switch try reader.number() {
        case .integer(let value): return .double(Double(value))
        case .double(let value): return .double(value)
        }
    }

    private mutating func timestamp(_ first: UInt8) throws(DecodingFailure) -> AWSValue {
        if first == UInt8(ascii: "\"") {
            let text = try reader.string()
            guard let seconds = Timestamps.parse(text) else {
                throw reader.failure("'\(text.prefix(40))' where a timestamp should be")
            }
            return .timestamp(seconds)
        }
        switch try reader.number() {
        case .integer(let value): return .timestamp(Double(value))
        case .double(let value): return .timestamp(value)
        }
    }
}
