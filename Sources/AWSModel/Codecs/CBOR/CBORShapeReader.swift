/// Reads CBOR as a shape says. Lenient as the protocol demands: unknown members are passed over, null members are
/// absent ones, integers and floats of any width stand for each other where nothing is lost.
struct CBORShapeReader: ~Copyable {
    private var reader: CBORReader
    private var layouts = StructureLayouts()

    private init(_ bytes: UnsafeBufferPointer<UInt8>) { reader = CBORReader(bytes) }

    /// The whole of a body. An empty body is an empty structure.
    static func read(_ bytes: [UInt8], _ shape: Shape) throws -> AWSValue {
        if bytes.isEmpty { return .map([:]) }
        return try bytes.withUnsafeBufferPointer { buffer in
            var reader = CBORShapeReader(buffer)
            let value = try reader.value(shape)
            try reader.reader.expectEnd()
            return value
        }
    }

    private mutating func value(_ shape: Shape) throws -> AWSValue {
        let head = try reader.head()
        if case .null = head { return .null }
        switch (shape.kind, head) {
        case (.structure, .map(let length)) where !shape.isDocument: return try structure(shape, length)
        case (.list, .array(let length)): return try list(shape, length)
        case (.map, .map(let length)): return try map(shape, length)
        case (.structure, _) where shape.isDocument: return try reader.value(head)
        case (.structure, _), (.list, _), (.map, _): throw mismatch(shape)
        default: return try scalar(try reader.value(head), shape)
        }
    }

    private func mismatch(_ shape: Shape) -> DecodingFailure {
        reader.failure("something else where \(shape.kind.readableName) (\(shape.name)) should be")
    }

    private func scalar(_ value: AWSValue, _ shape: Shape) throws -> AWSValue {
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

    private mutating func structure(_ shape: Shape, _ length: Int?) throws -> AWSValue {
        try reader.enter()
        var open = layouts.open()
        var unknown: String?
        var count = 0
        var left = length ?? .max
        while left > 0 {
            if length == nil, try reader.takeEnd() { break }
            left -= 1
            guard case .text(let keyLength) = try reader.head() else { throw reader.failure("a key that is not text") }
            let key = try reader.text(keyLength)
            var bytes = key
            let found = bytes.withUTF8 {
                shape.memberIndex(wireName: UnsafeRawBufferPointer($0), expected: open.expected)
            }
            guard let index = found else {
                let value = try reader.value()
                if key != "__type", !value.isNull {
                    unknown = key
                    count += 1
                }
                continue
            }
            let value = try value(shape.storage.shape(at: shape.node.members[index].shapeIndex))
            if value.isNull { continue }
            layouts.set(&open, index, value)
            count += 1
        }
        reader.leave()
        let map = layouts.close(open, shape.bare)
        if shape.isUnion {
            guard count == 1 else { throw Unions.failure(shape.bare, count: count) }
            if map.isEmpty, let unknown { return Unions.unknown(unknown) }
        }
        return .map(map)
    }

    private mutating func list(_ shape: Shape, _ length: Int?) throws -> AWSValue {
        guard let element = shape.element?.shape else { throw mismatch(shape) }
        try reader.enter()
        var elements: [AWSValue] = []
        var left = length ?? .max
        while left > 0 {
            if length == nil, try reader.takeEnd() { break }
            left -= 1
            elements.append(try value(element))
        }
        reader.leave()
        return .list(elements)
    }

    private mutating func map(_ shape: Shape, _ length: Int?) throws -> AWSValue {
        guard let element = shape.value?.shape else { throw mismatch(shape) }
        try reader.enter()
        var map = AWSMap()
        var left = length ?? .max
        while left > 0 {
            if length == nil, try reader.takeEnd() { break }
            left -= 1
            guard case .text(let keyLength) = try reader.head() else { throw reader.failure("a key that is not text") }
            let key = try reader.text(keyLength)
            let value = try value(element)
            if value.isNull, !shape.isSparse { continue }
            map[key] = value
        }
        reader.leave()
        return .map(map)
    }
}
