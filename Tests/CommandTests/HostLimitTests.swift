import Foundation
import ServerSupport
import Testing

/// Streams that are closed or full, and a process that may have little: each ends in words, never in a crash, and nothing is
/// written to where it does not belong.
struct HostLimitTests {
    /// Runs a shell's line in which `$run` is the command.
    private func shell(_ line: String, arguments: [String] = []) throws -> Command.Result {
        try Command(
            arguments: ["-c", "run=$0; " + line, Command.program.path] + arguments,
            program: URL(fileURLWithPath: "/bin/sh")
        ).run()
    }

    @Test func streamsThatAreClosed() throws {
        let read = try shell(#""$run" - <&-"#)
        #expect(read.status == 1)
        #expect(read.error == "error: cannot read standard input: Bad file descriptor\n")
        #expect(try shell(#""$run" -e 'print(io.read())' <&-"#).output == "nil\tBad file descriptor\t9\n")
        // What is opened later is no stream: what is printed is not written there.
        let folder = try TemporaryFolder()
        let result = try shell(
            #""$run" -e 'local f <close> = io.open("\#(folder.path)/x", "w") print("printed") io.stderr:write("said") f:write(fs.real_path("/proc/self/fd/1"))' <&- >&- 2>&-"#
        )
        #expect(result.status == 0)
        #expect(try String(contentsOfFile: folder.path + "/x", encoding: .utf8) == "/dev/null")
    }

    @Test func outputThatDoesNotArrive() throws {
        for code in ["print(1)", "for i = 1, 10000 do io.write(i) end", "print(1) os.exit(0)"] {
            let result = try shell(#""$run" -e "$1" > /dev/full"#, arguments: [code])
            #expect(result.status == 1, "\(code)")
            #expect(
                result.error == "error: cannot write standard output: No space left on device\n",
                "\(code): \(result.error)")
        }
        #expect(try shell(#""$run" -e 'print(1) os.exit(3)' > /dev/full"#).status == 3)
        #expect(try shell(#""$run" -e 'x = 1' > /dev/full"#).status == 0)
        #expect(try shell(#""$run" -e 'print(1)' >&-"#).status == 0)
    }

    /// A list that is piped into `head` ends, whatever the script did before.
    @Test(arguments: ["", "process.run { 'true' }", "pcall(http.get, 'http://127.0.0.1:1/')"])
    func outputThatNobodyReads(_ before: String) throws {
        let result = try shell(
            #""$run" --time-limit 60s -e "$1 while true do print('line') end" | head -n 1"#, arguments: [before])
        #expect(result.output == "line\n" && !result.error.contains("time limit"), "\(result)")
    }

    @Test func whatHasNoEnd() throws {
        for result in [try run("/dev/zero"), try shell(#""$run" - < /dev/zero"#)] {
            #expect(result.status == 1)
            #expect(result.error.contains(" is longer than 256 MB, which no script is"), "\(result.error)")
        }
        let result = try run("--memory-limit", "16M", "-e", "print(pcall(fs.read, '/dev/zero'))")
        #expect(result.output.contains("cannot read /dev/zero: it has more than 8388608 bytes"), "\(result)")
    }

    @Test func argumentsThatAreNoText() throws {
        let result = try shell(#""$run" -e 'print(1)' "$(printf 'a\351')""#)
        #expect(result.status == 2)
        #expect(result.output == "")
        #expect(result.error.hasPrefix("error: an argument is not UTF-8: a"))
    }

    @Test func fewOpenFiles() throws {
        for count in [7, 8, 9, 10, 12, 14, 16] {
            // The address sanitizer's search for leaks opens files of its own.
            let result = try shell(
                #"export ASAN_OPTIONS=detect_leaks=0; ulimit -n \#(count); exec "$run" -e 'print(pcall(process.output, { "echo", "hi" }))'"#
            )
            #expect(result.status == 0, "\(count): \(result)")
            #expect(result.output.contains("cannot run echo: Too many open files"), "\(count): \(result)")
        }
    }

    /// More calls at once than connections that may be open: they take turns.
    @Test func moreCallsThanDescriptors() throws {
        let server = try HTTPServer()
        let script = """
            local numbers, done = {}, 0
            for i = 1, 150 do numbers[i] = i end
            task.map(numbers, function()
              if http.get("\(server.url)/wait/50").status == 200 then done = done + 1 end
            end)
            print(done)
            """
        let result = try withExtendedLifetime(server) {
            try shell(
                #"export ASAN_OPTIONS=detect_leaks=0; ulimit -n 40; exec "$run" -e "$1""#, arguments: [script])
        }
        #expect(result.output == "150\n", "\(result)")
    }

    @Test func theLocalCloudTakesAllThatItMayOpen() throws {
        let few = try shell(#"ulimit -n 100; exec "$run" --local -e 'print(1)'"#)
        #expect(few.status == 1)
        #expect(few.error.contains("this process may have 100 files open (ulimit -n), and needs at least 256"))
        let more = try shell(
            #"ulimit -Sn 300; ulimit -Hn 600; exec "$run" --local -e 'print(fs.read("/proc/self/limits"):match("open files +(%d+)"))'"#
        )
        #expect(more.output == "600\n", "\(more)")
    }

    // The sanitizer needs more addresses than that for itself.
    @Test(.enabled(if: dlsym(nil, "__asan_init") == nil))
    func littleMemory() throws {
        for size in ["1000", "100000"] {
            let result = try shell(
                #"ulimit -v 1000000; exec "$run" -e 'local t = {} for i = 1, 1e7 do t[i] = ("x"):rep(\#(size)) .. i end'"#
            )
            #expect(result.status == 1, "\(result)")
            #expect(result.error.hasPrefix("error: not enough memory\n"), "\(result.error.prefix(300))")
        }
    }
}
