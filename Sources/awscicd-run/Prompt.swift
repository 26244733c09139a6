import AWSCICD
import LuaVM

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The prompt: a line is evaluated, its values are shown, an error is told and the prompt goes on.
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
                writeError(input.isEdited ? "^C\n" : "\n")
                pending = ""
                continue
            case .signal(let number): return 128 + number
            }
            if line.contains("\u{1B}"), !input.isEdited {
                writeError(
                    "arrow keys do nothing here: they need libedit (apt-get install libedit2), a TERM other than 'dumb', "
                        + "and standard error on the terminal; type it again\n")
                continue
            }
            pending += pending.isEmpty ? line : "\n" + line
            if pending.allSatisfy(\.isWhitespace) {
                pending = ""
                continue
            }
            input.remember(line)
            signals.reset()
            switch await evaluated(pending, by: evaluate) {
            case .more: continue
            case .done:
                keep(pending, input)
                pending = ""
            case .exit(let code):
                keep(pending, input)
                return code
            }
        }
    }

    private enum Outcome {
        /// The code is the beginning of something longer.
        case more
        case done
        case exit(Int32)
    }

    private func evaluated(_ code: String, by evaluate: LuaCallback) async -> Outcome {
        do {
            let answer: String = try await runtime.call(evaluate, code)
            if answer == "more" { return .more }
            if !answer.isEmpty { writeError("\(style.dim(answer))\n") }
        } catch {
            if let exit = error as? ScriptExit { return .exit(exit.code) }
            let source = ["prompt": Array(code.utf8)]
            _ = Failure(error, sources: source, mask: runtime.mask, signal: nil).report(style)
        }
        return .done
    }

    /// After the code ran: only now it is known what of it is a secret.
    private func keep(_ code: String, _ input: PromptInput) {
        if let problem = input.keep(code, runtime.mask) { writeError("\(style.yellow("warning: "))\(problem)\n") }
    }
}
