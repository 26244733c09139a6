/// The words of an expression.
enum JMESPathToken: Equatable {
    case identifier(String), quotedIdentifier(String), literal(AWSValue), number(Int)
    case dot, star, comma, colon, at, or, and, pipe, not, ampersand
    case leftBracket, rightBracket, leftBrace, rightBrace, leftParen, rightParen
    /// `[?` and `[]`
    case filter, flatten
    case comparison(JMESPathNode.Comparison)
    case end
}

struct JMESPathLexer {
    private let bytes: [UInt8]
    private var at = 0

    static func tokens(of expression: String) throws(JMESPathFailure) -> [(token: JMESPathToken, position: Int)] {
        var lexer = JMESPathLexer(bytes: Array(expression.utf8))
        var tokens: [(token: JMESPathToken, position: Int)] = []
        repeat {
            lexer.skipSpace()
            let position = lexer.at
            tokens.append((try lexer.next(), position))
        } while tokens.last?.token != .end
        return tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 0x20 || (0x09...0x0A).contains(bytes[at]) || bytes[at] == 0x0D { at += 1 }
    }

    /// Whether the next byte is this one, which is then passed.
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    private mutating func next() throws(JMESPathFailure) -> JMESPathToken {
        guard at < bytes.count else { return .end }
        let start = at
        let byte = bytes[at]
        at += 1
        switch byte {
        case UInt8(ascii: "."): return .dot
        case UInt8(ascii: "*"): return .star
        case UInt8(ascii: ","): return .comma
        case UInt8(ascii: ":"): return .colon
        case UInt8(ascii: "@"): return .at
        case UInt8(ascii: "]"): return .rightBracket
        case UInt8(ascii: "{"): return .leftBrace
        case UInt8(ascii: "}"): return .rightBrace
        case UInt8(ascii: "("): return .leftParen
        case UInt8(ascii: ")"): return .rightParen
        case UInt8(ascii: "["): return take("?") ? .filter : take("]") ? .flatten : .leftBracket
        case UInt8(ascii: "|"): return take("|") ? .or : .pipe
        case UInt8(ascii: "&"): return take("&") ? .and : .ampersand
        case UInt8(ascii: "<"): return .comparison(take("=") ? .lessOrEqual : .less)
        case UInt8(ascii: ">"): return .comparison(take("=") ? .greaterOrEqual : .greater)
        case UInt8(ascii: "!"): return take("=") ? .comparison(.notEqual) : .not
        case UInt8(ascii: "=") where take("="): return .comparison(.equal)
        case UInt8(ascii: "'"):
            let text = try delimited(by: byte, from: start)
            return .literal(.string(Self.unescaping(byte, in: text)))
        case UInt8(ascii: "\""):
            let text = try delimited(by: byte, from: start)
            guard let name = Self.json("\"\(text)\"")?.string else {
                throw JMESPathFailure(.syntax, "invalid characters or escapes in a quoted name", position: start)
            }
            return .quotedIdentifier(name)
        case UInt8(ascii: "`"): return .literal(try literal(from: start))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
            guard let number = Int(String(decoding: bytes[start..<at], as: UTF8.self)) else {
                throw JMESPathFailure(.syntax, "not a number", position: start)
            }
            return .number(number)
        case _ where Self.beginsName(byte):
            while at < bytes.count, Self.beginsName(bytes[at]) || (0x30...0x39).contains(bytes[at]) { at += 1 }
            return .identifier(String(decoding: bytes[start..<at], as: UTF8.self))
        default:
            let rest = String(decoding: bytes[start...], as: UTF8.self)
            let hint = byte == UInt8(ascii: "=") ? "; equality is \"==\"" : ""
            throw JMESPathFailure(.syntax, "unexpected \"\(rest.prefix(1))\"\(hint)", position: start)
        }
    }

    private static func beginsName(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
    }

    /// The text up to the delimiter, escapes as they stand.
    private mutating func delimited(by delimiter: UInt8, from start: Int) throws(JMESPathFailure) -> String {
        let first = at
        while at < bytes.count {
            if bytes[at] == delimiter {
                defer { at += 1 }
                return String(decoding: bytes[first..<at], as: UTF8.self)
            }
            at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
        }
        throw JMESPathFailure(
            .syntax, "\(Character(Unicode.Scalar(delimiter))) is not closed", position: start)
    }

    private static func unescaping(_ delimiter: UInt8, in text: String) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            if byte == delimiter, result.last == UInt8(ascii: "\\") { result.removeLast() }
            result.append(byte)
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// JSON between backticks, or, as older expressions have it, the text of a string without its quotes.
    private mutating func literal(from start: Int) throws(JMESPathFailure) -> AWSValue {
        let text = Self.unescaping(UInt8(ascii: "`"), in: try delimited(by: UInt8(ascii: "`"), from: start))
        if let value = Self.json(text) { return value }
        let bare = text.drop { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }
        if let value = Self.json("\"\(bare)\"") { return value }
        throw JMESPathFailure(.syntax, "`\(text)` is not JSON", position: start)
    }

    private static func json(_ text: String) -> AWSValue? { try? JSON.parse(text) }
}
