import LuaVM

/// `json`: exact in both directions. `[]` and `{}` stay apart (lists are marked), null is `json.null`, whole numbers of 64
/// bits keep every digit (larger ones become floats, as in Lua's own source), text is UTF-8, nesting goes to 512 levels.
///
/// `stdlib/json.lua` adds what needs no Swift.
enum JSONModule: LuaModule {
    static let name = "json"

    static func open(in runtime: isolated Runtime) throws -> LuaTable {
        let vm = runtime.vm
        let json = try vm.table(entries: 8)
        try json.setFunction("decode") { (text: [UInt8]) -> LuaWriter in try JSONToLua.convert(text) }
        try json.setFunction("encode") { (value: LuaSnapshot, options: LuaOptions) -> [UInt8] in
            var options = options.of("json.encode")
            let isPretty = try options.bool("pretty") ?? false
            try options.finish()
            return try LuaToJSON.convert(value, isPretty: isPretty)
        }
        try json.set("null", LuaValue.null)
        try json.set("list_metatable", vm.sequenceMetatable)
        return json
    }
}
