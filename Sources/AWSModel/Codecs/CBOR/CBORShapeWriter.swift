/// Writes values as CBOR as their shapes say: floats in the width of their kind, timestamps under tag 1.
struct CBORShapeWriter {
    private var cbor = CBORWriter()
    private var path = ValuePath()

    static func write(_ value: AWSValue, _ shape: Shape) throws -> [UInt8] {
        var writer = CBORShapeWriter()
        try writer.write(value, shape)
        return writer.cbor.bytes
    }

    private mutating func write(_ value: AWSValue, _ shape: Shape) throws {
        if value.isNull { return cbor.writeNull() }
        switch shape.kind {
        case .structure:
            if shape.isDocument { return cbor.write(value) }
            guard let map = Scalars.map(value) else { throw path.mismatch(value, shape) }
            cbor.mapHead(map.reduce(0) { $0 + ($1.value.isNull ? 0 : 1) })
            for (name, item) in map where !item.isNull {
                guard let member = shape.member(name) else { throw path.unknown(name, shape) }
                cbor.write(member.wireName)
                path.push(name: name)
                try write(item, member.shape)
                path.pop()
            }
        case .list:
            guard let elements = Scalars.list(value), let element = shape.element?.shape else {
                throw path.mismatch(value, shape)
            }
            cbor.arrayHead(elements.count)
            for (index, item) in elements.enumerated() {
                path.push(index: index)
                try write(item, element)
                path.pop()
            }
        case .map:
            guard let map = Scalars.map(value), let element = shape.value?.shape else {
                throw path.mismatch(value, shape)
            }
            cbor.mapHead(map.count)
            for (key, item) in map {
                cbor.write(key)
                path.push(name: key)
                try write(item, element)
                path.pop()
            }
        default: try scalar(value, shape)
        }
    }

    private mutating func scalar(_ value: AWSValue, _ shape: Shape) throws {
        switch shape.kind {
        case .boolean:
            guard let bool = Scalars.bool(value) else { throw path.mismatch(value, shape) }
            cbor.write(bool)
        case .byte, .short, .integer, .long, .bigInteger:
            guard let integer = Scalars.integer(value) else { throw path.mismatch(value, shape) }
            cbor.write(integer)
        case .float:
            guard let double = Scalars.double(value) else { throw path.mismatch(value, shape) }
            cbor.write(Float(double))
        case .double, .bigDecimal:
            guard let double = Scalars.double(value) else { throw path.mismatch(value, shape) }
            cbor.write(double)
        case .blob:
            guard let blob = try Scalars.blob(value) else { throw path.mismatch(value, shape) }
            cbor.write(blob: blob)
        case .timestamp:
            guard let seconds = Scalars.timestamp(value) else { throw path.mismatch(value, shape) }
            cbor.write(timestamp: seconds)
        default:
            guard let text = Scalars.string(value) else { throw path.mismatch(value, shape) }
            cbor.write(text)
        }
    }
}
