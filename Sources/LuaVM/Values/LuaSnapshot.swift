import CLuaShim

/// A whole Lua value, table trees included, copied out of Lua in one step.
///
/// It is `Sendable`: a parameter of asynchronous functions that take options. Read it with a ``LuaReader``.
public struct LuaSnapshot: Sendable, LuaArgument, LuaResult {
    let bytes: [UInt8]

    /// A snapshot of what a writer built.
    public init(_ writer: LuaWriter) { bytes = writer.withBytes { Array($0) } }

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Copies an argument. Functions, coroutines and userdata inside become ``LuaReader/Token/unsupported(_:)``.
    public static func read(_ arguments: inout LuaArguments) throws -> LuaSnapshot {
        defer { arguments.index += 1 }
        return try arguments.vm.snapshot(at: arguments.index, of: arguments.L)
    }

    public func push(to results: inout LuaResults) throws {
        try results.push(written: bytes)
    }

    public var reader: LuaReader { LuaReader(self) }
}

/// Reads a ``LuaSnapshot`` from its beginning: tokens, of which a table's are its items and then its entries.
///
/// ```swift
/// var reader = snapshot.reader
/// guard case .table(let header) = try reader.next() else { … }
/// for _ in 0..<header.items { let item = try reader.next() … }       // t[1] … t[items]
/// for _ in 0..<header.entries { let key = try reader.next(); let value = try reader.next() … }
/// try reader.endTable()
/// ```
public struct LuaReader {
    public struct Table: Sendable {
        /// Values 1 … items, which come first.
        public var items: Int
        /// Pairs of key and value, which come after them.
        public var entries: Int
        /// True when the table is marked as a sequence, which tells an empty one from an empty map.
        public var isSequence: Bool
    }

    public enum Token {
        case `nil`
        case null
        case boolean(Bool)
        case integer(Int64)
        case number(Double)
        /// The bytes of a string, in place: ``LuaReader/text(_:)`` makes a `String` of them.
        case string(Range<Int>)
        case table(Table)
        /// A value of a Lua type that a snapshot cannot hold, by the type's name.
        case unsupported(String)
        /// The tree contains itself, or is nested too deeply.
        case tooDeep
    }

    /// The snapshot ended inside a value: a mistake of the caller, who read more than there is.
    public struct EndOfData: Error {}

    let bytes: [UInt8]
    var at = 0
    /// The strings that come back, in their order.
    private var kept: [Range<Int>] = []

    public init(_ snapshot: LuaSnapshot) { bytes = snapshot.bytes }

    public var isAtEnd: Bool { at >= bytes.count }

    public mutating func next() throws -> Token {
        switch UnicodeScalar(try take(UInt8.self)) {
        case "n": return .nil
        case "0": return .null
        case "t": return .boolean(true)
        case "f": return .boolean(false)
        case "i": return .integer(try take(Int64.self))
        case "d": return .number(try take(Double.self))
        case "s": return .string(try range(Int(try take(UInt8.self))))
        case "S": return .string(try range(Int(try take(UInt64.self))))
        case "K":
            let string = try range(Int(try take(UInt8.self)))
            kept.append(string)
            return .string(string)
        case "k":
            let place = Int(try take(UInt16.self)) - 1
            guard kept.indices.contains(place) else { throw EndOfData() }
            return .string(kept[place])
        case "T":
            let flags = try take(UInt8.self)
            let items = try take(UInt32.self)
            let entries = try take(UInt32.self)
            if flags & 2 != 0 { _ = try take(Int32.self) }
            return .table(Table(items: Int(items), entries: Int(entries), isSequence: flags & 1 != 0))
        case "u": return .unsupported(String(cString: clua_type_name(Int32(try take(UInt8.self)))))
        case "x": return .tooDeep
        case "r":
            _ = try take(Int32.self)
            return .unsupported("reference")
        default: throw EndOfData()
        }
    }

    /// Reads past the end of a table whose items and entries have all been read.
    public mutating func endTable() throws {
        guard try take(UInt8.self) == LuaWriter.Tag.end else { throw EndOfData() }
    }

    /// Reads past one whole value.
    public mutating func skip() throws {
        guard case .table(let table) = try next() else { return }
        for _ in 0..<(table.items + 2 * table.entries) { try skip() }
        try endTable()
    }

    /// The text of a string; nil when it is not valid UTF-8.
    public func text(_ range: Range<Int>) -> String? {
        bytes.withUnsafeBytes { String(validating: $0[range], as: UTF8.self) }
    }

    public func bytes(_ range: Range<Int>) -> [UInt8] { Array(bytes[range]) }

    /// The bytes of a string without a copy.
    public func withBytes<R>(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    private mutating func take<T: BitwiseCopyable>(_ type: T.Type) throws -> T {
        guard bytes.count - at >= MemoryLayout<T>.size else { throw EndOfData() }
        defer { at += MemoryLayout<T>.size }
        return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: T.self) }
    }

    private mutating func range(_ count: Int) throws -> Range<Int> {
        guard bytes.count - at >= count else { throw EndOfData() }
        defer { at += count }
        return at..<at + count
    }
}

extension LuaVM {
    /// Copies the value at an index of the stack.
    func snapshot(at index: Int32, of L: OpaquePointer) throws -> LuaSnapshot {
        if lua_type(L, index) == CLUA_TNONE { return LuaSnapshot(LuaWriter()) }
        var start: UnsafeMutableRawPointer?
        var length = 0
        let status = clua_encode(L, index, &start, &length)
        if status != CLUA_OK { throw takeError(status, from: L) }
        defer { clua_free(start) }
        return LuaSnapshot(bytes: Array(UnsafeRawBufferPointer(start: start, count: length)))
    }

    /// Copies the value that a reference keeps.
    public func snapshot(of reference: LuaReference) throws -> LuaSnapshot {
        try push(reference)
        defer { lua_settop(L, -2) }
        return try snapshot(at: lua_gettop(L), of: L)
    }
}
