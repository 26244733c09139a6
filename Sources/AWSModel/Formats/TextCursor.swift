/// Reads fixed text formats, byte by byte, without ever leaving the buffer.
struct TextCursor {
    let text: UnsafeBufferPointer<UInt8>
    var at = 0

    init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    var isAtEnd: Bool { at >= text.count }
    var isAtLetter: Bool { !isAtEnd && Self.isLetter(text[at]) }
    var remaining: Slice<UnsafeBufferPointer<UInt8>> { text[at...] }

    mutating func skipSpaces() {
        while !isAtEnd, text[at] == 0x20 || (text[at] >= 0x09 && text[at] <= 0x0D) { at += 1 }
    }

    mutating func skipLetters() {
        while isAtLetter { at += 1 }
    }

    mutating func take(_ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard at + count <= text.count else { return false }
        for index in 0..<count where text[at + index] != literal.utf8Start[index] { return false }
        at += count
        return true
    }

    /// Exactly `count` digits.
    mutating func digits(_ count: Int) -> Int? {
        guard at + count <= text.count else { return nil }
        var value = 0
        for index in at..<at + count {
            guard let digit = Self.digit(text[index]) else { return nil }
            value = value * 10 + digit
        }
        at += count
        return value
    }

    mutating func number(maximumDigits: Int) -> Int? {
        let start = at
        var value = 0
        while !isAtEnd, at - start < maximumDigits, let digit = Self.digit(text[at]) {
            value = value * 10 + digit
            at += 1
        }
        return at > start ? value : nil
    }

    /// The digits after a decimal point, as a fraction of one; digits past the ninth are dropped.
    mutating func fraction() -> Double? {
        let start = at
        var value = 0.0
        var scale = 1.0
        while !isAtEnd, let digit = Self.digit(text[at]) {
            if at - start < 9 {
                value = value * 10 + Double(digit)
                scale *= 10
            }
            at += 1
        }
        return at > start ? value / scale : nil
    }

    mutating func month() -> Int? {
        guard at + 3 <= text.count else { return nil }
        let name = String(decoding: text[at..<at + 3], as: UTF8.self)
        guard let index = Timestamps.months.firstIndex(of: name) else { return nil }
        at += 3
        return index + 1
    }

    private static func digit(_ byte: UInt8) -> Int? {
        byte >= 0x30 && byte <= 0x39 ? Int(byte - 0x30) : nil
    }
    private static func isLetter(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return lower >= 0x61 && lower <= 0x7A
    }
}

extension String {
    /// Without white space at either end.
    var trimmed: String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\n" || $0 == "\r" || $0 == "\t" || $0 == "\r\n" }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return ""
        }
        return String(self[first...last])
    }
}
