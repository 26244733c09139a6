import CLuaShim

/// A Lua table, held by Swift.
///
/// Access is raw (no metamethods) unless said otherwise. To read or build a whole tree use ``LuaSnapshot`` and
/// ``LuaWriter``, which cross into Lua once.
public struct LuaTable: LuaArgument, LuaResult {
    public let reference: LuaReference
    // Unowned: functions of the host hold tables, and the VM owns those functions.
    unowned let vm: LuaVM

    init(_ reference: LuaReference, _ vm: LuaVM) {
        self.reference = reference
        self.vm = vm
    }

    public static func read(_ arguments: inout LuaArguments) throws -> LuaTable {
        guard lua_type(arguments.L, arguments.index) == CLUA_TTABLE else { throw arguments.mismatch("table") }
        defer { arguments.index += 1 }
        return LuaTable(try arguments.vm.reference(at: arguments.index, of: arguments.L), arguments.vm)
    }

    public func push(to results: inout LuaResults) throws { try results.push(reference) }

    /// The value of a key, nil when it is absent.
    public func get<T: LuaArgument>(_ key: some LuaResult, as type: T.Type = T.self) throws -> T? {
        let L = vm.L
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        try vm.push(reference)
        try vm.pushHost(key)
        try vm.check(clua_raw_get(L, top + 1))
        if lua_type(L, -1) == CLUA_TNIL { return nil }
        return try vm.read(at: lua_gettop(L))
    }

    /// Sets a key; a nil value removes it.
    public func set(_ key: some LuaResult, _ value: some LuaResult) throws {
        let L = vm.L
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        try vm.push(reference)
        try vm.pushHost(key)
        try vm.pushHost(value)
        try vm.check(clua_raw_set(L, top + 1))
    }

    /// The length of the sequence, without metamethods.
    public var count: Int {
        guard (try? vm.push(reference)) != nil else { return 0 }
        defer { lua_settop(vm.L, -2) }
        return Int(lua_rawlen(vm.L, -1))
    }

    /// Calls `body` with each entry, in Lua's order.
    public func forEach(_ body: (LuaValue, LuaValue) throws -> Void) throws {
        let L = vm.L
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        try vm.push(reference)
        guard lua_checkstack(L, 8) != 0 else { throw LuaError.outOfMemory }
        lua_pushnil(L)
        while true {
            var more: Int32 = 0
            try vm.check(clua_next(L, top + 1, &more))
            if more == 0 { return }
            try body(try vm.value(at: -2, of: L), try vm.value(at: -1, of: L))
            lua_settop(L, -2)
        }
    }

    public func setMetatable(_ metatable: LuaTable?) throws {
        let top = lua_gettop(vm.L)
        defer { lua_settop(vm.L, top) }
        try vm.push(reference)
        if let metatable { try vm.push(metatable.reference) } else { lua_pushnil(vm.L) }
        try vm.check(clua_set_metatable(vm.L, top + 1))
    }

    public var metatable: LuaTable? {
        get throws {
            let top = lua_gettop(vm.L)
            defer { lua_settop(vm.L, top) }
            try vm.push(reference)
            guard lua_checkstack(vm.L, 2) != 0, lua_getmetatable(vm.L, -1) != 0 else { return nil }
            return LuaTable(try vm.popReference(), vm)
        }
    }

    /// Makes a host function a field of this table.
    @inlinable public func setFunction<each A: LuaArgument, each R: LuaResult>(
        _ name: String, _ body: @escaping (repeat each A) throws -> (repeat each R)
    ) throws {
        try set(name, try owner.function(body))
    }

    /// The VM that the table belongs to.
    public var owner: LuaVM { vm }
}

extension LuaVM {
    /// A new, empty table with room for so many items and entries.
    public func table(items: Int = 0, entries: Int = 0) throws(LuaError) -> LuaTable {
        try check(clua_new_table(L, Int32(clamping: items), Int32(clamping: entries)))
        return LuaTable(try popReference(), self)
    }

    /// The table that a writer built.
    public func table(_ writer: LuaWriter) throws -> LuaTable {
        try push(writer, on: L)
        guard lua_type(L, -1) == CLUA_TTABLE else {
            lua_settop(L, -2)
            throw LuaError("not a table")
        }
        return LuaTable(try popReference(), self)
    }

    /// Pushes one value for the host's own use.
    @usableFromInline func pushHost(_ value: some LuaResult) throws {
        guard lua_checkstack(L, 8) != 0 else { throw LuaError.outOfMemory }
        var results = LuaResults(L)
        try value.push(to: &results)
        if block.pointee.text_pending { try results.flush() }
        if results.count == 0 { lua_pushnil(L) }
        if results.count > 1 { lua_settop(L, lua_gettop(L) - results.count + 1) }
    }

    @usableFromInline func read<T: LuaArgument>(at index: Int32) throws -> T {
        var arguments = LuaArguments(L)
        arguments.index = index
        do {
            return try T.read(&arguments)
        } catch let error as LuaArgumentError {
            throw LuaError(error.message)
        }
    }
}
