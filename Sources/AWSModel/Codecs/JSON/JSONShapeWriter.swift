/// Writes values as JSON as their shapes say.
struct JSONShapeWriter {
    private var json = JSONWriter()
    private let storage: ServiceStorage

    /// The whole of a body.
    static func write(_ value: AWSValue, _ shape: Shape) throws -> [UInt8] {
        var writer = JSONShapeWriter(storage: shape.storage)
        try writer.write(value, shape.bare, nil)
        return writer.json.bytes
    }

    private init(storage: ServiceStorage) { self.storage = storage }

    private mutating func write(_ value: AWSValue, _ shape: BareShape, _ timestampFormat: TimestampFormat?) throws {
        if value.isNull { return json.writeNull() }
        switch shape.kind {
        case .structure:
            if shape.isDocument { return json.write(value) }
            try structure(value, shape)
        case .list: try list(value, shape)
        case .map: try map(value, shape)
        default: try scalar(value, shape, timestampFormat)
        }
    }

    private mutating func structure(_ value: AWSValue, _ shape: BareShape) throws {
        guard let map = Scalars.map(value) else { throw mismatch(value, shape) }
        json.put("{")
        try map.withEntries { names, items in
            var expected = 0
            for at in names.indices where !items[at].isNull {
                guard let place = shape.memberIndex(name: names[at], expected: expected) else {
                    throw ValuePath().unknown(names[at], shape.of(storage))
                }
                expected = place + 1
                let member = shape.plan(place)
                json.separate()
                json.write(utf8: member.wireName.bindMemory(to: UInt8.self))
                json.put(":")
                do {
                    try write(items[at], storage.bareShape(at: member.shapeIndex), member.timestampFormat)
                } catch let failure as EncodingFailure { throw failure.inside(names[at]) }
            }
        }
        json.put("}")
    }

    private mutating func list(_ value: AWSValue, _ shape: BareShape) throws {
        guard let elements = Scalars.list(value), let element = shape.element else { throw mismatch(value, shape) }
        let elementShape = storage.bareShape(at: element.shapeIndex)
        json.put("[")
        for index in elements.indices {
            json.separate()
            do {
                try write(elements[index], elementShape, element.timestampFormat)
            } catch let failure as EncodingFailure { throw failure.inside(index) }
        }
        json.put("]")
    }

    private mutating func map(_ value: AWSValue, _ shape: BareShape) throws {
        guard let map = Scalars.map(value), let element = shape.value else { throw mismatch(value, shape) }
        let elementShape = storage.bareShape(at: element.shapeIndex)
        json.put("{")
        try map.withEntries { keys, items in
            for at in keys.indices {
                json.separate()
                json.write(keys[at])
                json.put(":")
                do {
                    try write(items[at], elementShape, element.timestampFormat)
                } catch let failure as EncodingFailure { throw failure.inside(keys[at]) }
            }
        }
        json.put("}")
    }

    private func mismatch(_ value: AWSValue, _ shape: BareShape) -> EncodingFailure {
        ValuePath().mismatch(value, shape.of(storage))
    }

    private mutating func scalar(_ value: AWSValue, _ shape: BareShape, _ timestampFormat: TimestampFormat?) throws {
        switch shape.kind {
        case .boolean:
            guard let bool = Scalars.bool(value) else { throw mismatch(value, shape) }
            json.write(bool)
        case .byte, .short, .integer, .long, .bigInteger:
            guard let integer = Scalars.integer(value) else { throw mismatch(value, shape) }
            json.write(integer)
        case .float, .double, .bigDecimal:
            if case .integer(let integer) = value { return json.write(integer) }
            guard let double = Scalars.double(value) else { throw mismatch(value, shape) }
            json.write(double)
        case .blob:
            guard let blob = try Scalars.blob(value) else { throw mismatch(value, shape) }
            json.write(base64: blob)
        case .timestamp:
            guard let seconds = Scalars.timestamp(value) else { throw mismatch(value, shape) }
            switch timestampFormat ?? .epoch {
            case .epoch: json.write(epoch: seconds)
            case let format: json.write(Timestamps.format(seconds, as: format))
            }
        default:
            if case .string(let text) = value { return json.write(text) }
            guard let text = Scalars.string(value) else { throw mismatch(value, shape) }
            json.write(text)
        }
    }
}
