/// Percent-encoding, and `name=value&…` pairs as queries and form bodies carry them.
public enum QueryString {
    /// RFC 3986's unreserved characters: what AWS leaves as it is.
    private static let unreserved: [Bool] = {
        var table = [Bool](repeating: false, count: 256)
        for byte in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8 {
            table[Int(byte)] = true
        }
        return table
    }()
    private static let hexDigits: [UInt8] = Array("0123456789ABCDEF".utf8)

    /// Everything but RFC 3986's unreserved characters becomes `%XX`; `keepingSlashes` also leaves `/` (greedy labels).
    public static func encode(_ text: String, keepingSlashes: Bool = false) -> String {
        var output: [UInt8] = []
        append(text, to: &output, keepingSlashes: keepingSlashes)
        return String(decoding: output, as: UTF8.self)
    }

    static func append(_ text: String, to output: inout [UInt8], keepingSlashes: Bool = false) {
        var text = text
        text.withUTF8 { bytes in
            output.reserveCapacity(output.count + bytes.count)
            unreserved.withUnsafeBufferPointer { unreserved in
                for byte in bytes {
                    if unreserved[Int(byte)] || (keepingSlashes && byte == UInt8(ascii: "/")) {
                        output.append(byte)
                    } else {
                        output.append(UInt8(ascii: "%"))
                        output.append(hexDigits[Int(byte >> 4)])
                        output.append(hexDigits[Int(byte & 15)])
                    }
                }
            }
        }
    }

    /// Undoes `%XX`, and `+` when `plusIsSpace` (form bodies). A `%` that no two hex digits follow stays as it is.
    /// Nil when the result is not UTF-8.
    public static func decode(_ text: String, plusIsSpace: Bool = false) -> String? {
        var text = text
        return text.withUTF8 { decode($0[...], plusIsSpace: plusIsSpace) }
    }

    private static func decode(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, plusIsSpace: Bool) -> String? {
        if !bytes.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) {
            return UTF8Validation.string(UnsafeBufferPointer(rebasing: bytes))
        }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var at = bytes.startIndex
        while at < bytes.endIndex {
            let byte = bytes[at]
            if byte == UInt8(ascii: "%"), at + 2 < bytes.endIndex, let high = hex(bytes[at + 1]),
                let low = hex(bytes[at + 2])
            {
                output.append(high << 4 | low)
                at += 3
                continue
            }
            output.append(byte == UInt8(ascii: "+") && plusIsSpace ? 0x20 : byte)
            at += 1
        }
        return output.utf8String
    }

    /// The decoded pairs of a form body (`application/x-www-form-urlencoded`), in order.
    public static func parseForm(_ body: [UInt8]) throws -> [(name: String, value: String)] {
        try body.withUnsafeBufferPointer { bytes in
            var pairs: [(name: String, value: String)] = []
            for pair in bytes.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: true) {
                let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
                let value = equals < pair.endIndex ? pair[(equals + 1)...] : pair[pair.endIndex...]
                guard let name = decode(pair[..<equals], plusIsSpace: true),
                    let value = decode(value, plusIsSpace: true)
                else {
                    throw DecodingFailure("form body", "a pair is not UTF-8", offset: pair.startIndex)
                }
                pairs.append((name, value))
            }
            return pairs
        }
    }

    /// The pairs of a URL's query, still encoded; `value` is nil where there is no `=`.
    public static func split(_ query: String) -> [(name: String, value: String?)] {
        query.split(separator: "&", omittingEmptySubsequences: true).map { pair in
            guard let equals = pair.firstIndex(of: "=") else { return (String(pair), nil) }
            return (String(pair[..<equals]), String(pair[pair.index(after: equals)...]))
        }
    }

    public static func join(_ pairs: [(name: String, value: String?)]) -> String {
        var joined = ""
        for (at, pair) in pairs.enumerated() {
            if at > 0 { joined += "&" }
            joined += pair.name
            if let value = pair.value { joined += "=" + value }
        }
        return joined
    }

    static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
