import CLuaShim

/// A coroutine that a scheduler runs as a task: its script takes it for the main thread.
public struct LuaCoroutine {
    let L: OpaquePointer
    let id: Int32
    // Gives the coroutine back even when the VM has gone first.
    let releases: ReleaseQueue

    private var vm: LuaVM { LuaVM.of(L) }

    public enum State {
        /// It waits: ``LuaScheduler/resumed(_:)`` will be asked for the results when it is resumed.
        case waiting
        /// It has ended; its results are on its stack, for ``results(_:)``.
        case finished
        case failed(LuaError)
    }

    /// Runs it until it waits or ends.
    /// - Parameters:
    ///   - isUnwinding: whether it is in a clean-up (an error is on its way); kept by the caller between calls.
    ///   - protectedDepth: how many calls of `pcall` it is in; kept by the caller between calls, 0 at first.
    ///   - isFinal: whether it is to end whatever it catches.
    public func resume(isUnwinding: inout Bool, protectedDepth: inout Int32, isFinal: Bool) -> State {
        let vm = vm
        vm.drainReleases()
        let status = clua_resume(vm.block, L, &isUnwinding, &protectedDepth, isFinal)
        switch status {
        case CLUA_OK: return .finished
        case CLUA_YIELD:
            if vm.block.pointee.waiting { return .waiting }
            return .failed(LuaError("attempt to yield from outside a coroutine"))
        default: return .failed(vm.takeError(status, from: L))
        }
    }

    /// How many results the finished coroutine has.
    public var resultCount: Int { Int(lua_gettop(L)) }

    /// Copies the results of the finished coroutine to those of a function that gives them on.
    public func copyResults(to results: inout LuaResults) throws {
        let count = lua_gettop(L)
        guard lua_checkstack(L, count) != 0, lua_checkstack(results.L, count + 1) != 0 else {
            throw LuaError.outOfMemory
        }
        for index in stride(from: Int32(1), through: count, by: 1) { lua_pushvalue(L, index) }
        clua_move(L, results.L, count)
        results.count += count
    }

    /// Reads a result of the finished coroutine, from 1.
    public func result<T: LuaArgument>(_ index: Int, as type: T.Type = T.self) throws -> T {
        var arguments = LuaArguments(L)
        arguments.index = Int32(index)
        do {
            return try T.read(&arguments)
        } catch let error as LuaArgumentError {
            throw LuaError("result \(index): \(error.message)")
        }
    }

    /// True when it waits inside a `__close` handler on an ordinary way out.
    public var isInCloseHandler: Bool { clua_in_close(L) }

    /// Where its script is, as "file:line".
    public var position: String? { vm.position(of: L, level: 0) }

    /// Its stack, as Lua's `debug.traceback` writes it.
    public var traceback: String {
        let vm = vm
        guard clua_traceback(vm.L, L, nil) == CLUA_OK else { return "" }
        defer { lua_settop(vm.L, -2) }
        return String(decoding: stringBytes(vm.L, -1), as: UTF8.self)
    }

    /// Gives it back to the garbage collector.
    public func release() { releases.add(id) }
}

extension LuaVM {
    /// A task that will call `function`.
    public func task<each A: LuaResult>(_ function: LuaReference, _ arguments: repeat each A) throws -> LuaCoroutine {
        try push(function)
        guard lua_checkstack(L, 12) != 0 else {
            lua_settop(L, -2)
            throw LuaError.outOfMemory
        }
        var pushed = LuaResults(L)
        repeat try (each arguments).push(to: &pushed)
        if block.pointee.text_pending { try pushed.flush() }
        return try makeTask(pushed.count)
    }

    /// A task that will call the first of the arguments that are left with the others.
    public func task(taking arguments: inout LuaArguments) throws -> LuaCoroutine {
        guard lua_type(arguments.L, arguments.index) == CLUA_TFUNCTION else { throw arguments.mismatch("function") }
        let L = arguments.L
        let count = lua_gettop(L) - arguments.index + 1
        guard lua_checkstack(L, count + 4) != 0 else { throw LuaError.outOfMemory }
        for index in stride(from: arguments.index, through: arguments.index + count - 1, by: 1) {
            lua_pushvalue(L, index)
        }
        arguments.index += count
        return try makeTask(count - 1)
    }

    private func makeTask(_ count: Int32) throws -> LuaCoroutine {
        var task: OpaquePointer?
        try check(clua_new_task(L, count, &task))
        var id: Int32 = 0
        try check(clua_reference(L, &id))
        guard let task else { throw LuaError.outOfMemory }
        return LuaCoroutine(L: task, id: id, releases: releases)
    }

    /// Whether what runs now is to end before the script is ended from outside, as far as the grace time goes.
    public var isShielded: Bool {
        get { block.pointee.shielded }
        set { clua_shield(block, newValue) }
    }

    /// True when what runs now is a clean-up: an error is on its way to the `pcall` that will catch it.
    public var isUnwinding: Bool {
        get { block.pointee.unwinding }
        set { block.pointee.unwinding = newValue }
    }
}
