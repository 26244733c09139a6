import LuaVM

/// `fs`: files and folders. What fails raises an error with `code` ("ENOENT") and `path`.
enum FSModule: LuaModule {
    static let name = "fs"

    static func open(in runtime: isolated Runtime) throws -> LuaTable {
        let vm = runtime.vm
        let permissions = runtime.permissions
        let fs = try vm.table(entries: 32)

        /// A path that is about to be read or written; relative ones stay relative in messages.
        @Sendable func readable(_ path: [UInt8]) throws -> FSPath {
            let path = try FSPath(path)
            try permissions.checkReading(path)
            return path
        }
        @Sendable func writable(_ path: [UInt8]) throws -> FSPath {
            let path = try FSPath(path)
            try permissions.checkWriting(path)
            return path
        }

        // Whole files.
        let mostBytes = runtime.configuration.limits.mostBytesOfOneString
        try fs.setFunction("read") { (path: [UInt8]) -> [UInt8] in
            try FileSystem.read(readable(path), limit: mostBytes)
        }
        try fs.setFunction("write") { (path: [UInt8], content: [UInt8], options: LuaOptions) -> Void in
            var options = options.of("fs.write")
            let mode = try options.integer("mode").map(fileMode)
            try options.finish()
            try FileSystem.write(content, to: writable(path), mode: mode)
        }
        try fs.setFunction("append") { (path: [UInt8], content: [UInt8]) -> Void in
            try FileSystem.append(content, to: writable(path))
        }
        try fs.setFunction("copy") { (source: [UInt8], target: [UInt8]) -> Void in
            try FileSystem.copy(readable(source), to: writable(target))
        }
        try fs.setFunction("rename") { (source: [UInt8], target: [UInt8]) -> Void in
            try FileSystem.rename(writable(source), to: writable(target))
        }

        // What is there.
        try fs.setFunction("exists") { (path: [UInt8]) -> Bool in FileSystem.exists(try readable(path)) }
        try fs.setFunction("is_file") { (path: [UInt8]) -> Bool in
            let path = try readable(path)  // a refusal is no answer
            return (try? FileSystem.status(of: path))?.kind == .file
        }
        try fs.setFunction("is_directory") { (path: [UInt8]) -> Bool in
            let path = try readable(path)
            return (try? FileSystem.status(of: path))?.kind == .directory
        }
        try fs.setFunction("stat") { (path: [UInt8], options: LuaOptions) -> LuaWriter? in
            var options = options.of("fs.stat")
            let follows = try options.bool("follow") ?? true
            try options.finish()
            let path = try readable(path)
            do throws(FileError) {
                let status = try FileSystem.status(of: path, followingLinks: follows)
                var writer = LuaWriter()
                writer.table(entries: 4) { table in
                    table["type"] = status.kind.rawValue
                    table["size"] = status.size
                    table["modified"] = status.modified
                    table["mode"] = Int(status.mode)
                }
                return writer
            } catch {
                if error.code == "ENOENT" || error.code == "ENOTDIR" { return nil }
                throw error
            }
        }
        try fs.setFunction("list") { (path: [UInt8]?) -> LuaWriter in
            names(of: try FileSystem.list(readable(path ?? [0x2E])).map(\.name))
        }
        try fs.setFunction("walk") { (path: [UInt8]?) -> LuaWriter in
            let entries = try FileSystem.walk(readable(path ?? [0x2E]))
            var writer = LuaWriter()
            writer.sequence(count: entries.count) { writer in
                for entry in entries {
                    writer.table(entries: 2) { table in
                        table.key("path")
                        table.string(entry.name.bytes)
                        table["type"] = entry.kind.rawValue
                    }
                }
            }
            return writer
        }
        try fs.setFunction("glob") { (pattern: String) -> LuaWriter in
            names(of: try Glob(pattern) { try permissions.checkReading($0) }.paths())
        }

        // Folders and removal.
        try fs.setFunction("mkdir") { (path: [UInt8], options: LuaOptions) -> Void in
            var options = options.of("fs.mkdir")
            let mode = try options.integer("mode").map(fileMode)
            try options.finish()
            try FileSystem.makeDirectory(writable(path), mode: mode ?? 0o777)
        }
        try fs.setFunction("remove") { (path: [UInt8], options: LuaOptions) -> Bool in
            var options = options.of("fs.remove")
            let recursive = try options.bool("recursive") ?? false
            try options.finish()
            return try FileSystem.remove(writable(path), recursively: recursive)
        }
        try fs.setFunction("temp_directory") { (prefix: String?) -> [UInt8] in
            _ = try writable(Array("/tmp".utf8))
            return try FileSystem.makeTemporaryDirectory(prefix: prefix ?? "awscicd").bytes
        }
        try fs.setFunction("temp_file") { (prefix: String?) -> [UInt8] in
            _ = try writable(Array("/tmp".utf8))
            return try FileSystem.makeTemporaryFile(prefix: prefix ?? "awscicd").bytes
        }

        // Links and permissions.
        try fs.setFunction("link") { (path: [UInt8], target: [UInt8]) -> Void in
            try FileSystem.link(writable(path), to: FSPath(target))
        }
        try fs.setFunction("link_target") { (path: [UInt8]) -> [UInt8] in
            try FileSystem.linkTarget(readable(path)).bytes
        }
        try fs.setFunction("chmod") { (path: [UInt8], mode: Int) -> Void in
            try FileSystem.setMode(fileMode(mode), of: writable(path))
        }

        try fs.setFunction("home") { () -> String in
            try permissions.check(.environment(variable: "HOME"))
            return ProcessEnvironment.value("HOME") ?? "/"
        }
        try addPaths(to: fs, readable: readable)
        return fs
    }

    /// Work on paths as text.
    private static func addPaths(to fs: LuaTable, readable: @escaping ([UInt8]) throws -> FSPath) throws {
        try fs.setFunction("join") { (first: [UInt8], rest: LuaRest) -> [UInt8] in
            var path = try FSPath(first)
            for (index, part) in rest.values.enumerated() {
                switch part {
                case .string(let text): if !text.isEmpty { path = path.appending(try FSPath(text)) }
                case .bytes(let bytes): path = path.appending(try FSPath(bytes))
                case .integer(let number): path = path.appending(try FSPath(String(number)))
                default: throw LuaArgumentError(index: index + 2, "string expected")
                }
            }
            return path.bytes
        }
        try fs.setFunction("dirname") { (path: [UInt8]) -> [UInt8] in try FSPath(path).parent.bytes }
        try fs.setFunction("basename") { (path: [UInt8]) -> [UInt8] in try FSPath(path).name.bytes }
        try fs.setFunction("extension") { (path: [UInt8]) -> String in try FSPath(path).fileExtension }
        try fs.setFunction("normalize") { (path: [UInt8]) -> [UInt8] in try FSPath(path).normalized.bytes }
        try fs.setFunction("absolute") { (path: [UInt8]) -> [UInt8] in try FileSystem.absolute(FSPath(path)).bytes }
        try fs.setFunction("real_path") { (path: [UInt8]) -> [UInt8] in try FileSystem.realPath(readable(path)).bytes }
        try fs.setFunction("current_directory") { () -> [UInt8] in try FileSystem.currentDirectory().bytes }
    }

    private static func names(of paths: [FSPath]) -> LuaWriter {
        var writer = LuaWriter()
        writer.sequence(count: paths.count) { writer in
            for path in paths { writer.string(path.bytes) }
        }
        return writer
    }

    private static func fileMode(_ number: Int) throws -> UInt32 {
        guard (0...0o7777).contains(number) else {
            throw LuaMessage("\(number) is no file mode; write tonumber(\"644\", 8) for rw-r--r--")
        }
        return UInt32(number)
    }
}

extension FileError: LuaRaisable {
    var luaMessage: String { description }
    func writeLuaFields(_ fields: inout LuaWriter) {
        fields["code"] = code
        fields["path"] = path
    }
}

extension PermissionDenied: LuaRaisable {
    public var luaMessage: String { description }
    public func writeLuaFields(_ fields: inout LuaWriter) { fields["code"] = "PermissionDenied" }
}
