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
        var reader = JSONReader(bytes)
        var tree = TreeSink()
        try reader.value(into: &tree)
        try reader.expectEnd()
        return tree.take()
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
