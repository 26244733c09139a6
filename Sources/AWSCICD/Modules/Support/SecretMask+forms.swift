import AWSModel

extension SecretMask {
    /// Fewer characters of a base64 text would hide ordinary text.
    private static let shortestBase64 = 8
    /// Nor is a line of fewer bytes ("{", "}") a secret.
    private static let shortestLine = 8

    /// A secret as it is, as a JSON string's content, in a URL, and as part of a base64 text.
    static func forms(of secret: [UInt8]) -> [[UInt8]] {
        var forms = [secret]
        // A log indents the lines of a text and wraps reports: a key of several lines is covered line by line too.
        forms += secret.split { $0 == 0x0A || $0 == 0x0D }.map(Array.init).filter { $0.count >= shortestLine }
        if let text = String(validating: secret, as: UTF8.self) {
            for escapesSlash in [false, true] {
                for isASCII in [false, true] {
                    forms.append(Array(json(text, escapesSlash: escapesSlash, isASCII: isASCII).utf8))
                }
            }
        }
        for isUppercase in [true, false] {
            for isForm in [false, true] {
                forms.append(Array(percent(secret, isUppercase: isUppercase, isForm: isForm).utf8))
            }
        }
        forms.append(Array(Base64.encode(secret).utf8))
        forms += (0...2).map { base64(secret, after: $0) }.filter { $0.count >= shortestBase64 }
        var known: Set<[UInt8]> = []
        return forms.filter { known.insert($0).inserted }
    }

    private static func json(_ text: String, escapesSlash: Bool, isASCII: Bool) -> String {
        var escaped = ""
        for unit in text.unicodeScalars {
            switch unit {
            case "\"": escaped += "\\\""
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\r"
            case "\t": escaped += "\\t"
            case "/" where escapesSlash: escaped += "\\/"
            case _ where unit.value < 0x20 || isASCII && unit.value > 0x7E:
                for code in String(unit).utf16 {
                    let digits = String(code, radix: 16)
                    escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            default: escaped.unicodeScalars.append(unit)
            }
        }
        return escaped
    }

    /// In a URL, or in a form's body (`+` for a space).
    private static func percent(_ secret: [UInt8], isUppercase: Bool, isForm: Bool) -> String {
        var encoded = ""
        for byte in secret {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: " ") where isForm: encoded += "+"
            default: encoded += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: isUppercase)
            }
        }
        return encoded
    }

    /// The characters that stand for the secret alone when it follows `count` bytes (modulo 3) in what is encoded.
    private static func base64(_ secret: [UInt8], after count: Int) -> [UInt8] {
        let encoded = Array(Base64.encode([UInt8](repeating: 0, count: count) + secret).utf8)
        let first = (count * 8 + 5) / 6
        let end = (count + secret.count) * 8 / 6
        return first < end ? Array(encoded[first..<end]) : []
    }
}
