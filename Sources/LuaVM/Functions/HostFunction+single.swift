// Functions with one result, as nearly all have it, and those of them with few arguments.
//
// They do what the general `function` does. A pack is walked at run time, each element through its type's witness table,
// also where all types are known; these forms have the reads and the push inlined, which halves what a small call costs.
// Always inlined where a function is registered: only there is the body known, and called (or inlined) with its arguments
// in registers. A closure that is passed on as a generic one takes and returns them through memory, as much again as the
// rest of a call that passes a string's bytes.

/// One call: reads the arguments, and pushes the result or leaves the error.
@inlinable @inline(__always)
func answer<R: LuaResult>(_ L: OpaquePointer, _ body: (inout LuaArguments) throws -> R) -> Int32 {
    var arguments = LuaArguments(L)
    do {
        let value = try body(&arguments)
        var results = LuaResults(L)
        try value.push(to: &results)
        return results.count
    } catch {
        return raise(error, L)
    }
}

extension LuaVM {
    /// A function of any number of arguments with one result.
    @inlinable @inline(__always) public func function<each A: LuaArgument, R: LuaResult>(
        _ body: @escaping (repeat each A) throws -> R
    ) throws(LuaError) -> LuaFunction {
        try function(HostFunction { L in answer(L) { arguments in try body(repeat try (each A).read(&arguments)) } })
    }

    /// A function of one argument with one result.
    @inlinable @inline(__always) public func function<A: LuaArgument, R: LuaResult>(
        _ body: @escaping (A) throws -> R
    ) throws(LuaError) -> LuaFunction {
        try function(HostFunction { L in answer(L) { arguments in try body(A.read(&arguments)) } })
    }

    /// A function of two arguments with one result.
    @inlinable @inline(__always) public func function<A: LuaArgument, B: LuaArgument, R: LuaResult>(
        _ body: @escaping (A, B) throws -> R
    ) throws(LuaError) -> LuaFunction {
        try function(
            HostFunction { L in
                answer(L) { arguments in
                    let first = try A.read(&arguments)
                    return try body(first, B.read(&arguments))
                }
            })
    }
}

extension LuaTable {
    /// Makes a function of any number of arguments with one result a field of this table.
    @inlinable @inline(__always) public func setFunction<each A: LuaArgument, R: LuaResult>(
        _ name: String, _ body: @escaping (repeat each A) throws -> R
    ) throws {
        try set(name, try owner.function(body))
    }

    /// Makes a function of one argument with one result a field of this table.
    @inlinable @inline(__always) public func setFunction<A: LuaArgument, R: LuaResult>(
        _ name: String, _ body: @escaping (A) throws -> R
    ) throws {
        try set(name, try owner.function(body))
    }

    /// Makes a function of two arguments with one result a field of this table.
    @inlinable @inline(__always) public func setFunction<A: LuaArgument, B: LuaArgument, R: LuaResult>(
        _ name: String, _ body: @escaping (A, B) throws -> R
    ) throws {
        try set(name, try owner.function(body))
    }
}
