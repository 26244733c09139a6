import AWSCICD
import LuaVM

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The plain prompt: a line is evaluated, its values are shown, an error is told and the prompt goes on.
struct Prompt {
    let runtime: Runtime
    let style: Style
    let signals: SignalWatch

    /// - Returns: the exit code.
    func run() async -> Int32 {
        let evaluate: LuaCallback
        do {
            evaluate = try await runtime.libraryFunction("awscicd.prompt")
        } catch {
            return Failure(error, sources: [:], mask: runtime.mask, signal: nil).report(style)
        }
        if isatty(0) != 0 { writeError("awscicd-run \(awscicdVersion) (\(LuaVM.version)); ^D ends\n") }
        var pending = ""
        while true {
            guard let line = readLine(prompt: pending.isEmpty ? "> " : ">> ") else {
                if isatty(0) != 0 { writeError("\n") }
                return 0
            }
            pending += pending.isEmpty ? line : "\n" + line
            if pending.allSatisfy(\.isWhitespace) {
                pending = ""
                continue
            }
            do {
                let answer: String = try await runtime.call(evaluate, pending)
                if answer == "more" { continue }
            } catch {
                if let exit = error as? ScriptExit { return exit.code }
                let source = ["prompt": Array(pending.utf8)]
                _ = Failure(error, sources: source, mask: runtime.mask, signal: nil).report(style)
                signals.reset()
            }
            pending = ""
        }
    }

    private func readLine(prompt: String) -> String? {
        if isatty(0) != 0 {
            // The prompt itself is not output: it goes where messages go.
            writeError(prompt)
        }
        return Swift.readLine(strippingNewline: true)
    }
}
