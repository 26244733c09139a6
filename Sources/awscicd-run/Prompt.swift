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
        let input = PromptInput(signals)
        var pending = ""
        while true {
            let line: String
            switch input.next(prompt: pending.isEmpty ? "> " : ">> ") {
            case .line(let typed): line = typed
            case .end:
                if isatty(0) != 0 { writeError("\n") }
                return 0
            case .signal(SIGINT):
                writeError("\n")
                pending = ""
                continue
            case .signal(let number): return 128 + number
            }
            if line.contains("\u{1B}") {
                writeError(
                    "arrow keys do nothing here (rlwrap awscicd-run edits lines and keeps a history); type it again\n")
                continue
            }
            pending += pending.isEmpty ? line : "\n" + line
            if pending.allSatisfy(\.isWhitespace) {
                pending = ""
                continue
            }
            signals.reset()
            do {
                let answer: String = try await runtime.call(evaluate, pending)
                if answer == "more" { continue }
            } catch {
                if let exit = error as? ScriptExit { return exit.code }
                let source = ["prompt": Array(pending.utf8)]
                _ = Failure(error, sources: source, mask: runtime.mask, signal: nil).report(style)
            }
            pending = ""
        }
    }
}
