import CLuaShim

/// What a host function gives back to Lua, pushed from the left.
public struct LuaResults {
    @usableFromInline let L: OpaquePointer
    @usableFromInline let block: UnsafeMutablePointer<clua_vm>
    @usableFromInline var count: Int32 = 0

    @inlinable init(_ L: OpaquePointer) {
        self.L = L
        guard let block = clua_of(L) else { preconditionFailure("a Lua state without its VM") }
        self.block = block
    }

    /// Makes room for one more value; a string that still waits is pushed first, to keep the order.
    @inlinable mutating func reserve() throws {
        if block.pointee.text_pending { try flush() }
        if count >= 10, lua_checkstack(L, 4) == 0 { throw LuaError.outOfMemoryError }
        count += 1
    }

    @usableFromInline func flush() throws {
        block.pointee.text_pending = false
        let vm = LuaVM.of(L)
        let status = clua_push_string(L, block.pointee.text_from, block.pointee.text_length)
        if status != CLUA_OK { throw vm.takeError(status, from: L) }
    }

    @inlinable public mutating func push(_ value: Int64) throws {
        try reserve()
        lua_pushinteger(L, value)
    }
    @inlinable public mutating func push(_ value: Double) throws {
        try reserve()
        lua_pushnumber(L, value)
    }
    @inlinable public mutating func push(_ value: Bool) throws {
        try reserve()
        lua_pushboolean(L, value ? 1 : 0)
    }
    @inlinable public mutating func pushNil() throws {
        try reserve()
        lua_pushnil(L)
    }
    /// A string of any bytes.
    @inlinable public mutating func push(_ bytes: UnsafeRawBufferPointer) throws {
        try reserve()
        if bytes.count <= 4096 {
            // C pushes it when Swift has returned: a copy of this size costs less than a protected call.
            if !setText(bytes, L) { throw LuaError.outOfMemoryError }
        } else {
            try pushLong(bytes)
        }
    }

    /// A string of bytes that stay where they are until the call has ended.
    @inlinable mutating func push(lent bytes: UnsafeRawBufferPointer) throws {
        try reserve()
        block.pointee.text_from = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        block.pointee.text_length = bytes.count
        block.pointee.text_pending = true
    }

    @usableFromInline func pushLong(_ bytes: UnsafeRawBufferPointer) throws {
        let vm = LuaVM.of(L)
        let status = clua_push_string(L, bytes.baseAddress, bytes.count)
        if status != CLUA_OK { throw vm.takeError(status, from: L) }
    }

    public mutating func push(_ reference: LuaReference) throws {
        try reserve()
        try LuaVM.of(L).push(reference, on: L)
    }

    /// The tree of values that a writer built.
    public mutating func push(_ writer: LuaWriter) throws {
        try reserve()
        try LuaVM.of(L).push(writer, on: L)
    }

    /// The tree of values that these bytes hold, which a writer or Lua's own encoder wrote.
    mutating func push(written bytes: [UInt8]) throws {
        try reserve()
        try LuaVM.of(L).push(written: bytes, on: L)
    }

    /// A host object of a type with methods.
    public mutating func push(object: some LuaUserdata) throws {
        try reserve()
        try LuaVM.of(L).push(object: object, on: L)
    }

    @inlinable public mutating func push(_ value: some LuaResult) throws { try value.push(to: &self) }
}

/// A type that a host function can give back.
///
/// Provided: `Bool`, `Int`, `Int64`, `Double`, `String`, `[UInt8]`, `Optional` of them, ``LuaWriter`` (tables, the fast
/// way), arrays and dictionaries of ``LuaWritable`` values, ``LuaValue``, ``LuaTable``, ``LuaFunction``, ``LuaCoded``,
/// every ``LuaUserdata`` class, ``LuaMultiple`` (a number of results that is known at run time only). Tuples are several
/// results.
public protocol LuaResult {
    func push(to results: inout LuaResults) throws
}

extension LuaError {
    @usableFromInline static var outOfMemoryError: LuaError { .outOfMemory }
}

extension Int64: LuaResult {
    @inlinable public func push(to results: inout LuaResults) throws { try results.push(self) }
}
extension Int: LuaResult {
    @inlinable public func push(to results: inout LuaResults) throws { try results.push(Int64(self)) }
}
extension Double: LuaResult {
    @inlinable public func push(to results: inout LuaResults) throws { try results.push(self) }
}
extension Bool: LuaResult {
    @inlinable public func push(to results: inout LuaResults) throws { try results.push(self) }
}
extension String: LuaResult {
    @inlinable public func push(to results: inout LuaResults) throws {
        if try utf8.withContiguousStorageIfAvailable({ try results.push(UnsafeRawBufferPointer($0)) }) != nil { return }
        var text = self
        try text.withUTF8 { try results.push(UnsafeRawBufferPointer($0)) }
    }
}
extension UnsafeRawBufferPointer: LuaResult {
    /// A string of these bytes, which are read once the function has returned: its arguments' bytes, or what outlives it.
    @inlinable public func push(to results: inout LuaResults) throws { try results.push(lent: self) }
}
extension Optional: LuaResult where Wrapped: LuaResult {
    @inlinable public func push(to results: inout LuaResults) throws {
        if let self { try self.push(to: &results) } else { try results.pushNil() }
    }
}
extension LuaReference: LuaResult {
    public func push(to results: inout LuaResults) throws { try results.push(self) }
}
extension LuaWriter: LuaResult {
    public func push(to results: inout LuaResults) throws { try results.push(self) }
}
extension LuaValue: LuaResult {
    public func push(to results: inout LuaResults) throws {
        switch self {
        case .nil: try results.pushNil()
        case .boolean(let value): try results.push(value)
        case .integer(let value): try results.push(value)
        case .number(let value): try results.push(value)
        case .string(let value): try value.push(to: &results)
        case .bytes(let value): try value.withUnsafeBytes { try results.push($0) }
        case .null:
            var writer = LuaWriter()
            writer.null()
            try results.push(writer)
        case .table(let table): try results.push(table.reference)
        case .function(let function): try results.push(function.reference)
        case .object(_, let reference), .other(let reference): try results.push(reference)
        }
    }
}

extension Array: LuaResult where Element: LuaWritable {
    /// Bytes become a string, everything else a sequence.
    @inlinable public func push(to results: inout LuaResults) throws {
        // Compared, not cast: a cast of an array costs ten times the call.
        if Element.self == UInt8.self {
            try withUnsafeBytes { try results.push($0) }
        } else {
            var writer = LuaWriter()
            write(to: &writer)
            try results.push(writer)
        }
    }
}
extension Dictionary: LuaResult where Key == String, Value: LuaWritable {
    public func push(to results: inout LuaResults) throws {
        var writer = LuaWriter()
        write(to: &writer)
        try results.push(writer)
    }
}

/// As many results as there are values.
public struct LuaMultiple: LuaResult {
    public var values: [any LuaResult]
    public init(_ values: [any LuaResult]) { self.values = values }
    public func push(to results: inout LuaResults) throws {
        for value in values { try value.push(to: &results) }
    }
}

extension LuaVM {
    func push(_ reference: LuaReference, on L: OpaquePointer) throws(LuaError) {
        guard reference.belongs(to: self) else { throw LuaError("a value of another Lua state") }
        lua_rawgeti(L, CLUA_REGISTRYINDEX, Int64(reference.id))
    }

    func push(_ writer: LuaWriter, on L: OpaquePointer) throws(LuaError) {
        drainReleases()
        let status = writer.withBytes { clua_decode(L, $0.baseAddress, $0.count) }
        if status != CLUA_OK { throw takeError(status, from: L) }
    }

    func push(written bytes: [UInt8], on L: OpaquePointer) throws(LuaError) {
        drainReleases()
        let status = bytes.withUnsafeBytes { clua_decode(L, $0.baseAddress, $0.count) }
        if status != CLUA_OK { throw takeError(status, from: L) }
    }
}
