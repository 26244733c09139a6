import LuaVM

/// Data of a script, copied out of Lua: what an option holds.
enum PlainValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case bytes([UInt8])
    case table(items: [PlainValue], entries: [(key: PlainValue, value: PlainValue)])
    /// A function, a coroutine or a userdata, by the name of its type.
    case other(String)

    init(_ reader: inout LuaReader) throws {
        switch try reader.next() {
        case .nil, .null: self = .null
        case .boolean(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .string(let range): self = .bytes(reader.bytes(range))
        case .unsupported(let type): self = .other(type)
        case .tooDeep: throw LuaMessage("the tables of an option are nested too deeply, or contain themselves")
        case .table(let table):
            let items = try (0..<table.items).map { _ in try PlainValue(&reader) }
            let entries = try (0..<table.entries).map { _ in
                (key: try PlainValue(&reader), value: try PlainValue(&reader))
            }
            try reader.endTable()
            self = .table(items: items, entries: entries)
        }
    }

    var text: String? {
        switch self {
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        case .integer(let value): String(value)
        case .number(let value): String(value)
        default: nil
        }
    }

    /// The Lua type, for messages.
    var typeName: String {
        switch self {
        case .null: "nil"
        case .bool: "boolean"
        case .integer, .number: "number"
        case .bytes: "string"
        case .table: "table"
        case .other(let type): type
        }
    }
}
