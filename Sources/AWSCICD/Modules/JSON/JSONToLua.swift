import AWSModel
import LuaVM

/// JSON text as Lua values, in one pass and without values in between: the tokens go straight into a ``LuaWriter``.
struct JSONToLua {
    private var reader: JSONReader
    private(set) var writer: LuaWriter
    /// How many entries the last object had: the next one, as a rule, has as many.
    private var usualEntries = 0

    /// - Throws: ``JSONTextError`` with the line and column at which the text stops being JSON.
    static func convert(_ bytes: [UInt8]) throws(JSONTextError) -> LuaWriter {
        try bytes.withUnsafeBufferPointer { buffer throws(JSONTextError) in
            var conversion = JSONToLua(
                reader: JSONReader(buffer), writer: LuaWriter(capacity: bytes.count + bytes.count / 2))
            conversion.reader.refusesLoneSurrogates = true
            do throws(DecodingFailure) {
                try conversion.value()
                try conversion.reader.expectEnd()
            } catch {
                throw JSONTextError(error, in: buffer)
            }
            return conversion.writer
        }
    }

    private mutating func value() throws(DecodingFailure) {
        switch reader.peek() {
        case UInt8(ascii: "\""): try string(try reader.span())
        case UInt8(ascii: "{"): try object()
        case UInt8(ascii: "["):
            try reader.enter(UInt8(ascii: "["))
            let start = writer.beginSequence()
            var count = 0
            var isFirst = true
            while try reader.next(isFirst: &isFirst, close: UInt8(ascii: "]")) {
                try value()
                count += 1
            }
            writer.endSequence(start, count: count)
        case UInt8(ascii: "t"), UInt8(ascii: "f"): writer.value(try reader.boolean())
        case UInt8(ascii: "n"):
            try reader.literal("null")
            writer.null()
        default:
            let start = reader.at
            switch try reader.number() {
            // Lua has no whole number that is negative and zero; its float does.
            case .integer(0) where reader.bytes[start] == UInt8(ascii: "-"): writer.value(-0.0)
            case .integer(let value): writer.value(value)
            case .double(let value):
                guard value.isFinite else {
                    reader.at = start
                    throw reader.failure("a number that is too large")
                }
                writer.value(value)
            }
        }
    }

    private mutating func object() throws(DecodingFailure) {
        try reader.enter(UInt8(ascii: "{"))
        writer.beginTable(items: 0, entries: usualEntries, isSequence: false)
        var count = 0
        var isFirst = true
        while try reader.next(isFirst: &isFirst, close: UInt8(ascii: "}")) {
            try string(try reader.key())
            try value()
            count += 1
        }
        writer.endTable()
        usualEntries = min(count, 64)
    }

    private mutating func string(_ span: JSONReader.Span) throws(DecodingFailure) {
        if !span.hasEscapes {
            let slice = UnsafeBufferPointer(rebasing: reader.bytes[span.start..<span.end])
            try check(span.isASCII || UTF8Validation.isValid(slice), span)
            writer.string(UnsafeRawBufferPointer(slice))
        } else {
            let bytes = try reader.unescape(span)
            try check(bytes.withUnsafeBufferPointer { UTF8Validation.isValid($0) }, span)
            writer.string(bytes)
        }
    }

    private mutating func check(_ isValid: Bool, _ span: JSONReader.Span) throws(DecodingFailure) {
        if isValid { return }
        reader.at = span.start
        throw reader.failure("a string that is not UTF-8")
    }
}

/// Text that is not JSON.
struct JSONTextError: Error, LuaRaisable {
    let message: String
    /// From 1; the column counts characters.
    let line: Int
    let column: Int

    init(_ failure: DecodingFailure, in bytes: UnsafeBufferPointer<UInt8>) {
        let before = bytes[..<min(failure.offset ?? 0, bytes.count)]
        line = before.count { $0 == 0x0A } + 1
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
        message = failure.message
    }

    var luaMessage: String { "not JSON: line \(line), column \(column): \(message)" }

    func writeLuaFields(_ fields: inout LuaWriter) {
        fields["code"] = "InvalidJSON"
        fields["line"] = line
        fields["column"] = column
    }
}
