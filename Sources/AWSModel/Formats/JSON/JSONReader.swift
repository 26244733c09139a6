/// A cursor over JSON text (RFC 8259) that hands out one token at a time, so that a codec can turn bytes into modelled
/// values without a tree in between. It never reads outside the buffer, and nesting is limited.
package struct JSONReader {
    /// Deeper than any service nests, shallow enough for a task's stack.
    static let depthLimit = 512

    /// A string's bytes between its quotes.
    package struct Span {
        package var start: Int
        package var end: Int
        package var hasEscapes: Bool
        package var isASCII: Bool
        package var count: Int { end - start }
    }

    package enum Number {
        case integer(Int64)
        case double(Double)
    }

    package let bytes: UnsafeBufferPointer<UInt8>
    package var at = 0
    /// Whether half of a surrogate pair, which no text can hold, is refused; otherwise it is read as U+FFFD.
    package var refusesLoneSurrogates = false
    var depth = 0

    package init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        // A byte order mark is not allowed in JSON text, but tolerating one costs nothing (RFC 8259, section 8.1).
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { at = 3 }
    }

    package func failure(_ message: String) -> DecodingFailure {
        DecodingFailure("JSON", message, offset: at)
    }

    @inline(__always)
    mutating func skipWhitespace() {
        while at < bytes.count {
            let byte = bytes[at]
            guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            at += 1
        }
    }

    /// The first byte of the next value or punctuation; 0 at the end.
    @inline(__always)
    package mutating func peek() -> UInt8 {
        skipWhitespace()
        return at < bytes.count ? bytes[at] : 0
    }

    @inline(__always)
    mutating func expect(_ byte: UInt8) throws(DecodingFailure) {
        guard peek() == byte else { throw unexpected("'\(Character(UnicodeScalar(byte)))'") }
        at += 1
    }

    mutating func unexpected(_ wanted: String) -> DecodingFailure {
        guard at < bytes.count else { return failure("the text ends where \(wanted) should be") }
        let byte = bytes[at]
        let found = byte >= 0x20 && byte < 0x7F ? "'\(Character(UnicodeScalar(byte)))'" : "byte \(byte)"
        return failure("\(found) where \(wanted) should be")
    }

    /// Nothing but white space may follow the value.
    package mutating func expectEnd() throws(DecodingFailure) {
        skipWhitespace()
        guard at == bytes.count else { throw unexpected("the end") }
    }

    @inline(__always)
    package mutating func enter(_ open: UInt8) throws(DecodingFailure) {
        try expect(open)
        depth += 1
        guard depth <= Self.depthLimit else { throw failure("nested more than \(Self.depthLimit) levels") }
    }

    /// After `enter`: whether another element follows; consumes the comma or the closing bracket.
    @inline(__always)
    package mutating func next(isFirst: inout Bool, close: UInt8) throws(DecodingFailure) -> Bool {
        let byte = peek()
        if byte == close {
            at += 1
            depth -= 1
            return false
        }
        if isFirst {
            isFirst = false
            return true
        }
        guard byte == UInt8(ascii: ",") else { throw unexpected("',' or '\(Character(UnicodeScalar(close)))'") }
        at += 1
        // A comma promises an element: `[1,]` is not JSON.
        guard peek() != close else { throw unexpected("a value") }
        return true
    }

    /// Consumes `null` when that is the next value.
    @inline(__always)
    mutating func takeNull() throws(DecodingFailure) -> Bool {
        guard peek() == UInt8(ascii: "n") else { return false }
        try literal("null")
        return true
    }

    package mutating func literal(_ word: StaticString) throws(DecodingFailure) {
        let count = word.utf8CodeUnitCount
        guard at + count <= bytes.count else { throw unexpected("a value") }
        for index in 0..<count where bytes[at + index] != word.utf8Start[index] { throw unexpected("a value") }
        at += count
    }

    package mutating func boolean() throws(DecodingFailure) -> Bool {
        switch peek() {
        case UInt8(ascii: "t"):
            try literal("true")
            return true
        case UInt8(ascii: "f"):
            try literal("false")
            return false
        default: throw unexpected("true or false")
        }
    }

    // MARK: Strings

    /// The span of the string that starts here; its text is checked for control characters, not yet for UTF-8.
    package mutating func span() throws(DecodingFailure) -> Span {
        try expect(UInt8(ascii: "\""))
        var result = Span(start: at, end: at, hasEscapes: false, isASCII: true)
        let count = bytes.count
        var index = at
        while true {
            index = plainEnd(from: index)
            guard index < count else { break }
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                result.end = index
                at = index + 1
                return result
            }
            if byte == UInt8(ascii: "\\") {
                result.hasEscapes = true
                index += 2
                continue
            }
            if byte < 0x20 {
                at = index
                throw failure("a control character inside a string; it must be written as an escape")
            }
            if byte >= 0x80 { result.isASCII = false }
            index += 1
        }
        at = count
        throw failure("a string without its closing quote")
    }

    /// Where a string's plain characters end that begin there, or a little before: eight at a time, up to one that is a quote,
    /// a backslash, a control character or not ASCII.
    @inline(__always)
    private func plainEnd(from start: Int) -> Int {
        guard let base = bytes.baseAddress else { return start }
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs = ones << 7
        var at = start
        while at + 8 <= bytes.count {
            let word = UInt64(littleEndian: UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self))
            // A byte's high bit is set where a subtraction borrowed. What borrowed from a lower byte lies above the first hit.
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let control = (word &- ones &* 0x20) & ~word
            let hits = ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | control | word) & highs
            if hits != 0 { return at + hits.trailingZeroBitCount >> 3 }
            at += 8
        }
        return at
    }

    /// A key and its colon.
    @inline(__always)
    package mutating func key() throws(DecodingFailure) -> Span {
        guard peek() == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
        let key = try span()
        try expect(UInt8(ascii: ":"))
        return key
    }

    @inline(__always)
    mutating func string() throws(DecodingFailure) -> String {
        guard peek() == UInt8(ascii: "\"") else { throw unexpected("a string") }
        return try text(try span())
    }

    package func text(_ span: Span) throws(DecodingFailure) -> String {
        if !span.hasEscapes { return String(decoding: try utf8(span), as: UTF8.self) }
        return String(decoding: try utf8(unescaping: span), as: UTF8.self)
    }

    /// The bytes of a string without escapes, checked.
    @inline(__always)
    func utf8(_ span: Span) throws(DecodingFailure) -> UnsafeBufferPointer<UInt8> {
        let slice = UnsafeBufferPointer(rebasing: bytes[span.start..<span.end])
        guard span.isASCII || UTF8Validation.isValid(slice) else {
            throw DecodingFailure("JSON", "a string that is not UTF-8", offset: span.start)
        }
        return slice
    }

    func utf8(unescaping span: Span) throws(DecodingFailure) -> [UInt8] {
        let text = try unescape(span)
        guard text.withUnsafeBufferPointer({ UTF8Validation.isValid($0) }) else {
            throw DecodingFailure("JSON", "a string that is not UTF-8", offset: span.start)
        }
        return text
    }

    private func replacement(at offset: Int) throws(DecodingFailure) -> UInt32 {
        if refusesLoneSurrogates { throw DecodingFailure("JSON", "half of a surrogate pair", offset: offset) }
        return 0xFFFD
    }

    /// The bytes that a string with escapes stands for. A surrogate without its partner becomes U+FFFD, as a String
    /// cannot hold it.
    package func unescape(_ span: Span) throws(DecodingFailure) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(span.count)
        var index = span.start
        while index < span.end {
            let byte = bytes[index]
            guard byte == UInt8(ascii: "\\") else {
                output.append(byte)
                index += 1
                continue
            }
            let escape = bytes[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): output.append(escape)
            case UInt8(ascii: "b"): output.append(0x08)
            case UInt8(ascii: "f"): output.append(0x0C)
            case UInt8(ascii: "n"): output.append(0x0A)
            case UInt8(ascii: "r"): output.append(0x0D)
            case UInt8(ascii: "t"): output.append(0x09)
            case UInt8(ascii: "u"):
                var code = try hex4(at: index, end: span.end)
                index += 4
                if (0xD800...0xDBFF).contains(code) {
                    if index + 6 <= span.end, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u"),
                        case let low = try hex4(at: index + 2, end: span.end), (0xDC00...0xDFFF).contains(low)
                    {
                        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                        index += 6
                    } else {
                        code = try replacement(at: index - 6)
                    }
                } else if (0xDC00...0xDFFF).contains(code) {
                    code = try replacement(at: index - 6)
                }
                append(scalar: code, to: &output)
            default: throw DecodingFailure("JSON", "an unknown escape in a string", offset: index - 2)
            }
        }
        return output
    }

    private func hex4(at index: Int, end: Int) throws(DecodingFailure) -> UInt32 {
        guard index + 4 <= end else { throw DecodingFailure("JSON", "\\u needs four hex digits", offset: index) }
        var code: UInt32 = 0
        for position in index..<index + 4 {
            guard let digit = QueryString.hex(bytes[position]) else {
                throw DecodingFailure("JSON", "\\u needs four hex digits", offset: position)
            }
            code = code << 4 | UInt32(digit)
        }
        return code
    }

    private func append(scalar code: UInt32, to output: inout [UInt8]) {
        guard let scalar = UnicodeScalar(code) else { return }
        output.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
    }
}
