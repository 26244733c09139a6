/// Reads CBOR as a shape says. Lenient as the protocol demands: unknown members are passed over, null members are
/// absent ones, integers and floats of any width stand for each other where nothing is lost.
struct CBORShapeReader: ~Copyable {
    private var reader: CBORReader
    private let storage: ServiceStorage

    private init(_ bytes: UnsafeBufferPointer<UInt8>, _ storage: ServiceStorage) {
        reader = CBORReader(bytes)
        self.storage = storage
    }

    /// The whole of a body. An empty body is an empty structure.
    static func read<Sink: ValueSink & ~Copyable>(_ bytes: [UInt8], _ shape: Shape, into sink: inout Sink) throws {
        if bytes.isEmpty { return sink.value(.map([:])) }
        try bytes.withUnsafeBufferPointer { buffer in
            var reader = CBORShapeReader(buffer, shape.storage)
            try reader.value(try reader.reader.head(), shape.bare, into: &sink)
            try reader.reader.expectEnd()
        }
    }

    private mutating func value<Sink: ValueSink & ~Copyable>(
        _ head: CBORReader.Head, _ shape: BareShape, into sink: inout Sink
    ) throws(DecodingFailure) {
        if case .null = head { return sink.null() }
        switch (shape.kind, head) {
        case (.structure, .map(let length)) where !shape.isDocument: try structure(shape, length, into: &sink)
        case (.list, .array(let length)): try list(shape, length, into: &sink)
        case (.map, .map(let length)): try map(shape, length, into: &sink)
        case (.structure, _) where shape.isDocument: sink.value(try reader.value(head))
        case (.structure, _), (.list, _), (.map, _): throw mismatch(shape)
        case (.string, .text(let length)), (.character, .text(let length)):
            try reader.withText(length) { sink.string($0) }
        default: sink.value(try scalar(try reader.value(head), shape))
        }
    }

    private func mismatch(_ shape: BareShape) -> DecodingFailure {
        reader.failure("something else where \(shape.kind.readableName) (\(shape.name)) should be")
    }

    private func scalar(_ value: AWSValue, _ shape: BareShape) throws(DecodingFailure) -> AWSValue {
        switch shape.kind {
        case .timestamp:
            guard let seconds = Scalars.timestamp(value) else { throw mismatch(shape) }
            return .timestamp(seconds)
        case .float, .double, .bigDecimal:
            guard let double = Scalars.double(value) else { throw mismatch(shape) }
            return .double(double)
        case .byte, .short, .integer, .long, .bigInteger:
            guard let integer = Scalars.integer(value) else { throw mismatch(shape) }
            return .integer(integer)
        case .blob:
            guard case .blob = value else { throw mismatch(shape) }
        case .boolean:
            guard case .bool = value else { throw mismatch(shape) }
        case .string, .character:
            guard case .string = value else { throw mismatch(shape) }
        case .structure, .list, .map: break
        }
        return value
    }

    private mutating func structure<Sink: ValueSink & ~Copyable>(
        _ shape: BareShape, _ length: Int?, into sink: inout Sink
    ) throws(DecodingFailure) {
        try reader.enter()
        let mark = sink.beginStructure()
        var unknown: String?
        var others = 0
        var count = 0
        var expected = 0
        var left = length ?? .max
        while left > 0 {
            if length == nil, try reader.takeEnd() { break }
            left -= 1
            guard case .text(let keyLength) = try reader.head() else { throw reader.failure("a key that is not text") }
            var name: String?
            let found = try reader.withText(keyLength) { key in
                let found = shape.memberIndex(wireName: UnsafeRawBufferPointer(key), expected: expected)
                if found == nil, shape.isUnion { name = String(decoding: key, as: UTF8.self) }
                return found
            }
            guard let place = found else {
                let isNull = try reader.value().isNull
                if let name, name != "__type", !isNull {
                    unknown = name
                    others += 1
                }
                continue
            }
            let head = try reader.head()
            if case .null = head { continue }
            sink.member(place, of: shape)
            try value(head, storage.bareShape(at: shape.plan(place).shapeIndex), into: &sink)
            expected = place + 1
            count += 1
        }
        reader.leave()
        try Unions.end(mark, shape, count: count, others: others, unknown: unknown, in: &sink)
    }

    private mutating func list<Sink: ValueSink & ~Copyable>(
        _ shape: BareShape, _ length: Int?, into sink: inout Sink
    ) throws(DecodingFailure) {
        guard let element = shape.element else { throw mismatch(shape) }
        let elementShape = storage.bareShape(at: element.shapeIndex)
        try reader.enter()
        let mark = sink.beginList()
        var count = 0
        while count < length ?? .max {
            if length == nil, try reader.takeEnd() { break }
            try value(try reader.head(), elementShape, into: &sink)
            count += 1
        }
        reader.leave()
        sink.endList(mark, count: count)
    }

    private mutating func map<Sink: ValueSink & ~Copyable>(
        _ shape: BareShape, _ length: Int?, into sink: inout Sink
    ) throws(DecodingFailure) {
        guard let element = shape.value else { throw mismatch(shape) }
        let elementShape = storage.bareShape(at: element.shapeIndex)
        try reader.enter()
        let mark = sink.beginMap()
        var count = 0
        var left = length ?? .max
        while left > 0 {
            if length == nil, try reader.takeEnd() { break }
            left -= 1
            guard case .text(let keyLength) = try reader.head() else { throw reader.failure("a key that is not text") }
            // The key is given once its value is known not to be an absent one.
            var key = try reader.text(keyLength)
            let head = try reader.head()
            if case .null = head, !shape.isSparse { continue }
            key.withUTF8 { sink.key($0) }
            try value(head, elementShape, into: &sink)
            count += 1
        }
        reader.leave()
        sink.endMap(mark, count: count)
    }
}
