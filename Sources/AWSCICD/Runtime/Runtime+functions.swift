import LuaVM

// Functions of the host that are global in the scripts. The forms with one result are what `LuaVM` says of them.

extension Runtime {
    /// Makes `body` a global function: see `LuaVM.function` for the types.
    @inlinable public func register<each A: LuaArgument, each R: LuaResult>(
        _ name: String, _ body: sending @escaping (repeat each A) throws -> (repeat each R)
    ) throws {
        try vm.globals.setFunction(name, body)
    }

    /// A function of any number of arguments with one result.
    @inlinable public func register<each A: LuaArgument, R: LuaResult>(
        _ name: String, _ body: sending @escaping (repeat each A) throws -> R
    ) throws {
        try vm.globals.setFunction(name, body)
    }

    /// A function of one argument with one result.
    @inlinable public func register<A: LuaArgument, R: LuaResult>(
        _ name: String, _ body: sending @escaping (A) throws -> R
    ) throws {
        try vm.globals.setFunction(name, body)
    }

    /// A function of two arguments with one result.
    @inlinable public func register<A: LuaArgument, B: LuaArgument, R: LuaResult>(
        _ name: String, _ body: sending @escaping (A, B) throws -> R
    ) throws {
        try vm.globals.setFunction(name, body)
    }

    /// Makes `body` a global function that waits: see `LuaVM.asyncFunction`.
    public func registerAsync<each A: LuaArgument & Sendable, each R: LuaResult & Sendable>(
        _ name: String, _ body: @escaping @Sendable (repeat each A) async throws -> (repeat each R)
    ) throws {
        try vm.globals.set(name, try vm.asyncFunction(body))
    }
}
