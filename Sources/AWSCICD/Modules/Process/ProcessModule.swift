import LuaVM

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// `process`: other programs, started without a shell.
///
/// `process.run { "git", "push", cwd = dir }` runs one to its end; `process.start` gives a handle to talk with it.
/// `stdlib/process.lua` adds what is policy: raising on failure, lines to a function.
enum ProcessModule: LuaModule {
    static let name = "process"

    static func open(in runtime: isolated Runtime) throws -> LuaTable {
        let vm = runtime.vm
        let permissions = runtime.permissions
        let mostBytes = runtime.configuration.limits.mostBytesOfOneString
        let process = try vm.table(entries: 8)

        try process.set(
            "run",
            vm.asyncFunction { (options: LuaOptions) async throws -> LuaWriter in
                let options = options.of("process.run")
                var (program, checks) = try Self.program(options, piped: false)
                program.limit = min(program.limit, mostBytes)
                try permissions.check(program)
                let outcome = try await RunningProgram.run(program)
                if checks, let failure = ProgramFailed(program, outcome) { throw failure }
                return outcome.writer(program)
            })
        try process.set(
            "start",
            vm.asyncFunction { (options: LuaOptions) async throws -> ProcessHandle in
                let options = options.of("process.start")
                var (program, checks) = try Self.program(options, piped: true)
                program.limit = min(program.limit, mostBytes)
                try permissions.check(program)
                return ProcessHandle(try await RunningProgram.start(program), checks: checks)
            })
        try process.setFunction("which") { (name: String) -> String? in
            try permissions.check(.run(program: name))
            return which(name)
        }
        try process.setFunction("quote") { (words: LuaOptions) -> String in
            let words = words.items.compactMap(\.text)
            guard let first = words.first else { return "" }
            return Program(name: first, arguments: words.dropFirst().map { Array($0.utf8) }).commandLine
        }
        try process.set("id", Int(getpid()))
        return process
    }

    /// The program that a table says: its words as items, all else as options.
    private static func program(_ options: LuaOptions, piped: Bool) throws -> (program: Program, checks: Bool) {
        var options = options
        var words: [[UInt8]] = []
        for (index, item) in options.items.enumerated() {
            switch item {
            case .bytes(let bytes): words.append(bytes)
            case .integer, .number: words.append(Array((item.text ?? "").utf8))
            default:
                throw LuaMessage("\(options.function): word \(index + 1) must be a string, not a \(item.typeName)")
            }
        }
        guard let name = words.first.map({ String(decoding: $0, as: UTF8.self) }), !name.isEmpty else {
            throw LuaMessage("\(options.function) takes a table of words: { \"git\", \"push\" }")
        }
        var program = Program(name: name, arguments: Array(words.dropFirst()))
        program.directory = try options.string("cwd")
        for (name, value) in try options.stringMap("env") ?? [] {
            guard !name.isEmpty, !name.contains("="), !name.contains("\0") else {
                throw LuaMessage("\(options.function): '\(name)' is no name of an environment variable")
            }
            program.environment[name] = .some(value)
        }
        program.clearsEnvironment = try options.bool("clear_env") ?? false
        program.timeout = try options.duration("timeout")
        program.grace = try options.duration("grace") ?? 5
        if let limit = try options.integer("limit") { program.limit = max(limit, 1) }
        program.input = try input(&options, piped: piped)
        program.output = try output(&options, "stdout")
        program.error = try output(&options, "stderr")
        let checks = try options.bool("check") ?? false
        try options.finish()
        return (program, checks)
    }

    private static func input(_ options: inout LuaOptions, piped: Bool) throws -> Program.Input {
        let content = try options.bytes("input")
        let stream = try options.value("stdin")
        if let content {
            guard stream == nil else { throw LuaMessage("\(options.function): give either input or stdin, not both") }
            return .bytes(content)
        }
        switch stream {
        case nil: return piped ? .pipe : .empty
        case .some(let value):
            switch (value.text, file(value)) {
            case ("inherit", _): return .inherit
            case ("null", _): return .empty
            case ("pipe", _) where piped: return .pipe
            case (_, let file?): return .file(file.path)
            default:
                throw LuaMessage(
                    "\(options.function): stdin must be \"inherit\", \"null\" or { file = PATH } (a text goes into input)"
                )
            }
        }
    }

    private static func output(_ options: inout LuaOptions, _ name: String) throws -> Program.Output {
        guard let value = try options.value(name) else { return .pipe }
        switch (value.text, file(value)) {
        case ("pipe", _): return .pipe
        case ("inherit", _): return .inherit
        case ("null", _): return .discard
        case ("stdout", _) where name == "stderr": return .merge
        case (_, let file?): return .file(file.path, append: file.append)
        default:
            let merge = name == "stderr" ? ", \"stdout\"" : ""
            throw LuaMessage(
                "\(options.function): \(name) must be \"pipe\", \"inherit\", \"null\"\(merge) or { file = PATH, append = true }"
            )
        }
    }

    /// `{ file = PATH, append = BOOL }`.
    private static func file(_ value: PlainValue) -> (path: String, append: Bool)? {
        guard case .table(_, let entries) = value else { return nil }
        var path: String?
        var append = false
        for (key, value) in entries {
            switch (key.text, value) {
            case ("file", _): path = value.text
            case ("append", .bool(let flag)): append = flag
            default: return nil
            }
        }
        return path.map { ($0, append) }
    }

    private static func which(_ name: String) -> String? {
        let candidates =
            name.contains("/")
            ? [name] : (ProcessEnvironment.value("PATH") ?? "").split(separator: ":").map { "\($0)/\(name)" }
        return candidates.first { path in
            access(path, X_OK) == 0 && (try? FileSystem.status(of: FSPath(path)))?.kind == .file
        }
    }
}

extension Permissions {
    /// Asks to run a program and, apart from that, for the files that its streams are.
    fileprivate func check(_ program: Program) throws {
        try check(.run(program: program.name))
        if case .file(let path) = program.input { try checkReading(FSPath(path)) }
        for case .file(let path, _) in [program.output, program.error] { try checkWriting(FSPath(path)) }
    }
}

extension ProgramOutcome {
    func writer(_ program: Program) -> LuaWriter {
        var writer = LuaWriter(capacity: output.count + error.count + 128)
        writer.table(entries: 9) { table in
            table["status"] = status
            table["ok"] = status == 0
            table["signal"] = signal
            table["timed_out"] = timedOut
            table["truncated"] = exceededLimit
            table["seconds"] = seconds
            table["command"] = program.commandLine
            table.key("stdout")
            table.string(output)
            table.key("stderr")
            table.string(error)
        }
        return writer
    }
}

/// A program that ended otherwise than `check = true` demands: by a status, a signal, a limit.
struct ProgramFailed: LuaRaisable {
    let program: Program
    let outcome: ProgramOutcome

    init?(_ program: Program, _ outcome: ProgramOutcome) {
        guard outcome.status != 0 || outcome.exceededLimit || outcome.timedOut else { return nil }
        (self.program, self.outcome) = (program, outcome)
    }

    var luaMessage: String {
        let reason =
            if outcome.timedOut {
                "did not end within \(DurationText.human(program.timeout ?? 0))"
            } else if outcome.exceededLimit {
                "wrote more than \(program.limit) bytes (send its output to a file)"
            } else if let signal = outcome.signal {
                "was ended by signal \(signal) (\(String(cString: strsignal(Int32(signal)))))"
            } else {
                "ended with status \(outcome.status)"
            }
        // The last lines say why, as a rule.
        let said = outcome.error.isEmpty ? outcome.output : outcome.error
        let lines = String(decoding: said.suffix(2000), as: UTF8.self).split(separator: "\n").suffix(10)
        return "\(program.commandLine) \(reason)" + lines.map { "\n  | \($0)" }.joined()
    }

    func writeLuaFields(_ fields: inout LuaWriter) {
        fields["code"] = outcome.timedOut ? "TimedOut" : "ProgramFailed"
        fields["status"] = outcome.status
        fields["signal"] = outcome.signal
        fields["command"] = program.commandLine
        fields.key("stdout")
        fields.string(outcome.output)
        fields.key("stderr")
        fields.string(outcome.error)
    }
}

extension ProgramFailure: LuaRaisable {
    var luaMessage: String { description }
    func writeLuaFields(_ fields: inout LuaWriter) { fields["code"] = code }
}
