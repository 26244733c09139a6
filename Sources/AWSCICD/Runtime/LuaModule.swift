import LuaVM

/// A part of the scripts' library written in Swift, such as `json` or `fs`.
///
/// To add one, write a type and put it in the list of `StandardModules.swift`; a host adds its own to
/// ``Runtime/Configuration/modules``. Scripts find it as a global and as `require "awscicd.NAME"`. It is opened when a
/// script uses it first.
///
/// ```swift
/// enum HashModule: LuaModule {
///     static let name = "hash"
///
///     static func open(in runtime: isolated Runtime) throws -> LuaTable {
///         let vm = runtime.vm
///         let module = try vm.table()
///
///         // A function: typed parameters, typed results. Several results are a tuple; optional parameters are optionals.
///         try module.setFunction("crc32") { (bytes: [UInt8], start: Int?) -> Int in … }
///
///         // A function that waits. Its parameters and results are Sendable; options come as a LuaSnapshot or LuaCoded<T>.
///         try module.set("file", vm.asyncFunction { (path: String) async throws -> String in … })
///
///         // A table as a result, the fast way: written as bytes and read by Lua in one step.
///         try module.setFunction("describe") { (name: String) -> LuaWriter in
///             var writer = LuaWriter()
///             writer.table { $0["name"] = name; $0["bits"] = 32 }
///             return writer
///         }
///
///         // An error that is a value with fields: throw an Error that conforms to LuaRaisable. A plain string with the
///         // script's position: throw LuaMessage("…"). A bad argument: throw LuaArgumentError(index: 1, "…").
///
///         // A Lua function to call later, from anywhere: take a LuaCallback; then `try await runtime.call(callback, …)`
///         // runs it as a task. A function to call at once, which cannot wait: take a LuaFunction and `.call(…)` it.
///
///         // Objects with methods: a class that conforms to LuaUserdata, given back as a result.
///         return module
///     }
/// }
/// ```
public protocol LuaModule: Sendable {
    /// The global's name; also `require "awscicd.name"`.
    static var name: String { get }
    /// Makes the module's table. It may have a metatable.
    static func open(in runtime: isolated Runtime) throws -> LuaTable
}
