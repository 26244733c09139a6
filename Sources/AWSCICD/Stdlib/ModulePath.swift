/// Where `require` looks for files, as templates in the style of `package.path`.
///
/// In this order: beside the script; the folders of `AWSCICD_PATH`; what Lua itself looks at (`LUA_PATH`, the system's
/// folders, the current one); the user's LuaRocks tree.
struct ModulePath: Sendable, Equatable {
    /// Lua modules, before Lua's own path and after it.
    var before: [String] = []
    var after: [String] = []
    /// Compiled modules.
    var compiledBefore: [String] = []
    var compiledAfter: [String] = []

    /// - Parameters:
    ///   - scriptFolder: the folder of the script, nil when it is no file.
    ///   - variable: `AWSCICD_PATH`: folders, or templates with a `?`, with `:` or `;` between.
    init(scriptFolder: String?, variable: String?, home: String?) {
        let folders = (scriptFolder.map { [$0] } ?? []) + Self.entries(variable ?? "")
        for folder in folders {
            if folder.contains("?") {
                before.append(folder)
            } else {
                before += ["\(folder)/?.lua", "\(folder)/?/init.lua"]
                compiledBefore.append("\(folder)/?.so")
            }
        }
        if let home, !home.isEmpty {
            after = ["\(home)/.luarocks/share/lua/5.4/?.lua", "\(home)/.luarocks/share/lua/5.4/?/init.lua"]
            compiledAfter = ["\(home)/.luarocks/lib/lua/5.4/?.so"]
        }
    }

    private static func entries(_ variable: String) -> [String] {
        variable.split { $0 == ":" || $0 == ";" }.map { entry in
            var entry = String(entry)
            while entry.count > 1, entry.hasSuffix("/") { entry.removeLast() }
            return entry
        }
    }
}
