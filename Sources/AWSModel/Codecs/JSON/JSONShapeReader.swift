/// Reads JSON as a shape says, straight from the bytes.
///
/// Lenient where services are: unknown members are passed over, a null member is an absent one, numbers may be strings.
struct JSONShapeReader: ~Copyable {
    private var reader: JSONReader
    private let storage: ServiceStorage

    private init(_ bytes: UnsafeBufferPointer<UInt8>, _ storage: ServiceStorage) {
        reader = JSONReader(bytes)
        self.storage = storage
    }

    /// The whole of a body. An empty body is an empty structure.
    static func read<Sink: ValueSink & ~Copyable>(_ bytes: [UInt8], _ shape: Shape, into sink: inout Sink) throws {
        if bytes.isEmpty { return sink.value(.map([:])) }
        try bytes.withUnsafeBufferPointer { buffer in
            var reader = JSONShapeReader(buffer, shape.storage)
            try reader.value(shape.bare, into: &sink)
            try reader.reader.expectEnd()
        }
    }

    private mutating func value<Sink: ValueSink & ~Copyable>(
        _ shape: BareShape, into sink: inout Sink
    ) throws(DecodingFailure) {
        let first = reader.peek()
        if first == UInt8(ascii: "n") {
            try reader.literal("null")
            return sink.null()
        }
        switch shape.kind {
        case .structure:
            if shape.isDocument { return try reader.value(into: &sink) }
            try structure(shape, into: &sink)
        case .list: try list(shape, into: &sink)
        case .map: try map(shape, into: &sink)
        case .string, .character:
            if first == UInt8(ascii: "\"") { return try reader.string(into: &sink) }
            try reader.value(into: &sink)
        case .boolean:
            if first == UInt8(ascii: "\""), let value = Scalars.bool(.string(try reader.string())) {
                return sink.bool(value)
            }
            sink.bool(try reader.boolean())
        case .byte, .short, .integer, .long, .bigInteger: sink.value(try integer(first))
        case .float, .double, .bigDecimal: sink.double(try double(first))
        case .blob:
            guard first == UInt8(ascii: "\"") else { throw reader.unexpected("a blob in base64") }
            let text = try reader.string()
            guard let blob = Base64.decode(text) else { throw reader.failure("a blob that is not base64") }
            sink.blob(blob)
        case .timestamp: sink.timestamp(try timestamp(first))
        }
    }

    private mutating func structure<Sink: ValueSink & ~Copyable>(
        _ shape: BareShape, into sink: inout Sink
    ) throws(DecodingFailure) {
        try reader.enter(UInt8(ascii: "{"))
        let mark = sink.beginStructure()
        var unknown: String?
        var others = 0
        var count = 0
        /// The place after the latest member's: the next in the model's order.
        var expected = 0
        var isFirst = true
        while try reader.next(isFirst: &isFirst, close: UInt8(ascii: "}")) {
            let span = try reader.key()
            if let place = try place(shape, span, expected) {
                if try reader.takeNull() { continue }
                sink.member(place, of: shape)
                try value(storage.bareShape(at: shape.plan(place).shapeIndex), into: &sink)
                expected = place + 1
                count += 1
            } else if shape.isUnion {
                let name = try reader.text(span)
                if try reader.takeNull() { continue }
                try reader.skipValue()
                if name == "__type" { continue }
                unknown = name
                others += 1
            } else {
                try reader.skipValue()
            }
        }
        try Unions.end(mark, shape, count: count, others: others, unknown: unknown, in: &sink)
    }

    private func place(
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

    private mutating func list<Sink: ValueSink & ~Copyable>(
        _ shape: BareShape, into sink: inout Sink
    ) throws(DecodingFailure) {
        guard let element = shape.element else { throw reader.failure("the model's list \(shape.name) has no element") }
        let elementShape = storage.bareShape(at: element.shapeIndex)
        try reader.enter(UInt8(ascii: "["))
        let mark = sink.beginList()
        var count = 0
        var isFirst = true
        // Nulls stay: a list's places mean something, whether or not the model calls it sparse.
        while try reader.next(isFirst: &isFirst, close: UInt8(ascii: "]")) {
            try value(elementShape, into: &sink)
            count += 1
        }
        sink.endList(mark, count: count)
    }

    private mutating func map<Sink: ValueSink & ~Copyable>(
        _ shape: BareShape, into sink: inout Sink
    ) throws(DecodingFailure) {
        guard let element = shape.value else { throw reader.failure("the model's map \(shape.name) has no value") }
        let elementShape = storage.bareShape(at: element.shapeIndex)
        try reader.enter(UInt8(ascii: "{"))
        let mark = sink.beginMap()
        var count = 0
        var isFirst = true
        while try reader.next(isFirst: &isFirst, close: UInt8(ascii: "}")) {
            let key = try reader.key()
            if !shape.isSparse, try reader.takeNull() { continue }
            try reader.give(key, into: &sink)
            try value(elementShape, into: &sink)
            count += 1
        }
        sink.endMap(mark, count: count)
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

    private mutating func double(_ first: UInt8) throws(DecodingFailure) -> Double {
        if first == UInt8(ascii: "\"") {
            let text = try reader.string()
            guard let value = SpecialNumbers.value(of: text) ?? Double(text) else {
                throw reader.failure("'\(text.prefix(40))' where a number should be")
            }
            return value
        }
        switch try reader.number() {
        case .integer(let value): return Double(value)
        case .double(let value): return value
        }
    }

    private mutating func timestamp(_ first: UInt8) throws(DecodingFailure) -> Double {
        if first == UInt8(ascii: "\"") {
            let text = try reader.string()
            guard let seconds = Timestamps.parse(text) else {
                throw reader.failure("'\(text.prefix(40))' where a timestamp should be")
            }
            return seconds
        }
        switch try reader.number() {
        case .integer(let value): return Double(value)
        case .double(let value): return value
        }
    }
}
