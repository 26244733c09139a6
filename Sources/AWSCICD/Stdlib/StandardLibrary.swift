import LuaVM

/// The scripts' library in a runtime: the Lua files of stdlib/ and the modules written in Swift.
///
/// Nothing of it is read before a script uses it. While developing, `AWSCICD_STDLIB=DIR` takes the Lua files from a folder
/// instead of from the binary; what is not there comes from the binary as ever.
enum StandardLibrary {
    private static let prefix = "awscicd."
    private static let nativePrefix = "awscicd.native."

    /// Prepares a new runtime.
    static func install(in runtime: isolated Runtime) throws {
        let vm = runtime.vm
        let owner = Unowned(runtime: runtime)
        let folder = ProcessEnvironment.value("AWSCICD_STDLIB").flatMap { $0.isEmpty ? nil : $0 }
        let find = try vm.rawFunction { arguments, results in
            let name: String = try arguments.next()
            // Host functions run on the runtime's thread, so nothing here leaves its actor.
            nonisolated(unsafe) var found: Loader?
            try owner.runtime.assumeIsolated { found = try loader(of: name, folder, $0) }
            guard let found else { return try results.pushNil() }
            try results.push(found.function)
            try results.push(found.path)
        }
        guard let loader = try source(of: "awscicd.loader", folder) else { throw LuaError("the library has no loader") }
        let names = StandardModules.preloaded + runtime.configuration.modules.map { $0.name }
        let preload: LuaFunction = try vm.load(loader.bytes, name: "=awscicd.loader").call(
            find, paths(runtime.configuration), vm.searchers,
            runtime.configuration.profile == .sandbox ? vm.lock : nil)
        try preload.call(names) as Void
        runtime.preload = preload
        try vm.globals.set("arg", arguments(runtime.configuration.script))
    }

    /// Makes a host's module known to a runtime that is in use.
    static func add(_ module: any LuaModule.Type, to runtime: isolated Runtime) throws {
        runtime.addedModules.append(module)
        guard let preload = runtime.preload else { return }
        try preload.call([module.name]) as Void
    }

    // The runtime owns the VM, which owns the functions made here: they must not own the runtime in turn.
    private struct Unowned: Sendable { unowned let runtime: Runtime }

    private struct Loader {
        let function: LuaFunction
        let path: String
    }

    private static func loader(of name: String, _ folder: String?, _ runtime: isolated Runtime) throws -> Loader? {
        guard name.hasPrefix(prefix) else { return nil }
        if let file = try source(of: name, folder) {
            return Loader(function: try runtime.vm.load(file.bytes, name: "=\(name)"), path: file.path)
        }
        let short = name.dropFirst((name.hasPrefix(nativePrefix) ? nativePrefix : prefix).count)
        let modules = StandardModules.native + runtime.configuration.modules + runtime.addedModules
        guard let module = modules.last(where: { $0.name == short }) else { return nil }
        let owner = Unowned(runtime: runtime)
        let open = try runtime.vm.rawFunction { _, results in
            nonisolated(unsafe) var table: LuaTable?
            try owner.runtime.assumeIsolated { table = try module.open(in: $0) }
            try results.push(table)
        }
        return Loader(function: open, path: name)
    }

    private static func source(of name: String, _ folder: String?) throws -> (bytes: [UInt8], path: String)? {
        if let folder {
            let relative = name.dropFirst(prefix.count).replacingDots
            for path in ["\(folder)/\(relative).lua", "\(folder)/\(relative)/init.lua"] {
                let file = try FSPath(path)
                if FileSystem.exists(file) { return (try FileSystem.read(file), path) }
            }
        }
        return StdlibFile.named(name).map { (Array($0.source), $0.path) }
    }

    /// `arg`, as `lua` makes it: the script at 0, its arguments from 1.
    private static func arguments(_ script: ScriptSettings) -> LuaWriter {
        var writer = LuaWriter()
        writer.beginTable(items: script.arguments.count, entries: 1, isSequence: false)
        for argument in script.arguments { writer.value(argument) }
        writer.value(0)
        writer.value(script.path ?? script.name)
        writer.endTable()
        return writer
    }

    private static func paths(_ configuration: Runtime.Configuration) -> LuaWriter {
        let folder = configuration.script.path.map { (try? FSPath($0).parent.description) ?? "." }
        let path = ModulePath(
            scriptFolder: folder, variable: ProcessEnvironment.value("AWSCICD_PATH"),
            home: ProcessEnvironment.value("HOME"))
        var writer = LuaWriter()
        writer.table(entries: 4) { table in
            table["before"] = path.before
            table["after"] = path.after
            table["compiled_before"] = path.compiledBefore
            table["compiled_after"] = path.compiledAfter
        }
        return writer
    }
}

extension Substring {
    /// "a.b" as "a/b".
    fileprivate var replacingDots: String { String(map { $0 == "." ? "/" : $0 }) }
}

extension Runtime {
    /// A global function of a script, to call.
    /// - Throws: `LuaError` when there is none of that name.
    public func function(_ name: String) throws -> LuaCallback {
        let function: LuaFunction? = try vm.globals.get(name)
        guard let function else { throw LuaError("there is no function '\(name)'") }
        return LuaCallback(function)
    }

    /// The function that a module of the library returns, for a host's own use.
    public func libraryFunction(_ name: String) throws -> LuaCallback {
        let require: LuaFunction? = try vm.globals.get("require")
        guard let require else { throw LuaError("there is no require") }
        let function: LuaFunction = try require.call(name)
        return LuaCallback(function)
    }
}
