/// JSON text (RFC 8259) as values and back, exactly: `[]` and `{}` stay apart, whole numbers of 64 bits keep every
/// digit, text must be UTF-8, nesting is limited to 512 levels, keys keep their order (of equal keys the last counts).
public enum JSON {
    public static func parse(_ bytes: [UInt8]) throws -> AWSValue {
        try bytes.withUnsafeBufferPointer { try parse($0) }
    }

    public static func parse(_ bytes: UnsafeRawBufferPointer) throws -> AWSValue {
        try bytes.withMemoryRebound(to: UInt8.self) { try parse($0) }
    }

    public static func parse(_ text: String) throws -> AWSValue {
        var text = text
        return try text.withUTF8 { try parse($0) }
    }

    /// - Throws: ``DecodingFailure`` with the byte at which the text stops being JSON.
    static func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(DecodingFailure) -> AWSValue {
        var parser = JSONTreeParser(bytes)
        let value = try parser.value()
        try parser.reader.expectEnd()
        return value
    }

    /// - Parameter pretty: two spaces a level, one entry a line.
    ///
    /// Numbers that JSON cannot write are written as AWS does: "NaN", "Infinity", "-Infinity". Blobs become base64,
    /// timestamps seconds.
    public static func write(_ value: AWSValue, pretty: Bool = false) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(value, pretty: pretty)
        return writer.bytes
    }
}

/// Builds the values of any JSON text.
struct JSONTreeParser {
    var reader: JSONReader
    private var keys = KeyCache()

    init(_ bytes: UnsafeBufferPointer<UInt8>) { reader = JSONReader(bytes) }
    init(_ reader: JSONReader) { self.reader = reader }

    mutating func value() throws(DecodingFailure) -> AWSValue {
        switch reader.peek() {
        case UInt8(ascii: "\""): return .string(try reader.text(try reader.span()))
        case UInt8(ascii: "{"): return .map(try object())
        case UInt8(ascii: "["):
            try reader.enter(UInt8(ascii: "["))
            var elements: [AWSValue] = []
            var isFirst = true
            while try reader.next(isFirst: &isFirst, close: UInt8(ascii: "]")) { elements.append(try value()) }
            return .list(elements)
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
        var map = AWSMap()
        // One bit a key: as long as no two share a bit, no two keys can be equal and no look-up is needed.
        var seen: UInt64 = 0
        var isFirst = true
        while try reader.next(isFirst: &isFirst, close: UInt8(ascii: "}")) {
            let span = try reader.key()
            let (key, hash) = try keys.string(span, in: reader)
            let bit: UInt64 = 1 << UInt64(hash & 63)
            let element = try value()
            if seen & bit == 0 {
                map.append(key, element)
                seen |= bit
            } else {
                map[key] = element
            }
        }
        return map
    }
}

/// The keys met so far, so that a key that comes back (as most do) is not allocated again.
private struct KeyCache {
    private static let slots = 256
    private var cached: [(string: String, hash: Int)?] = Array(repeating: nil, count: slots)

    mutating func string(_ span: JSONReader.Span, in reader: JSONReader) throws(DecodingFailure) -> (String, Int) {
        guard !span.hasEscapes else {
            let text = try reader.text(span)
            var copy = text
            return (text, copy.withUTF8 { NameHash.hash($0.baseAddress, $0.count) })
        }
        let slice = UnsafeBufferPointer(rebasing: reader.bytes[span.start..<span.end])
        let hash = NameHash.hash(slice.baseAddress, slice.count)
        // Strings of up to 15 bytes need no allocation in the first place.
        guard slice.count > 15, span.isASCII else { return (try reader.text(span), hash) }
        let slot = hash & (Self.slots - 1)
        if let entry = cached[slot], entry.hash == hash, Self.equal(entry.string, slice) { return (entry.string, hash) }
        let text = try reader.text(span)
        cached[slot] = (text, hash)
        return (text, hash)
    }

    private static func equal(_ string: String, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        string.utf8.count == bytes.count
            && (string.utf8.withContiguousStorageIfAvailable { $0.elementsEqual(bytes) } ?? string.utf8.elementsEqual(bytes))
    }
}
