/// Appends CBOR items (RFC 8949), each in its shortest form and of definite length.
struct CBORWriter {
    var bytes: [UInt8] = []

    private mutating func head(_ major: UInt8, _ value: UInt64) {
        let type = major << 5
        switch value {
        case 0..<24: bytes.append(type | UInt8(value))
        case 24..<0x100:
            bytes.append(type | 24)
            big(value, 1)
        case 0x100..<0x1_0000:
            bytes.append(type | 25)
            big(value, 2)
        case 0x1_0000..<0x1_0000_0000:
            bytes.append(type | 26)
            big(value, 4)
        default:
            bytes.append(type | 27)
            big(value, 8)
        }
    }

    private mutating func big(_ value: UInt64, _ count: Int) {
        for shift in stride(from: (count - 1) * 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func write(_ value: Int64) {
        if value >= 0 { head(0, UInt64(value)) } else { head(1, UInt64(-1 - value)) }
    }

    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            head(3, UInt64(utf8.count))
            bytes.append(contentsOf: utf8)
        }
    }

    mutating func write(blob: [UInt8]) {
        head(2, UInt64(blob.count))
        bytes.append(contentsOf: blob)
    }

    mutating func write(_ value: Bool) { bytes.append(value ? 0xF5 : 0xF4) }
    mutating func writeNull() { bytes.append(0xF6) }
    mutating func arrayHead(_ count: Int) { head(4, UInt64(count)) }
    mutating func mapHead(_ count: Int) { head(5, UInt64(count)) }

    mutating func write(_ value: Double) {
        bytes.append(0xFB)
        big(value.bitPattern, 8)
    }

    mutating func write(_ value: Float) {
        bytes.append(0xFA)
        big(UInt64(value.bitPattern), 4)
    }

    /// Tag 1: seconds, whole ones as an integer.
    mutating func write(timestamp seconds: Double) {
        bytes.append(0xC1)
        if let whole = Int64(exactly: seconds) { write(whole) } else { write(seconds) }
    }

    mutating func write(_ value: AWSValue) {
        switch value {
        case .null: writeNull()
        case .bool(let value): write(value)
        case .integer(let value): write(value)
        case .double(let value): write(value)
        case .string(let value): write(value)
        case .blob(let value), .body(.bytes(let value)): write(blob: value)
        case .body(.file(let path, _, _)): write(path)
        case .timestamp(let value): write(timestamp: value)
        case .list(let elements):
            arrayHead(elements.count)
            for element in elements { write(element) }
        case .map(let map):
            mapHead(map.count)
            for (key, element) in map {
                write(key)
                write(element)
            }
        }
    }
}
