import AWSCICD
import ArgumentParser
import LocalCloud

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// `awscicd-run`: runs a Lua script, or a prompt.
@main
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "awscicd-run",
        abstract: "Runs a Lua script that delivers software to AWS.",
        usage: """
            awscicd-run [options] SCRIPT [arguments]
            awscicd-run [options] -e CODE
            awscicd-run [options]
            """,
        discussion: """
            SCRIPT is a file, or - for standard input; what follows it belongs to the script (awscicd-run x.lua --help shows \
            the script's own options). Without a script, a terminal gets a prompt.

            Exit codes: 0, 1 an error in the script or in writing its output, 2 wrong usage, 124 a time limit, 130 interrupted, or what script.exit \
            says.

            Environment: AWSCICD_PATH (folders of modules), AWSCICD_STDLIB (a folder to take the built-in library from), \
            AWSCICD_HISTORY (the prompt's file of lines, in place of ~/.awscicd_history; empty for none), NO_COLOR.
            """,
        version: awscicdVersion)

    @Option(
        name: .customShort("e"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Run this code (more than one is run in turn).", valueName: "code"))
    var code: [String] = []

    @Flag(name: .customShort("i"), help: "Show the prompt afterwards.")
    var interactive = false

    @OptionGroup(title: "Where AWS is") var local: LocalOptions
    @OptionGroup(title: "AWS") var aws: AWSOptions
    @OptionGroup(title: "What a script may do and take") var limits: LimitOptions
    @OptionGroup(title: "Output") var output: OutputOptions

    @Flag(help: "Check this machine, say what to do about what is missing, and end.")
    var doctor = false

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The script and its arguments.", valueName: "script"),
        completion: .file(extensions: ["lua"]))
    var words: [String] = []

    func validate() throws {
        if local.isLocal, aws.endpoint != nil || aws.profile != nil {
            throw ValidationError("--local is an account of its own: it goes with neither --profile nor --endpoint")
        }
        // What follows the script is the script's, so the parser hands on every word from the first that it does not know.
        guard let first = words.first, first.hasPrefix("-"), first != "-", first != "--" else { return }
        switch first {
        case "-h", "--help": throw CleanExit.helpRequest(self)
        case "--version": throw CleanExit.message(awscicdVersion)
        default:
            throw ValidationError("unknown option '\(first)'\(OptionNames.suggestion(for: first))")
        }
    }

    static func main() {
        // Before anything makes a thread: threads take over which signals are blocked.
        SignalWatch.prepare()
        OpenFiles.raise()
        if let word = wordThatIsNoText() {
            writeError("error: an argument is not UTF-8: \(word)\n")
            endProcess(2)
        }
        if let invocation = Invocation(plain: CommandLine.arguments.dropFirst()) {
            Task.detached {
                let code = await Session(invocation, configuration(for: invocation)).run()
                endProcess(code)
            }
        } else {
            parseAndRun()
        }
        // Not dispatchMain(): it unblocks all signals in this thread, and ^C would end the process at once.
        while true { pause() }
    }

    /// An argument that Swift would hand on with other bytes than it has: a file of another name, in the end.
    private static func wordThatIsNoText() -> String? {
        for at in 1..<max(Int(CommandLine.argc), 1) {
            guard let word = CommandLine.unsafeArgv[at] else { continue }
            if String(validatingCString: word) == nil { return String(cString: word) }
        }
        return nil
    }

    private static func parseAndRun() {
        do {
            let command = try parseAsRoot()
            Task.detached {
                do {
                    if var run = command as? RunCommand {
                        try await run.execute()
                    } else {
                        var other = command
                        try other.run()
                    }
                    exit()
                } catch {
                    end(with: error)
                }
            }
        } catch {
            end(with: error)
        }
    }

    /// As `exit(withError:)` of the argument parser, but wrong usage ends with 2 as everywhere, not with 64.
    private static func end(with error: any Error) -> Never {
        fflush(nil)
        let code = exitCode(for: error)
        let message = fullMessage(for: error)
        if !message.isEmpty { if code.isSuccess { print(message) } else { writeError(message + "\n") } }
        Self.exit(withError: code == .validationFailure ? ExitCode(2) : code)
    }

    mutating func execute() async throws {
        if doctor { throw ExitCode(Doctor().run()) }
        var words = words
        if words.first == "--" { words.removeFirst() }
        let invocation = Invocation(
            code: code, script: words.first, arguments: Array(words.dropFirst()), isInteractive: interactive)
        guard local.isLocal else { throw ExitCode(try await run(invocation)) }
        let host: LocalCloudHost
        do {
            host = try await LocalCloudHost.start(local)
        } catch {
            writeError("error: the local cloud cannot start: \(error)\n")
            throw ExitCode(1)
        }
        let code = try await run(invocation)
        await host.stop()
        throw ExitCode(code)
    }

    private func run(_ invocation: Invocation) async throws -> Int32 {
        // Not earlier: settings of AWS are read from the environment here.
        var configuration = Self.configuration(for: invocation)
        try limits.apply(to: &configuration)
        output.apply(to: &configuration)
        aws.apply(to: &configuration)
        return await Session(invocation, configuration).run()
    }

    /// What a run without any options has.
    private static func configuration(for invocation: Invocation) -> Runtime.Configuration {
        var configuration = Runtime.Configuration()
        configuration.aws.asksAtTerminal = true
        configuration.log.usesColor = Style.standardError.isColored
        configuration.script.name = invocation.scriptName
        configuration.script.path = invocation.scriptPath
        configuration.script.arguments = invocation.arguments
        return configuration
    }
}

/// The C library's `exit`, which the argument parser's hides inside the command.
private func endProcess(_ code: Int32) -> Never { exit(code) }
