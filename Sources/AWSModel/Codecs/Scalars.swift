/// Conversions between what a caller gives and what a shape wants, where nothing is lost: 3.0 for an integer, text for
/// a blob, a date in any of the protocols' formats for a timestamp.
enum Scalars {
    static func integer(_ value: AWSValue) -> Int64? {
        switch value {
        case .integer(let value): value
        case .double(let value), .timestamp(let value): Int64(exactly: value)
        case .string(let text): Int64(text)
        default: nil
        }
    }

    static func double(_ value: AWSValue) -> Double? {
        switch value {
        case .double(let value), .timestamp(let value): value
        case .integer(let value): Double(value)
        case .string(let text): SpecialNumbers.value(of: text) ?? Double(text)
        default: nil
        }
    }

    static func bool(_ value: AWSValue) -> Bool? {
        switch value {
        case .bool(let value): value
        case .string("true"), .string("True"): true
        case .string("false"), .string("False"): false
        default: nil
        }
    }

    static func string(_ value: AWSValue) -> String? {
        switch value {
        case .string(let text): text
        case .blob(let bytes): bytes.utf8String
        case .integer(let value): String(value)
        case .double(let value): SpecialNumbers.name(of: value) ?? "\(value)"
        case .bool(let value): value ? "true" : "false"
        default: nil
        }
    }

    /// A blob's bytes; those of a file are read.
    static func blob(_ value: AWSValue) throws -> [UInt8]? {
        switch value {
        case .blob(let bytes): bytes
        case .string(let text): Array(text.utf8)
        case .body(let body): try body.bytes()
        default: nil
        }
    }

    static func timestamp(_ value: AWSValue) -> Double? {
        switch value {
        case .timestamp(let seconds), .double(let seconds): seconds
        case .integer(let seconds): Double(seconds)
        case .string(let text): Timestamps.parse(text)
        default: nil
        }
    }

    /// A map where an empty list may stand for an empty one: languages with one kind of table cannot tell them apart.
    static func map(_ value: AWSValue) -> AWSMap? {
        switch value {
        case .map(let map): map
        case .list(let list) where list.isEmpty: AWSMap()
        default: nil
        }
    }

    static func list(_ value: AWSValue) -> [AWSValue]? {
        switch value {
        case .list(let list): list
        case .map(let map) where map.isEmpty: []
        default: nil
        }
    }

    /// What a value is, for error messages.
    static func kindName(_ value: AWSValue) -> String {
        switch value {
        case .null: "nothing"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .double: "a number"
        case .string: "a string"
        case .blob: "a blob"
        case .timestamp: "a timestamp"
        case .list: "a list"
        case .map: "a map"
        case .body: "a body"
        }
    }
}

extension ShapeKind {
    var isInteger: Bool {
        switch self {
        case .byte, .short, .integer, .long, .bigInteger: true
        default: false
        }
    }
    var isFloatingPoint: Bool {
        switch self {
        case .float, .double, .bigDecimal: true
        default: false
        }
    }
    var isScalar: Bool {
        switch self {
        case .structure, .list, .map: false
        default: true
        }
    }
    /// What a value of this kind is called in messages.
    var readableName: String {
        switch self {
        case .structure: "a structure"
        case .list: "a list"
        case .map: "a map"
        case .string, .character: "a string"
        case .boolean: "a boolean"
        case .byte, .short, .integer, .long, .bigInteger: "an integer"
        case .float, .double, .bigDecimal: "a number"
        case .blob: "a blob (a string)"
        case .timestamp: "a timestamp (seconds since 1970, or an ISO 8601 date)"
        }
    }
}

extension AWSValue {
    var isNull: Bool {
        if case .null = self { true } else { false }
    }
}
