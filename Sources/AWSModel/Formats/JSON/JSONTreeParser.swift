/// Builds the values of any JSON text. Objects with the same keys share them.
struct JSONTreeParser: ~Copyable {
    var reader: JSONReader
    private var objects = JSONObjectBuilder()
    private var elements = DecodingStack<AWSValue>()

    init(_ bytes: UnsafeBufferPointer<UInt8>) { reader = JSONReader(bytes) }
    init(_ reader: JSONReader) { self.reader = reader }

    mutating func value() throws(DecodingFailure) -> AWSValue {
        switch reader.peek() {
        case UInt8(ascii: "\""): return .string(try reader.text(try reader.span()))
        case UInt8(ascii: "{"): return .map(try object())
        case UInt8(ascii: "["):
            try reader.enter(UInt8(ascii: "["))
            let bottom = elements.count
            var isFirst = true
            while try reader.next(isFirst: &isFirst, close: UInt8(ascii: "]")) { elements.push(try value()) }
            return .list(elements.take(from: bottom))
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try reader.boolean())
        case UInt8(ascii: "n"):
            try reader.literal("null")
            return .null
        default:
            switch try reader.number() {
            case .integer(let value): return .integer(value)
            case .double(let value): return .double(value)
            }
        }
    }

    private mutating func object() throws(DecodingFailure) -> AWSMap {
        try reader.enter(UInt8(ascii: "{"))
        var object = objects.open()
        var isFirst = true
        while try reader.next(isFirst: &isFirst, close: UInt8(ascii: "}")) {
            let key = try objects.key(try reader.key(), in: reader)
            objects.set(&object, key, try value())
        }
        return objects.close(object)
    }
}
