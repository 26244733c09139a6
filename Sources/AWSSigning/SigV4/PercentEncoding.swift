/// RFC 3986 percent-encoding as Signature Version 4 defines it: letters, digits and `-._~` stay, all else is `%XX`.
public enum PercentEncoding {
    /// For each byte, whether it is unreserved.
    private static let unreserved: [Bool] = (0..<256).map { byte in
        switch UInt8(byte) {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// Encodes a name or value that is not encoded yet; `keepingSlash` for whole paths.
    public static func encode(_ text: some StringProtocol, keepingSlash: Bool = false) -> String {
        var encoded: [UInt8] = []
        append(text.utf8, keepingSlash: keepingSlash, to: &encoded)
        return String(decoding: encoded, as: UTF8.self)
    }

    static func append(_ bytes: some Sequence<UInt8>, keepingSlash: Bool, to encoded: inout [UInt8]) {
        unreserved.withUnsafeBufferPointer { unreserved in
            for byte in bytes {
                if unreserved[Int(byte)] || keepingSlash && byte == UInt8(ascii: "/") {
                    encoded.append(byte)
                } else {
                    encoded.append(UInt8(ascii: "%"))
                    encoded.append(Hex.upperDigit(byte >> 4))
                    encoded.append(Hex.upperDigit(byte & 15))
                }
            }
        }
    }

    /// Undoes `%XX`; what is not a complete escape stays as it is, as servers read it.
    public static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = []
        let encoded = Array(text.utf8)
        bytes.reserveCapacity(encoded.count)
        var at = 0
        while at < encoded.count {
            if encoded[at] == UInt8(ascii: "%"), at + 2 < encoded.count, let high = Hex.value(encoded[at + 1]),
                let low = Hex.value(encoded[at + 2])
            {
                bytes.append(high << 4 | low)
                at += 3
            } else {
                bytes.append(plusIsSpace && encoded[at] == UInt8(ascii: "+") ? UInt8(ascii: " ") : encoded[at])
                at += 1
            }
        }
        return bytes
    }

    /// The one canonical encoding of something that may be encoded in part, in lower case, or too much.
    ///
    /// - Parameter plusIsSpace: in queries, where forms write a space as "+".
    static func appendCanonical(_ text: some StringProtocol, plusIsSpace: Bool, to encoded: inout [UInt8]) {
        let needsNoChange = unreserved.withUnsafeBufferPointer { unreserved in
            text.utf8.allSatisfy { unreserved[Int($0)] }
        }
        if needsNoChange {
            encoded.append(contentsOf: text.utf8)
        } else {
            append(decode(text, plusIsSpace: plusIsSpace), keepingSlash: false, to: &encoded)
        }
    }
}
