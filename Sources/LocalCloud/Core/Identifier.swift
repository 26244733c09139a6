/// Random names in the alphabets that AWS uses.
public enum Identifier {
    private static let hexDigits = Array("0123456789abcdef".utf8)
    private static let alphanumerics = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    private static let base32 = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    /// Lower-case hexadecimal: "0a1b…" of `i-0a1b…`.
    public static func hex(_ length: Int) -> String { random(length, from: hexDigits) }
    public static func alphanumeric(_ length: Int) -> String { random(length, from: alphanumerics) }
    /// Upper-case letters and digits, as in `AROA…`, `ASIA…` and deployment ids.
    public static func upper(_ length: Int) -> String { random(length, from: base32) }

    /// A version 4 UUID in lower case.
    public static func uuid() -> String {
        var digits = Array(hex(32).utf8)
        digits[12] = UInt8(ascii: "4")
        digits[16] = hexDigits[8 + Int.random(in: 0..<4)]
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (at, digit) in digits.enumerated() {
            if at == 8 || at == 12 || at == 16 || at == 20 { text.append(UInt8(ascii: "-")) }
            text.append(digit)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func random(_ length: Int, from alphabet: [UInt8]) -> String {
        var generator = SystemRandomNumberGenerator()
        return String(unsafeUninitializedCapacity: length) { buffer in
            for at in 0..<length { buffer[at] = alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
            return length
        }
    }
}
