import CLuaShim

/// Any Lua value, for the places where a type is not known beforehand. Typed parameters and results are faster.
public enum LuaValue {
    case `nil`
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    /// A string that is valid UTF-8.
    case string(String)
    /// A string that is not.
    case bytes([UInt8])
    /// The value that stands for JSON's null.
    case null
    case table(LuaTable)
    case function(LuaFunction)
    /// A Swift object of a registered type, or of a host error (then the `Error` itself).
    case object(Any, LuaReference)
    /// A userdata of someone else, or a coroutine.
    case other(LuaReference)

    public var isNil: Bool {
        if case .nil = self { true } else { false }
    }
}

extension LuaVM {
    /// The value at an index of the running coroutine's stack.
    func value(at index: Int32, of L: OpaquePointer) throws(LuaError) -> LuaValue {
        switch lua_type(L, index) {
        case CLUA_TNONE, CLUA_TNIL: return .nil
        case CLUA_TBOOLEAN: return .boolean(lua_toboolean(L, index) != 0)
        case CLUA_TNUMBER:
            if lua_isinteger(L, index) != 0 { return .integer(lua_tointegerx(L, index, nil)) }
            return .number(lua_tonumberx(L, index, nil))
        case CLUA_TSTRING:
            let bytes = stringBytes(L, index)
            if let text = String(valid: bytes) { return .string(text) }
            return .bytes(Array(bytes))
        case CLUA_TTABLE: return .table(LuaTable(try reference(at: index, of: L), self))
        case CLUA_TFUNCTION: return .function(LuaFunction(try reference(at: index, of: L), self))
        default:
            if lua_topointer(L, index) == block.pointee.null_pointer { return .null }
            var type: UnsafeRawPointer?
            if let object = clua_object(L, index, &type) {
                let instance = Unmanaged<AnyObject>.fromOpaque(object).takeUnretainedValue()
                return .object((instance as? HostError)?.error ?? instance, try reference(at: index, of: L))
            }
            return .other(try reference(at: index, of: L))
        }
    }

    func reference(at index: Int32, of L: OpaquePointer) throws(LuaError) -> LuaReference {
        drainReleases()
        guard lua_checkstack(L, 2) != 0 else { throw .outOfMemory }
        lua_pushvalue(L, index)
        var id: Int32 = 0
        let status = clua_reference(L, &id)
        if status != CLUA_OK { throw takeError(status, from: L) }
        return LuaReference(id, releases)
    }

    /// The value that a reference keeps.
    public func value(of reference: LuaReference) throws(LuaError) -> LuaValue {
        try push(reference)
        defer { lua_settop(L, -2) }
        return try value(at: -1, of: L)
    }

    @usableFromInline func push(_ reference: LuaReference) throws(LuaError) {
        guard reference.belongs(to: self) else { throw LuaError("a value of another Lua state") }
        guard lua_checkstack(L, 1) != 0 else { throw .outOfMemory }
        lua_rawgeti(L, CLUA_REGISTRYINDEX, Int64(reference.id))
    }
}

/// The bytes of a Lua string; empty for other types.
@inlinable func stringBytes(_ L: OpaquePointer, _ index: Int32) -> UnsafeRawBufferPointer {
    var length = 0
    guard let start = clua_string(L, index, &length) else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(start: start, count: length)
}

extension String {
    /// The bytes as text; nil when they are not UTF-8.
    ///
    /// Decoding repairs what is wrong, and so shows in the bytes of the result. `String(validating:as:)` looks its types up
    /// at run time, which takes longer than a short string does.
    @inlinable init?(valid bytes: UnsafeRawBufferPointer) {
        self.init(decoding: bytes, as: UTF8.self)
        let same = utf8.withContiguousStorageIfAvailable { own in
            own.count == bytes.count && clua_same(own.baseAddress, bytes.baseAddress, bytes.count)
        }
        if same != true { return nil }
    }
}
