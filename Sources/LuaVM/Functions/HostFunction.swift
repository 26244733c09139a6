import CLuaShim

/// The box that a Lua function of the host owns.
@usableFromInline final class HostFunction {
    @usableFromInline let body: (OpaquePointer) -> Int32

    @inlinable init(_ body: @escaping (OpaquePointer) -> Int32) { self.body = body }
}

/// What C calls for every host function.
@usableFromInline func callHostFunction(_ box: UnsafeMutableRawPointer?, _ L: OpaquePointer?) -> Int32 {
    guard let box, let L else { return CLUA_RAISE_MEMORY }
    return Unmanaged<HostFunction>.fromOpaque(box)._withUnsafeGuaranteedRef { $0.body(L) }
}

extension LuaVM {
    /// A Lua function that calls `body` with typed arguments: see ``LuaArgument`` and ``LuaResult`` for the types.
    ///
    /// ```swift
    /// let add = try vm.function { (a: Int, b: Int) in a + b }
    /// let split = try vm.function { (path: String) -> (String, String?) in … }   // two results
    /// ```
    /// What `body` throws is raised: ``LuaMessage`` as a plain string, ``LuaArgumentError`` as a bad argument,
    /// ``LuaError`` as the value that it came with, every other error as a value that keeps it (``LuaRaisable``).
    @inlinable public func function<each A: LuaArgument, each R: LuaResult>(
        _ body: @escaping (repeat each A) throws -> (repeat each R)
    ) throws(LuaError) -> LuaFunction {
        try function(
            HostFunction { L in
                var arguments = LuaArguments(L)
                do {
                    let values = try body(repeat try (each A).read(&arguments))
                    var results = LuaResults(L)
                    repeat try (each values).push(to: &results)
                    return results.count
                } catch {
                    return raise(error, L)
                }
            })
    }

    /// A function that reads its arguments and pushes its results itself.
    public func rawFunction(
        _ body: @escaping (inout LuaArguments, inout LuaResults) throws -> Void
    ) throws(LuaError) -> LuaFunction {
        try function(
            HostFunction { L in
                var arguments = LuaArguments(L)
                var results = LuaResults(L)
                do {
                    try body(&arguments, &results)
                    return results.count
                } catch {
                    return raise(error, L)
                }
            })
    }

    /// A function that waits: `body` starts something and returns, and the task is suspended until the scheduler resumes
    /// it; ``LuaScheduler/resumed(_:)`` then gives the results. It raises where Lua cannot wait. When `body` returns
    /// false nothing has to be waited for, and what it pushed are the results.
    public func waitingFunction(
        _ body: @escaping (inout LuaArguments, inout LuaResults) throws -> Bool
    ) throws(LuaError) -> LuaFunction {
        try waitingFunction(
            HostFunction { L in
                var arguments = LuaArguments(L)
                var results = LuaResults(L)
                do {
                    return try body(&arguments, &results) ? CLUA_WAIT : results.count
                } catch {
                    return raise(error, L)
                }
            })
    }

    @usableFromInline func function(_ box: HostFunction) throws(LuaError) -> LuaFunction {
        try check(clua_push_function(L, callHostFunction, Unmanaged.passUnretained(box).toOpaque()))
        return LuaFunction(try popReference(), self)
    }

    @usableFromInline func waitingFunction(_ box: HostFunction) throws(LuaError) -> LuaFunction {
        try check(clua_push_waiting_function(L, callHostFunction, Unmanaged.passUnretained(box).toOpaque()))
        return LuaFunction(try popReference(), self)
    }
}

/// Leaves an error where C will raise it, and says how.
@usableFromInline func raise(_ error: any Error, _ L: OpaquePointer) -> Int32 {
    let vm = LuaVM.of(L)
    vm.block.pointee.text_pending = false
    switch error {
    case let error as LuaArgumentError:
        vm.block.pointee.call_arguments = error.index
        return setText(error.message, L) ? CLUA_RAISE_ARGUMENT : CLUA_RAISE_MEMORY
    case let error as LuaMessage:
        return setText(error.description, L) ? CLUA_RAISE_MESSAGE : CLUA_RAISE_MEMORY
    case let error as LuaError:
        if error.kind == .memory { return CLUA_RAISE_MEMORY }
        guard lua_checkstack(L, 2) != 0 else { return CLUA_RAISE_MEMORY }
        if let value = error.value, (try? vm.push(value, on: L)) != nil { return CLUA_RAISE_VALUE }
        if let underlying = error.underlying { return raise(underlying, L) }
        return setText(error.message, L) ? CLUA_RAISE_MESSAGE : CLUA_RAISE_MEMORY
    default:
        return vm.push(hostError: error, on: L) ? CLUA_RAISE_VALUE : CLUA_RAISE_MEMORY
    }
}

extension LuaVM {
    /// Pushes the value that stands for a Swift error; false when memory does not suffice.
    func push(hostError error: any Error, on L: OpaquePointer) -> Bool {
        let box = HostError(error)
        var fields = LuaWriter()
        fields.table { fields in
            fields["message"] = box.message
            (error as? any LuaRaisable)?.writeLuaFields(&fields)
        }
        guard lua_checkstack(L, 6) != 0 else { return false }
        guard (try? push(fields, on: L)) != nil else { return false }
        guard clua_push_error(L, Unmanaged.passUnretained(box).toOpaque(), nil) == CLUA_OK else {
            lua_settop(L, -2)
            return false
        }
        return true
    }
}
