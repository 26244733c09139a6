import CLuaShim

/// A Lua function, held by Swift, to be called at once and on the VM's own executor. It cannot wait; see ``LuaCallback``
/// for one that can, later and from anywhere.
public struct LuaFunction: LuaArgument, LuaResult {
    public let reference: LuaReference
    @usableFromInline unowned let vm: LuaVM

    init(_ reference: LuaReference, _ vm: LuaVM) {
        self.reference = reference
        self.vm = vm
    }

    public static func read(_ arguments: inout LuaArguments) throws -> LuaFunction {
        guard lua_type(arguments.L, arguments.index) == CLUA_TFUNCTION else { throw arguments.mismatch("function") }
        defer { arguments.index += 1 }
        return LuaFunction(try arguments.vm.reference(at: arguments.index, of: arguments.L), arguments.vm)
    }

    public func push(to results: inout LuaResults) throws { try results.push(reference) }

    /// Calls the function. Its results are read as the types that the caller asks for; missing ones are nil, further ones
    /// are dropped.
    ///
    /// ```swift
    /// let sum: Int = try function.call(1, 2)
    /// try function.call("done") as Void
    /// ```
    /// - Throws: ``LuaError`` with the error value, its message and the traceback.
    @inlinable public func call<each A: LuaResult, each R: LuaArgument>(
        _ arguments: repeat each A
    ) throws -> (repeat each R) {
        let L = vm.L
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        try vm.push(reference)
        guard lua_checkstack(L, 12) != 0 else { throw LuaError.outOfMemoryError }
        var pushed = LuaResults(L)
        repeat try (each arguments).push(to: &pushed)
        if clua_of(L).pointee.text_pending { try pushed.flush() }
        var wanted: Int32 = 0
        for _ in repeat (each R).self { wanted += 1 }
        try vm.check(clua_pcall(L, pushed.count, wanted))
        var results = LuaArguments(L)
        results.index = top + 1
        return (repeat try (each R).read(&results))
    }
}

/// A Lua function that a host keeps to call later, from any task or thread: the runtime runs it as a task of its own, so
/// it may wait. The runtime gives the way to call it (`Runtime.call(_:_:)`).
public struct LuaCallback: LuaArgument, Sendable {
    public init(_ function: LuaFunction) { reference = function.reference }
    init(reference: LuaReference) { self.reference = reference }
    public let reference: LuaReference

    public static func read(_ arguments: inout LuaArguments) throws -> LuaCallback {
        LuaCallback(reference: try LuaFunction.read(&arguments).reference)
    }
}

extension LuaCallback: LuaResult {
    public func push(to results: inout LuaResults) throws { try results.push(reference) }
}

extension LuaVM {
    /// Compiles a chunk.
    /// - Parameters:
    ///   - name: in Lua's convention: "@file", "=name", or the source itself. Chunks of the runtime's own library are
    ///     named "=awscicd.NAME": errors then name the script's line that called into it.
    ///   - allowsBytecode: false refuses precompiled chunks, which can crash Lua.
    ///   - ownEnvironment: true gives the chunk globals of its own, which read through to the shared ones.
    /// - Throws: ``LuaError`` of kind `.syntax`.
    public func load(
        _ source: some Collection<UInt8>, name: String, allowsBytecode: Bool = false, ownEnvironment: Bool = false
    ) throws(LuaError) -> LuaFunction {
        let bytes = Array(source)
        let status = bytes.withUnsafeBytes {
            clua_load(L, $0.baseAddress, $0.count, name, allowsBytecode ? "bt" : "t", ownEnvironment)
        }
        try check(status)
        return LuaFunction(try popReference(), self)
    }

    public func load(_ source: String, name: String, ownEnvironment: Bool = false) throws(LuaError) -> LuaFunction {
        try load(Array(source.utf8), name: name, ownEnvironment: ownEnvironment)
    }
}
