import CLuaShim

/// Any argument as the text that `print` would show.
public struct LuaText: LuaArgument, Sendable {
    /// As Lua has it, of whatever encoding.
    public let bytes: [UInt8]
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    public static func read(_ arguments: inout LuaArguments) throws -> LuaText {
        guard arguments.remaining > 0 else {
            throw LuaArgumentError(index: arguments.index, message: "value expected")
        }
        let L = arguments.L
        if lua_type(L, arguments.index) == CLUA_TSTRING {
            defer { arguments.index += 1 }
            return LuaText(bytes: Array(stringBytes(L, arguments.index)))
        }
        let vm = arguments.vm
        let status = clua_tostring(L, arguments.index)
        if status != CLUA_OK { throw vm.takeError(status, from: L) }
        arguments.index += 1
        return LuaText(
            bytes: Array(UnsafeRawBufferPointer(start: vm.block.pointee.text, count: vm.block.pointee.text_length)))
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
