/// Reads a published model: JSON with the order of its members kept and its prose left out.
///
/// Strings under "documentation", "pattern" and "deprecatedMessage" are skipped unread, which is most of a model's
/// bytes; an object under such a name is a member of a shape and is kept.
struct ModelJSON {
    private static let maximumDepth = 200
    private static let prose: Set<String> = ["documentation", "pattern", "deprecatedMessage"]

    private let bytes: UnsafeBufferPointer<UInt8>
    private var at = 0

    /// `file` names the input in errors.
    static func parse(_ bytes: [UInt8], file: String) throws(ModelFailure) -> AWSValue {
        let result: Result<AWSValue, ModelFailure> = bytes.withUnsafeBufferPointer { buffer in
            var parser = ModelJSON(bytes: buffer)
            do throws(ModelFailure) {
                let value = try parser.value(depth: 0)
                parser.skipSpace()
                guard parser.at == buffer.count else { throw parser.failure("text after the end of the value") }
                return .success(value)
            } catch {
                return .failure(ModelFailure("\(file): \(error.message)"))
            }
        }
        return try result.get()
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private func failure(_ reason: String) -> ModelFailure {
        let line = bytes[..<min(at, bytes.count)].reduce(into: 1) { if $1 == UInt8(ascii: "\n") { $0 += 1 } }
        return ModelFailure("not JSON at line \(line), byte \(at): \(reason)")
    }

    private mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x0D || bytes[at] == 0x09 {
            at += 1
        }
    }

    private mutating func peek() throws(ModelFailure) -> UInt8 {
        skipSpace()
        guard at < bytes.count else { throw failure("the text ends too early") }
        return bytes[at]
    }

    private mutating func expect(_ text: StaticString) throws(ModelFailure) {
        for offset in 0..<text.utf8CodeUnitCount {
            guard at < bytes.count, bytes[at] == text.utf8Start[offset] else { throw failure("expected \"\(text)\"") }
            at += 1
        }
    }

    private mutating func value(depth: Int) throws(ModelFailure) -> AWSValue {
        guard depth < Self.maximumDepth else { throw failure("nested more than \(Self.maximumDepth) deep") }
        switch try peek() {
        case UInt8(ascii: "{"): return .map(try object(depth: depth))
        case UInt8(ascii: "["): return .list(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"):
            try expect("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try expect("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try expect("null")
            return .null
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(ModelFailure) -> AWSMap {
        at += 1
        var map = AWSMap()
        if try peek() == UInt8(ascii: "}") {
            at += 1
            return map
        }
        while true {
            guard try peek() == UInt8(ascii: "\"") else { throw failure("expected a member's name") }
            let key = try string()
            guard try peek() == UInt8(ascii: ":") else { throw failure("expected \":\"") }
            at += 1
            if try peek() == UInt8(ascii: "\""), Self.prose.contains(key) {
                try skipString()
            } else {
                map[key] = try value(depth: depth + 1)
            }
            let next = try peek()
            at += 1
            if next == UInt8(ascii: "}") { return map }
            guard next == UInt8(ascii: ",") else { throw failure("expected \",\" or \"}\"") }
        }
    }

    private mutating func array(depth: Int) throws(ModelFailure) -> [AWSValue] {
        at += 1
        var list: [AWSValue] = []
        if try peek() == UInt8(ascii: "]") {
            at += 1
            return list
        }
        while true {
            list.append(try value(depth: depth + 1))
            let next = try peek()
            at += 1
            if next == UInt8(ascii: "]") { return list }
            guard next == UInt8(ascii: ",") else { throw failure("expected \",\" or \"]\"") }
        }
    }

    private mutating func skipString() throws(ModelFailure) {
        at += 1
        while at < bytes.count {
            let byte = bytes[at]
            at += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { return }
        }
        throw failure("a string does not end")
    }

    private mutating func string() throws(ModelFailure) -> String {
        at += 1
        let start = at
        while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\") { at += 1 }
        guard at < bytes.count else { throw failure("a string does not end") }
        if bytes[at] == UInt8(ascii: "\"") {
            defer { at += 1 }
            return String(decoding: bytes[start..<at], as: UTF8.self)
        }
        var text = Array(bytes[start..<at])
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            if byte != UInt8(ascii: "\\") {
                text.append(byte)
                continue
            }
            guard at < bytes.count else { break }
            let escape = bytes[at]
            at += 1
            switch escape {
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
            case UInt8(ascii: "u"): text.append(contentsOf: String(try unicodeEscape()).utf8)
            default: throw failure("an unknown escape in a string")
            }
        }
        throw failure("a string does not end")
    }

    private mutating func unicodeEscape() throws(ModelFailure) -> Character {
        var code = try fourDigits()
        if 0xD800..<0xDC00 ~= code, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
            bytes[at + 1] == UInt8(ascii: "u")
        {
            at += 2
            let low = try fourDigits()
            guard 0xDC00..<0xE000 ~= low else { throw failure("half of a surrogate pair") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw failure("half of a surrogate pair") }
        return Character(scalar)
    }

    private mutating func fourDigits() throws(ModelFailure) -> UInt32 {
        guard at + 4 <= bytes.count, let code = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
        else { throw failure("expected four hexadecimal digits") }
        at += 4
        return code
    }

    private mutating func number() throws(ModelFailure) -> AWSValue {
        let start = at
        let allowed = Set("+-.0123456789Ee".utf8)
        while at < bytes.count, allowed.contains(bytes[at]) { at += 1 }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if let integer = Int64(text) { return .integer(integer) }
        guard let double = Double(text) else { throw failure("expected a value") }
        return .double(double)
    }
}
