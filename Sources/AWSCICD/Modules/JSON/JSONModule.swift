import LuaVM

/// `json`: exact in both directions. `[]` and `{}` stay apart (lists are marked), null is `json.null`, whole numbers of 64
/// bits keep every digit (larger ones become floats, as in Lua's own source), text is UTF-8, nesting goes to 512 levels.
enum JSONModule: LuaModule {
    static let name = "json"

    static func open(in runtime: isolated Runtime) throws -> LuaTable {
        let vm = runtime.vm
        let json = try vm.table(entries: 8)
        try json.setFunction("decode") { (text: [UInt8]) in try JSONToLua.convert(text) }
        try json.setFunction("encode") { (value: LuaSnapshot, options: LuaOptions) in
            var options = options.of("json.encode")
            let isPretty = try options.bool("pretty") ?? false
            try options.finish()
            return try LuaToJSON.convert(value, isPretty: isPretty)
        }
        try json.set("null", LuaValue.null)

        // An empty list, and what marks one: tables that JSON lists become share its metatable.
        var empty = LuaWriter()
        empty.sequence(count: 0) { _ in }
        try json.set("list_metatable", vm.metatable(of: empty))
        try json.set("list", vm.load(Self.list, name: "=awscicd.json").call(json) as LuaFunction)
        try json.set("is_list", vm.load(Self.isList, name: "=awscicd.json").call(json) as LuaFunction)
        return json
    }

    /// `json.list(t)` marks a table as a list, also an empty one; without an argument it makes one.
    private static let list = """
        local json = ...
        local mark, set = json.list_metatable, setmetatable
        json.list_metatable = nil
        function json.is_list(t) return type(t) == "table" and (getmetatable(t) == mark or #t > 0) end
        return function(t) return set(t or {}, mark) end
        """
    private static let isList = "return (...).is_list"
}
