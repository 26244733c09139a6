import Foundation
import ServerSupport
import Testing

/// How the command is used: what it runs, with what, and its exit codes.
struct InvocationTests {
    @Test func codeAndArguments() throws {
        let result = try run("-e", "print(...)", "-e", "print(#arg, arg[0])")
        #expect(result.output == "\n0\tawscicd-run\n")
        #expect(result.status == 0)
    }

    @Test func codeMayBeginWithADash() throws {
        #expect(try run("-e", "-- nothing").status == 0)
        #expect(try run("-e", "-- nothing", "--log", "warn", "-e", "-- more\nprint(2)").output == "2\n")
    }

    @Test func scriptGetsItsArgumentsUntouched() throws {
        let folder = try TemporaryFolder()
        let script = try folder.write("a b.lua", "print(arg[0]:match('[^/]*$'), #arg, ...)")
        let result = try run("--log", "warn", script, "--help", "-e", "--", "x y", "")
        #expect(result.output == "a b.lua\t5\t--help\t-e\t--\tx y\t\n")
        #expect(try run("--", script, "1").output == "a b.lua\t1\t1\n")
    }

    @Test func standardInput() throws {
        #expect(try run("-", "x", input: "print('in', ...)").output == "in\tx\n")
        #expect(try run(input: "print('piped')").output == "piped\n")
        #expect(try run("-e", "print(io.read('a'))", input: "data").output == "data\n")
    }

    @Test func shebangAndByteOrderMark() throws {
        let folder = try TemporaryFolder()
        // Written by a shell: what another test starts just now would hold a file open that this process writes, and one that
        // is open for writing cannot be run.
        let write = "printf '%s' \"$1\" > \"$0\" && chmod +x \"$0\" && exec \"$0\""
        let source = "#!\(Command.program.path)\nerror('line two')"
        let program = try Program(["/bin/sh", "-c", write, folder.path + "/s.lua", source], error: .pipe)
        let error = String(decoding: program.error?.all() ?? Data(), as: UTF8.self)
        #expect(program.wait() == 1)
        #expect(error.contains("s.lua:2: line two"))
        #expect(try run(folder.write("bom.lua", "\u{FEFF}print('ok')")).output == "ok\n")
    }

    @Test func exitCodes() throws {
        #expect(try run("-e", "").status == 0)
        #expect(try run("-e", "error('x')").status == 1)
        #expect(try run("-e", "os.exit(7)").status == 7)
        #expect(try run("-e", "script.exit(9)").status == 9)
        #expect(try run("-e", "script.exit()").status == 0)
        #expect(try run("-e", "script.exit(false)").status == 1)
        #expect(try run("-e", "script.exit(256)").status == 1)
        #expect(try run("--no-such-option").status == 2)
        #expect(try run("--memory-limit", "lots", "-e", "").status == 2)
    }

    @Test func exitClosesWhatIsOpen() throws {
        let result = try run(
            "-e",
            """
            local a <close> = setmetatable({}, { __close = function() print('closed') end })
            pcall(function() script.exit(5) end)
            print('caught')
            """)
        #expect(result.output == "closed\n")
        #expect(result.status == 5)
    }

    @Test func wrongOptionsAreTold() throws {
        let result = try run("--sandbx", "x.lua")
        #expect(result.status == 2)
        #expect(result.error.contains("unknown option '--sandbx'; did you mean --sandbox?"))
        #expect(result.output.isEmpty)
    }

    @Test func helpVersionAndCompletions() throws {
        let help = try run("--help")
        #expect(help.status == 0)
        #expect(help.output.contains("awscicd-run [options] SCRIPT [arguments]"))
        #expect(help.output.contains("--time-limit"))
        #expect(try run("--version").output.hasPrefix("0."))
        for shell in ["bash", "zsh", "fish"] {
            #expect(try run("--generate-completion-script", shell).output.contains("awscicd-run"))
        }
    }

    @Test func timeLimits() throws {
        for option in ["--time-limit", "--cpu-limit"] {
            let result = try run(option, "300ms", "-e", "while true do pcall(function() while true do end end) end")
            #expect(result.status == 124)
            #expect(result.error.contains("(command line):1"))
        }
        let waiting = try run("--time-limit", "200ms", "-e", "task.sleep(60)")
        #expect(waiting.status == 124)
    }

    @Test func memoryLimit() throws {
        let result = try run(
            "--memory-limit", "8M", "-e", "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end")
        #expect(result.status == 1)
        #expect(result.error.hasPrefix("error: not enough memory\n    |\n  1 | local t = {} for"))
        #expect(result.error.contains("(command line):1: in main chunk"))
        #expect(try run("--memory-limit", "1K", "-e", "").status == 1)
    }

    @Test func interrupt() throws {
        for (script, expectation) in [
            ("while true do end", "spinning"), ("task.sleep(60)", "waiting"),
            ("process.run { 'sleep', '60' }", "running a program"),
        ] {
            let command = Command(arguments: [
                "-e",
                "local a <close> = setmetatable({}, { __close = function() print('closed') end }) print('ready') io.flush() "
                    + script,
            ])
            let result = try command.run { kill($0, SIGINT) }
            #expect(result.status == 130, "\(expectation)")
            #expect(result.output == "ready\nclosed\n", "\(expectation)")
            #expect(result.error.contains("(command line):1"), "\(expectation)")
        }
        let terminated = try Command(arguments: ["-e", "print('ready') io.flush() task.sleep(60)"]).run {
            kill($0, SIGTERM)
        }
        #expect(terminated.status == 143)
    }

    /// What sits in C code for ever cannot run its clean-ups, but the process ends and says where it was.
    @Test func standstill() throws {
        // The program says that it is ready, so that the script is in the call then; it ends when the script's process has.
        let script = """
            io.write('rest')
            os.execute [[echo ready; while kill -0 $PPID; do sleep 1; done > /dev/null 2>&1]]
            """
        let result = try Command(arguments: ["-e", script]).run {
            kill($0, SIGTERM)
            sleep(1)
            kill($0, SIGTERM)
        }
        #expect(result.status == 143)
        #expect(result.output == "ready\nrest")
        #expect(
            result.error.hasPrefix(
                "error: interrupted, but the script is inside one call of a C function, which cannot be interrupted\n"))
        #expect(result.error.contains("(command line):2"))
    }

    @Test func aFinalizerThatDoesNotEnd() throws {
        let script = "setmetatable({}, { __gc = function() print('ready') while true do end end })"
        let result = try Command(arguments: ["-e", script]).run { id in
            // One signal may come before the script is over, and two at once may be one.
            for _ in 1...4 where kill(id, SIGTERM) == 0 { sleep(1) }
        }
        #expect(result.status == 143)
    }

    /// As under nohup: started with SIGHUP ignored, a script goes on when its terminal closes.
    @Test func ignoredHangUp() throws {
        let script = """
            local run = process.run { 'sh', '-c', 'trap "" HUP; "$0" -e "$1"', os.getenv 'AWSCICD_RUN',
              'process.run { "sh", "-c", "kill -HUP $PPID" } task.sleep(0.1) print("still here")' }
            print(run.status, run.stdout)
            """
        var command = Command(arguments: ["-e", script])
        command.environment["AWSCICD_RUN"] = Command.program.path
        #expect(try command.run().output == "0\tstill here\n\n")
    }

    @Test func promptAfterwards() throws {
        let result = try run(
            "-i", "-e", "x = 1",
            input: "x + 1\n= x * 2\nfor i = 1, 2 do\nprint(i)\nend\nerror('no')\n{ 1, a = 'b' }\nscript.exit(4)\n")
        #expect(result.output == "2\n2\n1\n2\n{ 1, a = \"b\" }\n")
        #expect(result.error.contains("prompt:1: no"))
        #expect(result.status == 4)
    }

    /// What only a terminal has: keys that edit and a history without secrets; ^C gives up a line and ends nothing, ^D ends,
    /// and so does a signal.
    @Test(arguments: ["", "ended-by-signal", "plain"])
    func promptOnATerminal(way: String) throws {
        let test = Command.package.appendingPathComponent("Tests/Scripts/prompt_terminal.py").path
        let program = try Program(
            ["/usr/bin/env", "PROMPT_TEST=\(way)", "python3", test, Command.program.path], error: .pipe)
        let error = String(decoding: program.error?.all() ?? Data(), as: UTF8.self)
        #expect(program.wait() == 0, "\(error)")
    }

    /// ^C, a signal and a limit end a question, and the terminal shows again what is typed.
    @Test func questionsOnATerminal() throws {
        let test = Command.package.appendingPathComponent("Tests/Scripts/question_terminal.py").path
        let program = try Program(["/usr/bin/env", "python3", test, Command.program.path], error: .pipe)
        let error = String(decoding: program.error?.all() ?? Data(), as: UTF8.self)
        #expect(program.wait() == 0, "\(error)")
    }

    @Test func aSandboxSaysWhatItRefuses() throws {
        for (code, refused) in [
            ("fs.read '/etc/passwd'", "read /etc/passwd"), ("process.run { 'true' }", "run true"),
            ("http.get 'http://127.0.0.1:1/'", "connect to 127.0.0.1:1"),
            ("aws.s3.list_buckets()", "call s3:ListBuckets"),
        ] {
            let result = try run("--sandbox", "-e", code, environment: ["AWS_REGION": "eu-west-1"])
            #expect(result.status == 1)
            #expect(result.error.contains("(command line):1: not permitted: \(refused) (a sandbox"), "\(result.error)")
        }
    }

    @Test func doctor() throws {
        let result = try run("--doctor", environment: ["AWS_CA_BUNDLE": "/no/such/bundle"])
        #expect(result.status == 1)
        #expect(result.output.contains("problem  the certificate file /no/such/bundle cannot be read"))
        let bare = try run("--doctor", environment: ["PATH": "/no/such/folder"])
        #expect(bare.output.contains("warning  aws is missing (builds that call the AWS CLI"))
    }
}
