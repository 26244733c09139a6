/// Builds a tree of Lua values as bytes, which Lua then reads in one step: the fast way to make tables.
///
/// It needs no VM, so a tree can be built on any thread and be the result of an asynchronous function.
///
/// ```swift
/// var writer = LuaWriter()
/// writer.table { table in                     // { name = "x", tags = { "a", "b" } }
///     table["name"] = "x"
///     table.key("tags")
///     table.sequence(count: 2) { $0.value("a"); $0.value("b") }
/// }
/// ```
/// Everything written at the outermost level is one value. A nil as an entry's value leaves the entry out.
public struct LuaWriter: Sendable {
    @usableFromInline var bytes = ByteBuffer()
    // Keeps what the bytes refer to until Lua has read them.
    private var references: [LuaReference] = []
    private var keptStrings: UInt16 = 0

    public init() {}

    /// Room for so many bytes, when it is known beforehand.
    public init(capacity: Int) { bytes.reserve(capacity) }

    func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        if bytes.count == 0 { return withUnsafeBytes(of: Tag.nil, body) }
        return bytes.withBytes(body)
    }

    @usableFromInline enum Tag {
        @usableFromInline static let `nil` = UInt8(ascii: "n")
        @usableFromInline static let end = UInt8(ascii: "E")
    }

    // MARK: - Single values

    @inlinable public mutating func `nil`() { bytes.append(Tag.nil) }
    /// The value that stands for JSON's null.
    @inlinable public mutating func null() { bytes.append(UInt8(ascii: "0")) }
    @inlinable public mutating func value(_ value: Bool) {
        bytes.append(value ? UInt8(ascii: "t") : UInt8(ascii: "f"))
    }
    @inlinable public mutating func value(_ value: Int64) {
        append(UInt8(ascii: "i"), value)
    }
    @inlinable public mutating func value(_ value: Int) { self.value(Int64(value)) }
    @inlinable public mutating func value(_ value: Double) {
        append(UInt8(ascii: "d"), value)
    }
    @inlinable public mutating func value(_ text: String) {
        // `withUTF8` alone would need a copy of the text, which counts it.
        if text.utf8.withContiguousStorageIfAvailable({ string(UnsafeRawBufferPointer($0)) }) != nil { return }
        var text = text
        text.withUTF8 { string(UnsafeRawBufferPointer($0)) }
    }
    /// A string of any bytes.
    @inlinable public mutating func string(_ content: UnsafeRawBufferPointer) {
        if content.count < 256 { return short(UInt8(ascii: "s"), content) }
        append(UInt8(ascii: "S"), UInt64(content.count))
        bytes.append(content.count) {
            UnsafeMutableRawBufferPointer(start: $0, count: content.count).copyMemory(from: content)
        }
    }
    public mutating func string(_ content: [UInt8]) { content.withUnsafeBytes { string($0) } }

    /// A string that comes back, such as a key of many tables: Lua looks it up once. Gives the number to write it with
    /// again, ``keptString(_:)``; nil when it is written like any other, being too long or one too many.
    public mutating func keepString(_ content: UnsafeRawBufferPointer) -> UInt16? {
        guard content.count < 256, keptStrings < .max else {
            string(content)
            return nil
        }
        short(UInt8(ascii: "K"), content)
        keptStrings += 1
        return keptStrings
    }

    @inlinable public mutating func keptString(_ number: UInt16) {
        append(UInt8(ascii: "k"), number)
    }
    /// A value that Swift keeps: a function, a table, a userdata.
    public mutating func value(_ reference: LuaReference) {
        references.append(reference)
        append(UInt8(ascii: "r"), reference.id)
    }
    @inlinable public mutating func value(_ value: some LuaWritable) { value.write(to: &self) }

    @inlinable mutating func append<Value: BitwiseCopyable>(_ tag: UInt8, _ value: Value) {
        bytes.append(1 + MemoryLayout<Value>.size) { place in
            place.storeBytes(of: tag, as: UInt8.self)
            (place + 1).storeBytes(of: value, as: Value.self)
        }
    }

    /// - Parameter content: of less than 256 bytes.
    @inlinable mutating func short(_ tag: UInt8, _ content: UnsafeRawBufferPointer) {
        bytes.append(2 + content.count) { place in
            place.storeBytes(of: tag, as: UInt8.self)
            (place + 1).storeBytes(of: UInt8(truncatingIfNeeded: content.count), as: UInt8.self)
            UnsafeMutableRawBufferPointer(start: place + 2, count: content.count).copyMemory(from: content)
        }
    }

    // MARK: - Tables

    /// A table of entries. Write a key (``key(_:)`` or any value), then its value; or `["name"] = value`.
    /// - Parameter entries: how many there will be, when it is known: saves Lua from growing the table.
    @inlinable public mutating func table<E: Error>(
        entries: Int = 0, metatable: LuaReference? = nil, _ body: (inout LuaWriter) throws(E) -> Void
    ) throws(E) {
        beginTable(items: 0, entries: entries, isSequence: false, metatable: metatable)
        try body(&self)
        endTable()
    }

    /// A sequence of exactly `count` values. It stays a sequence when it is empty (JSON's `[]`).
    @inlinable public mutating func sequence<E: Error>(
        count: Int, _ body: (inout LuaWriter) throws(E) -> Void
    ) throws(E) {
        beginTable(items: count, entries: 0, isSequence: true)
        try body(&self)
        endTable()
    }

    /// The beginning of a table: `items` values follow, then keys and values by turns, then ``endTable()``.
    @inlinable public mutating func beginTable(
        items: Int, entries: Int, isSequence: Bool, metatable: LuaReference? = nil
    ) {
        bytes.append(10) { place in
            place.storeBytes(of: UInt8(ascii: "T"), as: UInt8.self)
            (place + 1).storeBytes(of: (isSequence ? 1 : 0) | (metatable == nil ? 0 : 2), as: UInt8.self)
            (place + 2).storeBytes(of: UInt32(items), as: UInt32.self)
            (place + 6).storeBytes(of: UInt32(entries), as: UInt32.self)
        }
        if let metatable { appendMetatable(metatable) }
    }

    @usableFromInline mutating func appendMetatable(_ metatable: LuaReference) {
        references.append(metatable)
        let id = metatable.id
        bytes.append(MemoryLayout.size(ofValue: id)) { $0.storeBytes(of: id, as: type(of: id)) }
    }

    /// The beginning of a sequence whose length is not known yet: give the result to ``endSequence(_:count:)``.
    @inlinable public mutating func beginSequence() -> Int {
        beginTable(items: 0, entries: 0, isSequence: true)
        return bytes.count - 8
    }

    @inlinable public mutating func endSequence(_ start: Int, count: Int) {
        bytes.patch(start, UInt32(count))
        endTable()
    }

    /// The beginning of a table whose number of entries is not known yet: give the result to ``endEntries(_:count:)``.
    @inlinable public mutating func beginEntries(metatable: LuaReference? = nil) -> Int {
        let start = bytes.count + 6
        beginTable(items: 0, entries: 0, isSequence: false, metatable: metatable)
        return start
    }

    @inlinable public mutating func endEntries(_ start: Int, count: Int) {
        bytes.patch(start, UInt32(count))
        endTable()
    }

    @inlinable public mutating func endTable() { bytes.append(Tag.end) }

    @inlinable public mutating func key(_ key: String) { value(key) }

    /// Writes an entry of the table that is being written; nil leaves it out.
    @inlinable public subscript<V: LuaWritable>(key: String) -> V? {
        get { nil }
        set {
            guard let newValue else { return }
            value(key)
            newValue.write(to: &self)
        }
    }
}

/// A type that ``LuaWriter`` can write.
public protocol LuaWritable {
    func write(to writer: inout LuaWriter)
}

extension Bool: LuaWritable {
    @inlinable public func write(to writer: inout LuaWriter) { writer.value(self) }
}
extension Int: LuaWritable {
    @inlinable public func write(to writer: inout LuaWriter) { writer.value(Int64(self)) }
}
extension Int64: LuaWritable {
    @inlinable public func write(to writer: inout LuaWriter) { writer.value(self) }
}
extension Double: LuaWritable {
    @inlinable public func write(to writer: inout LuaWriter) { writer.value(self) }
}
extension String: LuaWritable {
    @inlinable public func write(to writer: inout LuaWriter) { writer.value(self) }
}
extension LuaReference: LuaWritable {
    public func write(to writer: inout LuaWriter) { writer.value(self) }
}
extension LuaFunction: LuaWritable {
    public func write(to writer: inout LuaWriter) { writer.value(reference) }
}
extension LuaTable: LuaWritable {
    public func write(to writer: inout LuaWriter) { writer.value(reference) }
}
extension Optional: LuaWritable where Wrapped: LuaWritable {
    /// Inside a sequence, a nil that keeps its place.
    @inlinable public func write(to writer: inout LuaWriter) {
        if let self { self.write(to: &writer) } else { writer.nil() }
    }
}
extension Array: LuaWritable where Element: LuaWritable {
    public func write(to writer: inout LuaWriter) {
        writer.sequence(count: count) { writer in
            for element in self { element.write(to: &writer) }
        }
    }
}
extension Dictionary: LuaWritable where Key == String, Value: LuaWritable {
    public func write(to writer: inout LuaWriter) {
        writer.table(entries: count) { writer in
            for (key, value) in self {
                writer.value(key)
                value.write(to: &writer)
            }
        }
    }
}
