import AWSCICD
import LuaVM

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One use of the command: a runtime, the pieces to run in it, the prompt after them.
struct Session {
    private let invocation: Invocation
    private let configuration: Runtime.Configuration
    private let style = Style.standardError

    init(_ invocation: Invocation, _ configuration: Runtime.Configuration) {
        self.invocation = invocation
        self.configuration = configuration
    }

    /// - Returns: the exit code. A script whose output did not arrive (a full disk, a reader that went) has not succeeded,
    /// whatever it says itself: `print` only looks whether the reader is there.
    func run() async -> Int32 {
        LuaVM.endWithoutReader()
        let code = await runAll()
        guard code == 0, let number = LuaVM.finishOutput() else { return code }
        return report("cannot write standard output: \(String(cString: strerror(number)))")
    }

    private func runAll() async -> Int32 {
        // Also when the script ended without a request, or was none.
        defer { Runtime.waitForTransport() }
        do {
            let chunks = try invocation.chunks()
            // First of all, since its thread could not be made while the transport is loaded.
            let signals = SignalWatch()
            defer { signals.end() }
            var configuration = configuration
            configuration.loadsTransport = chunks.contains(where: \.mentionsAWS)
            let sources = Dictionary(chunks.map { ($0.shownName, $0.source) }, uniquingKeysWith: { _, last in last })
            configuration.keepsInterrupts = true
            configuration.onStandstill = { [style] runtime, error in
                let failure = Failure(error, sources: sources, mask: runtime.mask, signal: signals.received)
                // Nothing that waits for the script's thread, which holds the locks of the files that it sits in.
                LuaVM.flushOutputUnlessInUse()
                _exit(failure.report(style, flushes: false))
            }
            let runtime = try await Runtime(configuration)
            signals.watch(for: runtime)
            let code = await run(chunks, sources, in: runtime, signals)
            guard invocation.wantsPrompt else { return code }
            return await Prompt(runtime: runtime, style: style, signals: signals).run()
        } catch let error as Invocation.Unreadable {
            return report(error.description)
        } catch let error as LuaError {
            return report(error.kind == .memory ? "the memory limit is too small for Lua itself" : error.message)
        } catch {
            return report("\(error)")
        }
    }

    private func run(
        _ chunks: [Invocation.Chunk], _ sources: [String: [UInt8]], in runtime: Runtime, _ signals: SignalWatch
    ) async -> Int32 {
        for chunk in chunks {
            do {
                try await runtime.run(chunk.source, name: chunk.name, arguments: invocation.arguments)
            } catch {
                return Failure(error, sources: sources, mask: runtime.mask, signal: signals.received).report(style)
            }
        }
        return 0
    }

    private func report(_ message: String) -> Int32 {
        writeError("\(style.red(style.bold("error: ")))\(message)\n")
        return 1
    }
}

/// What a script ended with, as a message and an exit code.
struct Failure {
    private let error: any Error
    private let sources: [String: [UInt8]]
    private let mask: SecretMask
    private let signal: Int32?

    init(_ error: any Error, sources: [String: [UInt8]], mask: SecretMask, signal: Int32?) {
        (self.error, self.sources, self.mask, self.signal) = (error, sources, mask, signal)
    }

    /// Writes the message, if there is one, and gives the exit code.
    func report(_ style: Style, flushes: Bool = true) -> Int32 {
        if flushes { fflush(nil) }  // what the script printed comes first
        guard let error = error as? LuaError else {
            if let exit = error as? ScriptExit { return exit.code }
            writeError("\(style.red(style.bold("error: ")))\(mask.mask("\(error)"))\n")
            return 1
        }
        writeError(mask.mask(ErrorReport(error, sources: sources).text(style)))
        switch error.kind {
        case .timeLimit: return 124
        case .interrupted: return signal.map { 128 + $0 } ?? 130
        default: return 1
        }
    }
}

func writeError(_ text: String) { LogSettings.standardError(Array(text.utf8)) }
