import CLuaShim

/// The arguments of a call from Lua, read from the left.
public struct LuaArguments {
    @usableFromInline let L: OpaquePointer
    /// The position of the next argument, from 1.
    @usableFromInline var index: Int32 = 1

    @inlinable init(_ L: OpaquePointer) { self.L = L }

    /// How many arguments are left.
    public var remaining: Int { max(0, Int(lua_gettop(L) - index) + 1) }

    /// Reads the next argument.
    @inlinable public mutating func next<T: LuaArgument>(_ type: T.Type = T.self) throws -> T {
        try T.read(&self)
    }

    /// Keeps the next argument, whatever it is but nil.
    public mutating func nextReference() throws -> LuaReference {
        guard lua_type(L, index) > CLUA_TNIL else { throw mismatch("value other than nil") }
        defer { index += 1 }
        return try vm.reference(at: index, of: L)
    }

    /// Where the script called, as "file:line".
    public var position: String? { vm.position(of: L, level: 1) }

    /// The VM that calls.
    public var vm: LuaVM { LuaVM.of(L) }

    /// The error of a wrong argument: "bad argument #1 to 'f' (string expected, got nil)".
    @usableFromInline func mismatch(_ expected: String) -> LuaArgumentError {
        LuaArgumentError(index: index, message: "\(expected) expected, got \(describe(L, index))")
    }
}

/// A wrong argument, which Lua reports as "bad argument #index to 'function' (message)".
public struct LuaArgumentError: Error, CustomStringConvertible {
    /// From 1.
    public var index: Int32
    public var message: String

    public init(index: Int, _ message: String) {
        self.index = Int32(index)
        self.message = message
    }
    @usableFromInline init(index: Int32, message: String) {
        self.index = index
        self.message = message
    }
    public var description: String { "bad argument #\(index) (\(message))" }
}

/// A type that a host function can take as a parameter.
///
/// Provided: `Bool`, `Int`, `Int64`, `Double`, `String`, `[UInt8]`, `UnsafeRawBufferPointer` (a string's bytes, lent for the
/// call), `Optional` of them (absent or nil), ``LuaValue``,
/// ``LuaTable``, ``LuaFunction``, ``LuaCallback``, ``LuaSnapshot`` (a whole tree of data, `Sendable`), ``LuaCoded`` (a
/// `Codable` value), ``LuaRest`` (all that are left), every ``LuaUserdata`` class, and ``LuaContext`` (no argument: the
/// call itself).
public protocol LuaArgument {
    /// Reads one argument and moves on, or throws ``LuaArgumentError``.
    static func read(_ arguments: inout LuaArguments) throws -> Self
}

/// The type of a value as error messages name it.
@usableFromInline func describe(_ L: OpaquePointer, _ index: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
        guard let base = buffer.baseAddress else { return "?" }
        clua_describe(L, index, base, 128)
        return String(cString: base)
    }
}

extension Int64: LuaArgument {
    @inlinable public static func read(_ arguments: inout LuaArguments) throws -> Int64 {
        var valid: Int32 = 0
        let value = lua_tointegerx(arguments.L, arguments.index, &valid)
        if valid == 0 { throw notInteger(arguments) }
        arguments.index += 1
        return value
    }
}

@usableFromInline func notInteger(_ arguments: LuaArguments) -> LuaArgumentError {
    if lua_type(arguments.L, arguments.index) == CLUA_TNUMBER {
        return LuaArgumentError(index: arguments.index, message: "number has no integer representation")
    }
    return arguments.mismatch("number")
}

extension Int: LuaArgument {
    @inlinable public static func read(_ arguments: inout LuaArguments) throws -> Int {
        Int(try Int64.read(&arguments))
    }
}

extension Double: LuaArgument {
    @inlinable public static func read(_ arguments: inout LuaArguments) throws -> Double {
        var valid: Int32 = 0
        let value = lua_tonumberx(arguments.L, arguments.index, &valid)
        if valid == 0 { throw arguments.mismatch("number") }
        arguments.index += 1
        return value
    }
}

extension Bool: LuaArgument {
    /// Only true and false: a nil that was meant to be something else is caught.
    @inlinable public static func read(_ arguments: inout LuaArguments) throws -> Bool {
        if lua_type(arguments.L, arguments.index) != CLUA_TBOOLEAN { throw arguments.mismatch("boolean") }
        defer { arguments.index += 1 }
        return lua_toboolean(arguments.L, arguments.index) != 0
    }
}

extension String: LuaArgument {
    /// A string of valid UTF-8, or a number.
    @inlinable public static func read(_ arguments: inout LuaArguments) throws -> String {
        var length = 0
        guard let start = clua_string(arguments.L, arguments.index, &length) else { return try readNumber(&arguments) }
        guard let text = String(valid: UnsafeRawBufferPointer(start: start, count: length)) else {
            throw LuaArgumentError(index: arguments.index, message: "the string is not valid UTF-8")
        }
        arguments.index += 1
        return text
    }

    @usableFromInline static func readNumber(_ arguments: inout LuaArguments) throws -> String {
        guard lua_type(arguments.L, arguments.index) == CLUA_TNUMBER,
            let text = arguments.vm.tostring(at: arguments.index, of: arguments.L)
        else { throw arguments.mismatch("string") }
        arguments.index += 1
        return text
    }
}

extension Array: LuaArgument where Element == UInt8 {
    /// The bytes of a string, whatever they are.
    @inlinable public static func read(_ arguments: inout LuaArguments) throws -> [UInt8] {
        var length = 0
        guard let start = clua_string(arguments.L, arguments.index, &length) else {
            return Array(try String.readNumber(&arguments).utf8)
        }
        arguments.index += 1
        return Array(UnsafeRawBufferPointer(start: start, count: length))
    }
}

extension UnsafeRawBufferPointer: LuaArgument {
    /// The bytes of a string (not of a number), lent for as long as the call lasts: nothing is copied.
    @inlinable public static func read(_ arguments: inout LuaArguments) throws -> UnsafeRawBufferPointer {
        var length = 0
        guard let start = clua_string(arguments.L, arguments.index, &length) else { throw arguments.mismatch("string") }
        arguments.index += 1
        return UnsafeRawBufferPointer(start: start, count: length)
    }
}

extension Optional: LuaArgument where Wrapped: LuaArgument {
    @inlinable public static func read(_ arguments: inout LuaArguments) throws -> Wrapped? {
        if lua_type(arguments.L, arguments.index) <= CLUA_TNIL {
            arguments.index += 1
            return nil
        }
        return try Wrapped.read(&arguments)
    }
}

extension LuaValue: LuaArgument {
    public static func read(_ arguments: inout LuaArguments) throws -> LuaValue {
        defer { arguments.index += 1 }
        return try arguments.vm.value(at: arguments.index, of: arguments.L)
    }
}

/// All arguments that are left, as values.
public struct LuaRest: LuaArgument {
    public var values: [LuaValue]

    public static func read(_ arguments: inout LuaArguments) throws -> LuaRest {
        var values: [LuaValue] = []
        while arguments.remaining > 0 { values.append(try arguments.next()) }
        return LuaRest(values: values)
    }
}

/// The call itself, as a parameter that takes no argument.
public struct LuaContext: LuaArgument {
    let L: OpaquePointer
    public let vm: LuaVM

    public static func read(_ arguments: inout LuaArguments) throws -> LuaContext {
        LuaContext(L: arguments.L, vm: arguments.vm)
    }

    /// Where the script called, as "file:line"; nil outside of a script.
    public var position: String? { vm.position(of: L, level: 1) }
    /// How many arguments were given, whatever their types.
    public var argumentCount: Int { Int(lua_gettop(L)) }
}

extension LuaVM {
    @inlinable static func of(_ L: OpaquePointer) -> LuaVM {
        // The block lives as long as the Lua state, and the VM closes the state before it goes.
        guard let host = clua_of(L)?.pointee.host else { preconditionFailure("a Lua state without its VM") }
        return Unmanaged<LuaVM>.fromOpaque(host).takeUnretainedValue()
    }

    func position(of L: OpaquePointer, level: Int32) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 160) { buffer in
            guard let base = buffer.baseAddress, clua_where(L, level, base, 160) else { return nil }
            return String(cString: base)
        }
    }
}
