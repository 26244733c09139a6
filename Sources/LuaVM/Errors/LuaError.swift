import CLuaShim

/// A Lua error, as it reaches Swift.
public struct LuaError: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable {
        /// `error(…)`, a failed operation, a raised host error.
        case runtime
        /// The chunk does not compile.
        case syntax
        /// Memory, or the limit on it, did not suffice.
        case memory
        /// An error in a message handler.
        case handler
        /// The host cancelled the script.
        case cancelled
        /// The script was interrupted (^C).
        case interrupted
        /// A time limit was reached.
        case timeLimit
        /// All tasks wait on each other.
        case deadlock
    }

    public var kind: Kind
    /// The error value as `tostring` gives it, usually with the position in front.
    public var message: String
    /// Where the script was, as Lua's `debug.traceback` writes it; empty when there is none.
    public var traceback: String
    /// The error value itself; nil when it was lost (memory errors) or never was one.
    public var value: LuaReference?
    /// The Swift error that was raised, with its own type.
    public var underlying: (any Error)?

    public init(_ message: String, kind: Kind = .runtime, traceback: String = "") {
        self.kind = kind
        self.message = message
        self.traceback = traceback
    }

    static let outOfMemory = LuaError("not enough memory", kind: .memory)

    public var description: String { traceback.isEmpty ? message : message + "\n" + traceback }
}

/// Raises its text as a Lua string, with the script's position in front: what `error("…")` does.
public struct LuaMessage: Error, CustomStringConvertible {
    public var description: String
    public init(_ text: String) { description = text }
}

/// A Swift error that scripts see as a value with fields and a readable `tostring`.
///
/// Every Swift error that a host function throws becomes a Lua error value (a userdata whose metatable is locked) that
/// keeps it, so that ``LuaError/underlying`` gives it back. Those that conform also have fields: `err.code`.
/// The value's `tostring` is `where: luaMessage`, `where` being the line of the script that called.
public protocol LuaRaisable: Error {
    /// One line, without a position.
    var luaMessage: String { get }
    /// Writes the fields as `writer["code"] = …`. `message` is written for you unless you write it.
    func writeLuaFields(_ fields: inout LuaWriter)
}

/// What a host error's userdata owns.
final class HostError {
    let error: any Error

    init(_ error: any Error) { self.error = error }

    var message: String {
        switch error {
        case let error as any LuaRaisable: error.luaMessage
        case is CancellationError: "cancelled"
        default: String(describing: error)
        }
    }
}

extension LuaVM {
    /// The error that a failed call left on the stack.
    @usableFromInline func takeError(_ status: Int32) -> LuaError { takeError(status, from: L) }

    func takeError(_ status: Int32, from L: OpaquePointer) -> LuaError {
        if status == CLUA_NO_STACK { return LuaError("stack overflow in the host", kind: .memory) }
        defer { lua_settop(L, -2) }
        var error = LuaError("", kind: kind(of: status))
        if let traceback = block.pointee.traceback {
            if status == CLUA_ERRRUN { error.traceback = String(cString: traceback) }
            clua_free_traceback(block)
        }
        if error.kind == .memory {
            error.message = "not enough memory"
            withUnsafeBytes(of: block.pointee.memory_place) { bytes in
                let place = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                if !place.isEmpty { error.traceback = "stack traceback:" + place }
            }
            return error
        }
        if let object = clua_object(L, -1, nil),
            let host = Unmanaged<AnyObject>.fromOpaque(object).takeUnretainedValue() as? HostError
        {
            error.underlying = host.error
        }
        error.message = describeError(at: -1, of: L)
        error.value = try? reference(at: -1, of: L)
        return error
    }

    private func kind(of status: Int32) -> LuaError.Kind {
        switch status {
        case CLUA_ERRSYNTAX: .syntax
        case CLUA_ERRMEM: .memory
        case CLUA_ERRERR: .handler
        default: .runtime
        }
    }

    /// What `lua` itself prints of an error value: a string, what `__tostring` gives, or the type.
    func describeError(at index: Int32, of L: OpaquePointer) -> String {
        switch lua_type(L, index) {
        case CLUA_TSTRING: return String(decoding: stringBytes(L, index), as: UTF8.self)
        case CLUA_TNUMBER, CLUA_TUSERDATA, CLUA_TTABLE:
            let hasText = lua_type(L, index) == CLUA_TNUMBER || clua_has_tostring(L, index)
            if hasText, let text = tostring(at: index, of: L) { return text }
            return "(error object is a \(String(cString: clua_type_name(lua_type(L, index)))) value)"
        default: return "(error object is a \(String(cString: clua_type_name(lua_type(L, index)))) value)"
        }
    }

    func tostring(at index: Int32, of L: OpaquePointer) -> String? {
        let status = clua_tostring(L, index)
        guard status == CLUA_OK else {
            if status != CLUA_NO_STACK { lua_settop(L, -2) }
            return nil
        }
        let text = UnsafeRawBufferPointer(start: block.pointee.text, count: block.pointee.text_length)
        return String(decoding: text, as: UTF8.self)
    }
}
