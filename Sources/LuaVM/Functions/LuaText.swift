import CLuaShim

/// Any argument as the text that `print` would show.
public struct LuaText: LuaArgument, Sendable {
    public let text: String

    public static func read(_ arguments: inout LuaArguments) throws -> LuaText {
        guard arguments.remaining > 0 else {
            throw LuaArgumentError(index: arguments.index, message: "value expected")
        }
        if let text = arguments.vm.tostring(at: arguments.index, of: arguments.L) {
            arguments.index += 1
            return LuaText(text: text)
        }
        throw LuaArgumentError(index: arguments.index, message: "the value's __tostring fails")
    }
}

/// An array of bytes is a Lua string, wherever it is written.
extension UInt8: LuaWritable {
    public func write(to writer: inout LuaWriter) { writer.value(Int64(self)) }
}

extension LuaVM {
    /// The metatable that marks a table as a sequence, so that an empty one stays apart from an empty map.
    public var sequenceMetatable: LuaTable {
        get throws(LuaError) {
            guard lua_checkstack(L, 1) != 0 else { throw .outOfMemory }
            lua_rawgeti(L, CLUA_REGISTRYINDEX, Int64(block.pointee.array_reference))
            return LuaTable(try popReference(), self)
        }
    }
}
