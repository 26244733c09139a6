/// Bytes that are not what their format demands: broken JSON, XML or CBOR, a bad checksum, a value of the wrong type.
public struct DecodingFailure: Error, Sendable, CustomStringConvertible {
    /// "JSON", "XML", "CBOR", "event stream", "timestamp", "base64", "response" …
    public let format: String
    public let message: String
    /// Where in the bytes, when that is known.
    public let offset: Int?

    public init(_ format: String, _ message: String, offset: Int? = nil) {
        self.format = format
        self.message = message
        self.offset = offset
    }

    public var description: String {
        offset.map { "invalid \(format) at byte \($0): \(message)" } ?? "invalid \(format): \(message)"
    }
}
