import CZlib

/// Cuts a stream of bytes into event-stream messages as they arrive; both checksums of each message are verified.
///
/// Layout, all numbers big-endian: total length (4), headers' length (4), CRC-32 of these eight bytes (4), headers,
/// payload, CRC-32 of all before it (4).
public struct EventStreamParser: Sendable {
    private static let overhead = 16
    /// AWS's own limits: 128 KiB of headers, 24 MiB of payload (16 MiB in its documentation; botocore accepts 24).
    private static let headersLimit = 128 << 10
    private static let payloadLimit = 24 << 20

    private var buffer: [UInt8] = []
    private var consumed = 0

    public init() {}

    public mutating func append(_ bytes: some Sequence<UInt8>) {
        if consumed > 0, consumed == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            consumed = 0
        } else if consumed > 1 << 16 {
            buffer.removeFirst(consumed)
            consumed = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// True when every byte so far belongs to a message that was handed out.
    public var isAtBoundary: Bool { consumed == buffer.count }

    /// The next complete message; nil when more bytes are needed.
    public mutating func next() throws(DecodingFailure) -> EventStreamMessage? {
        guard buffer.count - consumed >= 12 else { return nil }
        let total = Int(word(consumed))
        let headersLength = Int(word(consumed + 4))
        guard word(consumed + 8) == Self.crc(buffer, consumed..<consumed + 8) else {
            throw DecodingFailure("event stream", "the checksum of a message's first bytes is wrong")
        }
        guard headersLength <= Self.headersLimit, total >= Self.overhead + headersLength,
            total - headersLength - Self.overhead <= Self.payloadLimit
        else { throw DecodingFailure("event stream", "a message of \(total) bytes with \(headersLength) of headers") }
        guard buffer.count - consumed >= total else { return nil }
        let end = consumed + total
        guard word(end - 4) == Self.crc(buffer, consumed..<end - 4) else {
            throw DecodingFailure("event stream", "the checksum of a message is wrong")
        }
        let headers = try Self.headers(buffer[consumed + 12..<consumed + 12 + headersLength])
        let payload = Array(buffer[consumed + 12 + headersLength..<end - 4])
        consumed = end
        return EventStreamMessage(headers: headers, payload: payload)
    }

    /// All messages of a complete stream.
    public static func messages(_ bytes: [UInt8]) throws(DecodingFailure) -> [EventStreamMessage] {
        var parser = EventStreamParser()
        parser.append(bytes)
        var messages: [EventStreamMessage] = []
        while let message = try parser.next() { messages.append(message) }
        guard parser.isAtBoundary else { throw DecodingFailure("event stream", "the stream ends inside a message") }
        return messages
    }

    private func word(_ at: Int) -> UInt32 {
        UInt32(buffer[at]) << 24 | UInt32(buffer[at + 1]) << 16 | UInt32(buffer[at + 2]) << 8 | UInt32(buffer[at + 3])
    }

    static func crc(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            return UInt32(truncatingIfNeeded: crc32(0, base + range.lowerBound, UInt32(range.count)))
        }
    }

    private static func headers(
        _ bytes: ArraySlice<UInt8>
    ) throws(DecodingFailure) -> [(name: String, value: EventStreamMessage.Header)] {
        var cursor = BigEndianCursor(bytes)
        var headers: [(name: String, value: EventStreamMessage.Header)] = []
        while !cursor.isAtEnd {
            let nameLength = Int(try cursor.unsigned(1))
            guard let name = Array(try cursor.take(nameLength)).utf8String else {
                throw DecodingFailure("event stream", "a header's name is not UTF-8")
            }
            headers.append((name, try value(&cursor)))
        }
        return headers
    }

    private static func value(_ cursor: inout BigEndianCursor) throws(DecodingFailure) -> EventStreamMessage.Header {
        let type = try cursor.unsigned(1)
        switch type {
        case 0: return .bool(true)
        case 1: return .bool(false)
        case 2: return .byte(Int8(truncatingIfNeeded: try cursor.unsigned(1)))
        case 3: return .short(Int16(truncatingIfNeeded: try cursor.unsigned(2)))
        case 4: return .integer(Int32(truncatingIfNeeded: try cursor.unsigned(4)))
        case 5: return .long(Int64(bitPattern: try cursor.unsigned(8)))
        case 6: return .bytes(Array(try cursor.take(Int(try cursor.unsigned(2)))))
        case 7:
            guard let text = Array(try cursor.take(Int(try cursor.unsigned(2)))).utf8String else {
                throw DecodingFailure("event stream", "a header's text is not UTF-8")
            }
            return .string(text)
        case 8: return .timestamp(Int64(bitPattern: try cursor.unsigned(8)))
        case 9: return .uuid(Array(try cursor.take(16)))
        default: throw DecodingFailure("event stream", "a header of the unknown type \(type)")
        }
    }
}

private struct BigEndianCursor {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ count: Int) throws(DecodingFailure) -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw DecodingFailure("event stream", "the headers end inside a header") }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func unsigned(_ count: Int) throws(DecodingFailure) -> UInt64 {
        try take(count).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }
}
