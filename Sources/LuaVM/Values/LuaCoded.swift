/// A `Codable` value as a Lua value: structures are tables of their members, arrays are sequences, optionals may be nil.
///
/// As a parameter it reads what a script gives; as a result it writes a table. It is `Sendable` when the value is, so that
/// asynchronous functions take it too.
///
/// ```swift
/// struct Options: Codable, Sendable { var name: String; var retries: Int? }
/// let function = try vm.asyncFunction { (options: LuaCoded<Options>) async throws -> LuaCoded<Report> in … }
/// let report: LuaCoded<Report> = try await runtime.evaluate("return { … }")
/// ```
public struct LuaCoded<Value> {
    public var value: Value
    public init(_ value: Value) { self.value = value }
}

extension LuaCoded: Sendable where Value: Sendable {}

extension LuaCoded: LuaArgument where Value: Decodable {
    public static func read(_ arguments: inout LuaArguments) throws -> LuaCoded<Value> {
        let index = arguments.index
        let snapshot = try LuaSnapshot.read(&arguments)
        do {
            return LuaCoded(try snapshot.decode(Value.self))
        } catch let error as DecodingError {
            throw LuaArgumentError(index: Int(index), error.luaDescription)
        }
    }
}

extension LuaCoded: LuaResult where Value: Encodable {
    public func push(to results: inout LuaResults) throws {
        var writer = LuaWriter()
        try writer.encode(value)
        try results.push(writer)
    }
}

extension LuaSnapshot {
    /// Reads the value as a `Decodable` type.
    /// - Throws: `DecodingError`, which names the member.
    public func decode<T: Decodable>(_ type: T.Type) throws -> T {
        var reader = self.reader
        return try T(from: LuaDecoder(try LuaTree(&reader), path: []))
    }
}

extension DecodingError {
    /// One line in Lua's terms: "retries: number expected, got string".
    public var luaDescription: String {
        let (context, text): (Context, String) =
            switch self {
            case .typeMismatch(_, let context), .dataCorrupted(let context): (context, context.debugDescription)
            case .valueNotFound(_, let context): (context, context.debugDescription)
            case .keyNotFound(let key, let context): (context, "the field '\(key.stringValue)' is missing")
            @unknown default: (Context(codingPath: [], debugDescription: ""), "\(self)")
            }
        let path = context.codingPath.map { key in key.intValue.map { "[\($0 + 1)]" } ?? key.stringValue }
        return path.isEmpty ? text : path.joined(separator: ".").replacing(".[", with: "[") + ": " + text
    }
}

extension String {
    fileprivate func replacing(_ text: String, with replacement: String) -> String {
        var result = ""
        var rest = self[...]
        while let character = rest.first {
            if rest.hasPrefix(text) {
                result += replacement
                rest = rest.dropFirst(text.count)
            } else {
                result.append(character)
                rest = rest.dropFirst()
            }
        }
        return result
    }
}

/// A snapshot as a tree, for the decoder, which reads in whatever order it is asked to.
indirect enum LuaTree {
    case null
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case string([UInt8])
    case table(items: [LuaTree], fields: [String: LuaTree])
    case other(String)

    init(_ reader: inout LuaReader) throws {
        switch try reader.next() {
        case .nil, .null: self = .null
        case .boolean(let value): self = .boolean(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .string(let range): self = .string(reader.bytes(range))
        case .unsupported(let type): self = .other(type)
        case .tooDeep: self = .other("a table that is nested too deeply")
        case .table(let table):
            var items: [LuaTree] = []
            for _ in 0..<table.items { items.append(try LuaTree(&reader)) }
            var fields: [String: LuaTree] = [:]
            for _ in 0..<table.entries {
                let key = try LuaTree(&reader)
                let value = try LuaTree(&reader)
                switch key {
                case .string(let bytes): fields[String(decoding: bytes, as: UTF8.self)] = value
                case .integer(let number): fields[String(number)] = value
                default: break
                }
            }
            try reader.endTable()
            self = .table(items: items, fields: fields)
        }
    }

    var typeName: String {
        switch self {
        case .null: "nil"
        case .boolean: "boolean"
        case .integer, .number: "number"
        case .string: "string"
        case .table: "table"
        case .other(let type): type
        }
    }
}
