import LuaVM

extension Runtime {
    /// Makes a module's global: an empty table that opens the module when it is touched first, so that a script pays for
    /// what it uses.
    func install(_ module: any LuaModule.Type) throws {
        // The runtime owns the VM, which owns the function below: it must not own the runtime in turn. Host functions run
        // on the runtime's thread, so the table never leaves its actor.
        nonisolated(unsafe) let global = try vm.table()
        let owner = Unowned(runtime: self)
        let open = try vm.rawFunction { _, _ in
            try owner.runtime.assumeIsolated { runtime in try runtime.fill(global, from: module) }
        }
        let script = try vm.load(Self.lazyModule, name: "=awscicd.module")
        try script.call(global, open, module.name) as Void
        try vm.globals.set(module.name, global)
    }

    private struct Unowned: Sendable { unowned let runtime: Runtime }

    private func fill(_ global: LuaTable, from module: any LuaModule.Type) throws {
        let opened = try open(module)
        try opened.forEach { key, value in try global.set(key, value) }
        try global.setMetatable(try opened.metatable)
    }

    func open(_ module: any LuaModule.Type) throws -> LuaTable {
        if let opened = openedModules[module.name] { return opened }
        let table = try module.open(in: self)
        openedModules[module.name] = table
        return table
    }

    private static let lazyModule = """
        local module, open, name = ...
        local next = next
        local function opened() open() return module end
        setmetatable(module, {
          __index = function(_, key) return opened()[key] end,
          __newindex = function(_, key, value) opened()[key] = value end,
          __pairs = function() return next, opened(), nil end,
          __call = function(_, ...) return opened()(...) end,
        })
        if package then package.preload["awscicd." .. name] = function() return module end end
        """
}
