import LuaVM

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A running program, as a script holds it. Leaving a `<close>` variable, or forgetting the handle, ends the program.
final class ProcessHandle: LuaUserdata, Sendable {
    static let luaTypeName = "process"

    private let running: RunningProgram
    private let checks: Bool

    init(_ running: RunningProgram, checks: Bool) { (self.running, self.checks) = (running, checks) }

    static func registerLua(in type: inout LuaTypeBuilder<ProcessHandle>) throws {
        let vm = type.vm
        type.property("id") { Int($0.running.pid) }
        type.property("running") { $0.running.isRunning }
        type.property("command") { $0.running.program.commandLine }

        try type.method(
            "wait",
            function: vm.asyncFunction { (handle: ProcessHandle) async throws -> LuaWriter in
                let outcome = try await handle.running.wait()
                if handle.checks, let failure = ProgramFailed(handle.running.program, outcome) { throw failure }
                return outcome.writer(handle.running.program)
            })
        // One line of a stream, or all that is there; nil at its end.
        try type.method(
            "read_line",
            function: vm.asyncFunction { (handle: ProcessHandle, stream: String?) async throws -> [UInt8]? in
                try await handle.queue(stream).nextLine()
            })
        try type.method(
            "read",
            function: vm.asyncFunction { (handle: ProcessHandle, stream: String?) async throws -> [UInt8]? in
                try await handle.queue(stream).nextChunk()
            })
        try type.method(
            "write",
            function: vm.asyncFunction { (handle: ProcessHandle, content: [UInt8]) async throws -> Bool in
                await handle.running.streams.write(content)
            })
        try type.method(
            "close_input",
            function: vm.asyncFunction { (handle: ProcessHandle) async throws -> Void in
                await handle.running.streams.closeInput()
            })
        try type.method("signal") { (handle: ProcessHandle, signal: LuaValue) -> Bool in
            handle.running.send(signal: try number(of: signal))
        }
        let close = try vm.asyncFunction { (handle: ProcessHandle) async throws -> Void in
            handle.running.end()
            _ = try? await handle.running.wait()
        }
        try type.method("close", function: close)
        try type.metamethod("__close", function: close)
        try type.metamethod("__tostring") { (handle: ProcessHandle) -> String in
            "process \(handle.running.pid): \(handle.running.program.commandLine)"
        }
    }

    private func queue(_ stream: String?) throws -> ByteQueue {
        switch stream ?? "stdout" {
        case "stdout": return running.streams.output
        case "stderr": return running.streams.error
        case let other: throw LuaMessage("'\(other)' is no stream to read: \"stdout\" or \"stderr\"")
        }
    }

    private static let signals: [String: Int32] = [
        "HUP": SIGHUP, "INT": SIGINT, "QUIT": SIGQUIT, "KILL": SIGKILL, "USR1": SIGUSR1, "USR2": SIGUSR2,
        "TERM": SIGTERM, "STOP": SIGSTOP, "CONT": SIGCONT, "WINCH": SIGWINCH,
    ]

    /// "TERM", "SIGTERM" or 15; nothing is TERM.
    private static func number(of signal: LuaValue) throws -> Int32 {
        switch signal {
        case .nil: return SIGTERM
        case .integer(let number) where (1...64).contains(number): return Int32(number)
        case .string(let name):
            let short = name.uppercased().hasPrefix("SIG") ? String(name.uppercased().dropFirst(3)) : name.uppercased()
            if let number = signals[short] { return number }
            throw LuaMessage("unknown signal '\(name)' (known: \(signals.keys.sorted().joined(separator: ", ")))")
        default: throw LuaMessage("a signal is a name such as \"TERM\", or a number")
        }
    }
}
