import CLuaShim

/// A class whose instances scripts can hold and call methods of.
///
/// ```swift
/// final class Counter: LuaUserdata {
///     static let luaTypeName = "counter"
///     var count = 0
///     static func registerLua(in type: inout LuaTypeBuilder<Counter>) throws {
///         try type.method("add") { (counter, n: Int) in counter.count += n }
///         try type.property("count") { $0.count }
///     }
/// }
/// ```
/// The type is registered when the first instance is pushed. Its metatable is locked against scripts; `__gc` releases the
/// instance and does nothing else, so resources end in `deinit` or in a `close` method with `__close`.
public protocol LuaUserdata: AnyObject, LuaArgument, LuaResult {
    /// The name in error messages and of `tostring`.
    static var luaTypeName: String { get }
    static func registerLua(in type: inout LuaTypeBuilder<Self>) throws
}

extension LuaUserdata {
    public static func read(_ arguments: inout LuaArguments) throws -> Self {
        guard let object = clua_object(arguments.L, arguments.index, nil),
            let instance = Unmanaged<AnyObject>.fromOpaque(object).takeUnretainedValue() as? Self
        else { throw arguments.mismatch(luaTypeName) }
        arguments.index += 1
        return instance
    }

    public func push(to results: inout LuaResults) throws { try results.push(object: self) }
}

/// Collects the methods, properties and metamethods of a ``LuaUserdata`` type.
public struct LuaTypeBuilder<Object: LuaUserdata> {
    public unowned let vm: LuaVM
    let metatable: LuaTable
    let methods: LuaTable
    var properties: [String: (Object, inout LuaResults) throws -> Void] = [:]

    /// `object:name(…)`.
    @inlinable public func method<each A: LuaArgument, each R: LuaResult>(
        _ name: String, _ body: @escaping (Object, repeat each A) throws -> (repeat each R)
    ) throws {
        try method(
            name,
            function: try vm.function { (object: Object, arguments: repeat each A) in
                try body(object, repeat each arguments)
            })
    }

    /// `object:name(…)` as a function made elsewhere (an asynchronous or waiting one, for instance).
    public func method(_ name: String, function: LuaFunction) throws { try methods.set(name, function) }

    /// `object.name`, read only.
    public mutating func property<R: LuaResult>(_ name: String, _ body: @escaping (Object) throws -> R) {
        properties[name] = { object, results in try body(object).push(to: &results) }
    }

    /// A metamethod such as `__tostring`, `__close` or `__len`.
    @inlinable public func metamethod<each A: LuaArgument, each R: LuaResult>(
        _ name: String, _ body: @escaping (Object, repeat each A) throws -> (repeat each R)
    ) throws {
        try metamethod(
            name,
            function: try vm.function { (object: Object, arguments: repeat each A) in
                try body(object, repeat each arguments)
            })
    }

    public func metamethod(_ name: String, function: LuaFunction) throws {
        precondition(name != "__gc" && name != "__metatable", "these belong to the VM")
        try metatable.set(name, function)
    }

    func finish() throws {
        if properties.isEmpty {
            try metatable.set("__index", methods)
            return
        }
        let (properties, methods) = (properties, methods)
        try metatable.set(
            "__index",
            try vm.rawFunction { arguments, results in
                let object = try Object.read(&arguments)
                let key = try arguments.next(LuaValue.self)
                guard case .string(let name) = key else { return try results.pushNil() }
                if let property = properties[name] { return try property(object, &results) }
                try (try methods.get(name, as: LuaFunction.self)).push(to: &results)
            })
    }
}

extension LuaVM {
    /// The metatable of a type, made when it is asked for first.
    func metatable<T: LuaUserdata>(of type: T.Type) throws -> Int32 {
        if let id = metatables[ObjectIdentifier(type)] { return id }
        try check(clua_new_object_metatable(L, T.luaTypeName))
        let metatable = LuaTable(try popReference(), self)
        var builder = LuaTypeBuilder<T>(vm: self, metatable: metatable, methods: try table())
        try T.registerLua(in: &builder)
        try builder.finish()
        // A slot of its own, for as long as the VM lives.
        try push(metatable.reference)
        var id: Int32 = 0
        try check(clua_reference(L, &id))
        metatables[ObjectIdentifier(type)] = id
        return id
    }

    func push<T: LuaUserdata>(object: T, on L: OpaquePointer) throws {
        let id = try metatable(of: T.self)
        let status = clua_push_object(L, Unmanaged.passUnretained(object).toOpaque(), nil, id)
        if status != CLUA_OK { throw takeError(status, from: L) }
    }
}
