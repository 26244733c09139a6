import LuaVM

/// The scripts' library in a runtime: the Lua files of stdlib/ and the modules written in Swift.
///
/// Nothing of it is read before a script uses it. While developing, `AWSCICD_STDLIB=DIR` takes the Lua files from a folder
/// instead of from the binary; what is not there comes from the binary as ever.
enum StandardLibrary {
    private static let prefix = "awscicd."
    private static let nativePrefix = "awscicd.native."

    static func install(in runtime: isolated Runtime) throws {
        let vm = runtime.vm
        let folder = ProcessEnvironment.value("AWSCICD_STDLIB").flatMap { $0.isEmpty ? nil : $0 }
        let modules = StandardModules.native + runtime.configuration.modules
        let find = try vm.function { [unowned runtime] (name: String) throws -> (LuaFunction?, String?) in
            guard let found = try loader(of: name, modules, folder, runtime) else { return (nil, nil) }
            return (found.function, found.path)
        }
        guard let loader = try source(of: "awscicd.loader", folder) else {
            throw LuaError("the library has no loader")
        }
        let names = StandardModules.preloaded + runtime.configuration.modules.map { $0.name }
        try vm.load(loader.bytes, name: "=awscicd.loader").call(find, names, paths(runtime.configuration)) as Void
    }

    private struct Loader {
        let function: LuaFunction
        let path: String
    }

    private static func loader(
        of name: String, _ modules: [any LuaModule.Type], _ folder: String?, _ runtime: Runtime
    ) throws -> Loader? {
        guard name.hasPrefix(prefix) else { return nil }
        if let file = try source(of: name, folder) {
            let function = try runtime.assumeIsolated { runtime in
                // Functions and tables of Lua stay on the actor: they only pass through this call.
                Passed(value: try runtime.vm.load(file.bytes, name: "=\(name)"))
            }.value
            return Loader(function: function, path: file.path)
        }
        let short = name.dropFirst((name.hasPrefix(nativePrefix) ? nativePrefix : prefix).count)
        guard let module = modules.last(where: { $0.name == short }) else { return nil }
        let open = try runtime.assumeIsolated { runtime in
            Passed(
                value: try runtime.vm.function { [unowned runtime] () throws -> LuaTable in
                    try runtime.assumeIsolated { Passed(value: try module.open(in: $0)) }.value
                })
        }.value
        return Loader(function: open, path: name)
    }

    private struct Passed<Value>: @unchecked Sendable { let value: Value }

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

    private static func paths(_ configuration: Runtime.Configuration) -> LuaWriter {
        let folder = configuration.script.path.map { (try? FSPath($0).parent.description) ?? "." }
        let path = ModulePath(
            scriptFolder: folder, variable: ProcessEnvironment.value("AWSCICD_PATH"), home: ProcessEnvironment.value("HOME"))
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
