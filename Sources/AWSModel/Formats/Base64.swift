/// Base64 with the standard alphabet and padding (RFC 4648, section 4), as blobs travel in JSON, XML and queries.
public enum Base64 {
    private static let alphabet: [UInt8] = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 0xFF, count: 256)
        for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
        return table
    }()

    public static func encode(_ bytes: [UInt8]) -> String {
        var encoded: [UInt8] = []
        append(bytes, to: &encoded)
        return String(decoding: encoded, as: UTF8.self)
    }

    static func append(_ bytes: [UInt8], to output: inout [UInt8]) {
        output.reserveCapacity(output.count + (bytes.count + 2) / 3 * 4)
        bytes.withUnsafeBufferPointer { bytes in
            alphabet.withUnsafeBufferPointer { alphabet in
                var at = 0
                while at + 2 < bytes.count {
                    let word = UInt32(bytes[at]) << 16 | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2])
                    output.append(alphabet[Int(word >> 18)])
                    output.append(alphabet[Int(word >> 12 & 63)])
                    output.append(alphabet[Int(word >> 6 & 63)])
                    output.append(alphabet[Int(word & 63)])
                    at += 3
                }
                let rest = bytes.count - at
                guard rest > 0 else { return }
                let word = UInt32(bytes[at]) << 16 | (rest == 2 ? UInt32(bytes[at + 1]) << 8 : 0)
                output.append(alphabet[Int(word >> 18)])
                output.append(alphabet[Int(word >> 12 & 63)])
                output.append(rest == 2 ? alphabet[Int(word >> 6 & 63)] : UInt8(ascii: "="))
                output.append(UInt8(ascii: "="))
            }
        }
    }

    public static func decode(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { decode($0) }
    }

    /// Nil when the text is not base64. White space is skipped (line-wrapped values occur); missing padding is
    /// accepted.
    static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(text.count / 4 * 3 + 2)
        var word: UInt32 = 0
        var sextets = 0
        var padding = 0
        let valid = values.withUnsafeBufferPointer { values in
            for character in text {
                let value = values[Int(character)]
                if value != 0xFF {
                    guard padding == 0 else { return false }
                    word = word << 6 | UInt32(value)
                    sextets += 1
                    if sextets == 4 {
                        output.append(UInt8(truncatingIfNeeded: word >> 16))
                        output.append(UInt8(truncatingIfNeeded: word >> 8))
                        output.append(UInt8(truncatingIfNeeded: word))
                        sextets = 0
                        word = 0
                    }
                    continue
                }
                switch character {
                case UInt8(ascii: "="): padding += 1
                case 0x20, 0x0A, 0x0D, 0x09: break
                default: return false
                }
            }
            return true
        }
        guard valid, padding <= 2 else { return nil }
        switch sextets {
        case 0: return padding == 0 ? output : nil
        case 2: output.append(UInt8(truncatingIfNeeded: word >> 4))
        case 3:
            output.append(UInt8(truncatingIfNeeded: word >> 10))
            output.append(UInt8(truncatingIfNeeded: word >> 2))
        default: return nil
        }
        return output
    }
}
