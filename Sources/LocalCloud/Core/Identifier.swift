import AWSSigning

/// Random names in the alphabets that AWS uses.
public enum Identifier {
    private static let hexDigits = Array("0123456789abcdef".utf8)
    private static let alphanumerics = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    private static let base32 = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    /// Lower-case hexadecimal: "0a1b…" of `i-0a1b…`.
    public static func hex(_ length: Int) -> String { SecureRandom.text(length, from: hexDigits) }
    public static func alphanumeric(_ length: Int) -> String { SecureRandom.text(length, from: alphanumerics) }
    /// Upper-case letters and digits, as in `AROA…`, `ASIA…` and deployment ids.
    public static func upper(_ length: Int) -> String { SecureRandom.text(length, from: base32) }
    /// A version 4 UUID in lower case.
    public static func uuid() -> String { SecureRandom.uuid() }
}
