/// Keys of objects are bytes: they are ordered as such, and two spellings of a letter in Unicode are two keys. Swift compares
/// strings by canonical equivalence, so tables use a form in which every byte past ASCII is a character of Latin-1.
enum ObjectKey {
    static func order(_ key: String) -> String {
        if key.utf8.allSatisfy({ $0 < 0x80 }) { return key }
        var scalars = String.UnicodeScalarView()
        for byte in key.utf8 { scalars.append(Unicode.Scalar(byte)) }
        return String(scalars)
    }

    /// The key whose ordered form this is.
    static func original(_ ordered: String) -> String {
        if ordered.utf8.allSatisfy({ $0 < 0x80 }) { return ordered }
        return String(decoding: ordered.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }, as: UTF8.self)
    }
}
