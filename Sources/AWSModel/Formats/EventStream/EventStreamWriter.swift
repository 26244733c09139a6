extension EventStreamMessage {
    /// The message's bytes, checksums included.
    ///
    /// - Throws: ``DecodingFailure`` when a header's name is longer than 255 bytes or a value longer than 65,535.
    public func encoded() throws(DecodingFailure) -> [UInt8] {
        var encodedHeaders: [UInt8] = []
        for (name, value) in headers {
            guard (1...255).contains(name.utf8.count) else {
                throw DecodingFailure("event stream", "a header's name of \(name.utf8.count) bytes")
            }
            encodedHeaders.append(UInt8(name.utf8.count))
            encodedHeaders.append(utf8: name)
            try value.append(to: &encodedHeaders)
        }
        var bytes: [UInt8] = []
        bytes.append(bigEndian: UInt32(16 + encodedHeaders.count + payload.count))
        bytes.append(bigEndian: UInt32(encodedHeaders.count))
        bytes.append(bigEndian: EventStreamParser.crc(bytes, 0..<8))
        bytes.append(contentsOf: encodedHeaders)
        bytes.append(contentsOf: payload)
        bytes.append(bigEndian: EventStreamParser.crc(bytes, 0..<bytes.count))
        return bytes
    }
}

extension EventStreamMessage.Header {
    fileprivate func append(to bytes: inout [UInt8]) throws(DecodingFailure) {
        switch self {
        case .bool(let value): bytes.append(value ? 0 : 1)
        case .byte(let value):
            bytes.append(2)
            bytes.append(UInt8(bitPattern: value))
        case .short(let value):
            bytes.append(3)
            bytes.append(bigEndian: value)
        case .integer(let value):
            bytes.append(4)
            bytes.append(bigEndian: value)
        case .long(let value):
            bytes.append(5)
            bytes.append(bigEndian: value)
        case .bytes(let value): try append(6, value, to: &bytes)
        case .string(let value): try append(7, Array(value.utf8), to: &bytes)
        case .timestamp(let value):
            bytes.append(8)
            bytes.append(bigEndian: value)
        case .uuid(let value):
            bytes.append(9)
            bytes.append(contentsOf: value.prefix(16))
        }
    }

    private func append(_ type: UInt8, _ value: [UInt8], to bytes: inout [UInt8]) throws(DecodingFailure) {
        guard let length = UInt16(exactly: value.count) else {
            throw DecodingFailure("event stream", "a header's value of \(value.count) bytes")
        }
        bytes.append(type)
        bytes.append(bigEndian: length)
        bytes.append(contentsOf: value)
    }
}

extension [UInt8] {
    fileprivate mutating func append<Number: FixedWidthInteger>(bigEndian value: Number) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
