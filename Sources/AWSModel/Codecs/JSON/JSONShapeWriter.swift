/// Writes values as JSON as their shapes say.
struct JSONShapeWriter {
    private var json = JSONWriter()
    private var path = ValuePath()

    /// The whole of a body.
    static func write(_ value: AWSValue, _ shape: Shape, timestampFormat: String? = nil) throws -> [UInt8] {
        var writer = JSONShapeWriter()
        try writer.write(value, shape, timestampFormat)
        return writer.json.bytes
    }

    private mutating func write(_ value: AWSValue, _ shape: Shape, _ timestampFormat: String?) throws {
        if value.isNull { return json.writeNull() }
        switch shape.kind {
        case .structure:
            if shape.isDocument { return json.write(value) }
            try structure(value, shape)
        case .list:
            guard let elements = Scalars.list(value), let element = shape.element else {
                throw path.mismatch(value, shape)
            }
            let elementShape = element.shape
            json.put("[")
            for (index, item) in elements.enumerated() {
                json.separate()
                path.push(index: index)
                try write(item, elementShape, element.timestampFormat)
                path.pop()
            }
            json.put("]")
        case .map:
            guard let map = Scalars.map(value), let element = shape.value else { throw path.mismatch(value, shape) }
            let elementShape = element.shape
            json.put("{")
            for (key, item) in map {
                json.separate()
                json.write(key)
                json.put(":")
                path.push(name: key)
                try write(item, elementShape, element.timestampFormat)
                path.pop()
            }
            json.put("}")
        default: try scalar(value, shape, timestampFormat)
        }
    }

    private mutating func structure(_ value: AWSValue, _ shape: Shape) throws {
        guard let map = Scalars.map(value) else { throw path.mismatch(value, shape) }
        json.put("{")
        for (name, item) in map where !item.isNull {
            guard let member = shape.member(name) else { throw path.unknown(name, shape) }
            json.separate()
            json.write(utf8: member.wireUTF8)
            json.put(":")
            path.push(name: name)
            try write(item, member.shape, member.timestampFormat)
            path.pop()
        }
        json.put("}")
    }

    private mutating func scalar(_ value: AWSValue, _ shape: Shape, _ timestampFormat: String?) throws {
        switch shape.kind {
        case .boolean:
            guard let bool = Scalars.bool(value) else { throw path.mismatch(value, shape) }
            json.write(bool)
        case .byte, .short, .integer, .long, .bigInteger:
            guard let integer = Scalars.integer(value) else { throw path.mismatch(value, shape) }
            json.write(integer)
        case .float, .double, .bigDecimal:
            if case .integer(let integer) = value { return json.write(integer) }
            guard let double = Scalars.double(value) else { throw path.mismatch(value, shape) }
            json.write(double)
        case .blob:
            guard let blob = try Scalars.blob(value) else { throw path.mismatch(value, shape) }
            json.write(base64: blob)
        case .timestamp:
            guard let seconds = Scalars.timestamp(value) else { throw path.mismatch(value, shape) }
            switch TimestampFormat(timestampFormat) ?? .epoch {
            case .epoch: json.write(epoch: seconds)
            case let format: json.write(Timestamps.format(seconds, as: format))
            }
        default:
            guard let text = Scalars.string(value) else { throw path.mismatch(value, shape) }
            json.write(text)
        }
    }
}
