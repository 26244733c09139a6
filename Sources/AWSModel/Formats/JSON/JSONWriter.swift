/// Appends JSON text to a buffer. The caller puts the punctuation of modelled values; ``write(_:pretty:)`` does it all
/// for values without a model.
package struct JSONWriter {
    package var bytes: [UInt8] = []

    package init() {}

    private static let hexDigits: [UInt8] = Array("0123456789abcdef".utf8)

    @inline(__always)
    mutating func put(_ character: Unicode.Scalar) { bytes.append(UInt8(ascii: character)) }

    /// A comma, unless the text before is an opening bracket.
    @inline(__always)
    mutating func separate() {
        if let last = bytes.last, last != UInt8(ascii: "{"), last != UInt8(ascii: "[") {
            bytes.append(UInt8(ascii: ","))
        }
    }

    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { write(utf8: $0) }
    }

    /// A string of bytes that are known to be UTF-8.
    package mutating func write(utf8: UnsafeBufferPointer<UInt8>) {
        put("\"")
        var start = 0
        for index in 0..<utf8.count {
            let byte = utf8[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            bytes.append(contentsOf: utf8[start..<index])
            escape(byte)
            start = index + 1
        }
        bytes.append(contentsOf: utf8[start...])
        put("\"")
    }

    private mutating func escape(_ byte: UInt8) {
        put("\\")
        switch byte {
        case 0x08: put("b")
        case 0x09: put("t")
        case 0x0A: put("n")
        case 0x0C: put("f")
        case 0x0D: put("r")
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        default:
            bytes.append(ascii: "u00")
            bytes.append(Self.hexDigits[Int(byte >> 4)])
            bytes.append(Self.hexDigits[Int(byte & 15)])
        }
    }

    package mutating func write(_ value: Int64) { bytes.append(decimal: value) }

    package mutating func write(_ value: Bool) { bytes.append(ascii: value ? "true" : "false") }

    package mutating func write(_ value: Double) {
        if let name = SpecialNumbers.name(of: value) { return write(name) }
        bytes.append(utf8: "\(value)")
    }

    /// Seconds, without a fraction when there is none.
    mutating func write(epoch seconds: Double) {
        guard seconds.isFinite else { return write(seconds) }
        Timestamps.append(epoch: seconds, to: &bytes)
    }

    package mutating func writeNull() { bytes.append(ascii: "null") }

    mutating func write(base64 blob: [UInt8]) {
        put("\"")
        Base64.append(blob, to: &bytes)
        put("\"")
    }

    mutating func write(_ value: AWSValue, pretty: Bool = false, level: Int = 0) {
        switch value {
        case .null: writeNull()
        case .bool(let value): write(value)
        case .integer(let value): write(value)
        case .double(let value): write(value)
        case .string(let value): write(value)
        case .blob(let value), .body(.bytes(let value)): write(base64: value)
        case .timestamp(let value): write(epoch: value)
        case .body(.file(let path, _, _)): write(path)
        case .list(let elements):
            put("[")
            for element in elements {
                separate()
                if pretty { newLine(level + 1) }
                write(element, pretty: pretty, level: level + 1)
            }
            if pretty, !elements.isEmpty { newLine(level) }
            put("]")
        case .map(let map):
            put("{")
            for (key, element) in map {
                separate()
                if pretty { newLine(level + 1) }
                write(key)
                put(":")
                if pretty { put(" ") }
                write(element, pretty: pretty, level: level + 1)
            }
            if pretty, !map.isEmpty { newLine(level) }
            put("}")
        }
    }

    private mutating func newLine(_ level: Int) {
        put("\n")
        bytes.append(contentsOf: repeatElement(0x20, count: level * 2))
    }
}

/// How the protocols write the numbers that have no digits.
enum SpecialNumbers {
    static func name(of value: Double) -> String? {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return nil
    }

    static func value(of name: String) -> Double? {
        switch name {
        case "NaN": .nan
        case "Infinity": .infinity
        case "-Infinity": -.infinity
        default: nil
        }
    }
}
