import Synchronization
import Testing

@testable import AWSCICD

/// Programs really run: `sh` and what Debian's coreutils have.
struct ProgramTests {
    private func shell(_ script: String, _ change: (inout Program) -> Void = { _ in }) -> Program {
        var program = Program(name: "sh", arguments: [Array("-c".utf8), Array(script.utf8)])
        change(&program)
        return program
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func outputErrorAndStatus() async throws {
        let outcome = try await RunningProgram.run(shell("echo out; echo err >&2; exit 3"))
        #expect(text(outcome.output) == "out\n")
        #expect(text(outcome.error) == "err\n")
        #expect(outcome.status == 3)
        #expect(outcome.signal == nil)
    }

    @Test func inputIsSentAndClosed() async throws {
        let big = [UInt8](repeating: 0x61, count: 3 << 20)
        let outcome = try await RunningProgram.run(shell("wc -c") { $0.input = .bytes(big) })
        #expect(text(outcome.output).trimmingPrefix(" ") == "\(3 << 20)\n")
    }

    @Test func inputThatNobodyReadsIsNoFailure() async throws {
        let outcome = try await RunningProgram.run(
            shell("exit 0") { $0.input = .bytes([UInt8](repeating: 0, count: 1 << 20)) })
        #expect(outcome.status == 0)
    }

    @Test func bigOutputOnBothStreams() async throws {
        let outcome = try await RunningProgram.run(
            shell("head -c 5000000 /dev/zero; head -c 4000000 /dev/zero >&2; echo done"))
        #expect(outcome.output.count == 5_000_005)
        #expect(outcome.error.count == 4_000_000)
    }

    @Test func environmentAndFolder() async throws {
        let outcome = try await RunningProgram.run(
            shell("pwd; echo $A; echo ${HOME-none}") {
                $0.directory = "/usr"
                $0.environment = ["A": "b c", "HOME": nil]
            })
        #expect(text(outcome.output) == "/usr\nb c\nnone\n")
        let bare = try await RunningProgram.run(
            shell("echo ${A-none} $B") {
                $0.clearsEnvironment = true
                $0.environment = ["B": "1", "PATH": "/usr/bin:/bin"]
            })
        #expect(text(bare.output) == "none 1\n")
    }

    @Test func timeOutEndsTheWholeTree() async throws {
        let outcome = try await RunningProgram.run(
            shell("sleep 300 & echo $!; sleep 300") {
                $0.timeout = 20
                $0.grace = 0.2
            })
        #expect(outcome.timedOut)
        #expect(outcome.signal == 15)
        let child = try #require(Int(text(outcome.output).filter(\.isNumber)))
        // The grandchild may be a zombie for the moment that its new parent takes to reap it.
        var isThere = true
        for _ in 0..<12000 where isThere {
            let state = try? FileSystem.read(FSPath("/proc/\(child)/stat"))
            isThere = state.map { !text($0).contains(") Z ") } ?? false
            if isThere { try await Task.sleep(for: .milliseconds(10)) }
        }
        #expect(!isThere)
    }

    @Test func programThatIgnoresTheRequestToEnd() async throws {
        let outcome = try await RunningProgram.run(
            shell("trap '' TERM; echo ready; while :; do sleep 0.05; done") {
                $0.timeout = 20
                $0.grace = 0.2
            })
        #expect(outcome.timedOut)
        #expect(outcome.signal == 9)
        #expect(text(outcome.output) == "ready\n")
    }

    @Test func signalIsReportedAsAShellDoes() async throws {
        let outcome = try await RunningProgram.run(shell("kill -KILL $$"))
        #expect(outcome.status == 137)
        #expect(outcome.signal == 9)
    }

    @Test func missingProgramAndFolder() async throws {
        let missing = await #expect(throws: ProgramFailure.self) {
            try await RunningProgram.run(Program(name: "no-such-program-here"))
        }
        #expect(missing?.description == "cannot run no-such-program-here: no such program on the PATH")
        await #expect(throws: ProgramFailure.self) { try await RunningProgram.run(Program(name: "/etc/passwd")) }
        await #expect(throws: FileError.self) {
            try await RunningProgram.run(shell("true") { $0.directory = "/no/such/folder" })
        }
    }

    @Test func outputOverTheLimitEndsTheProgram() async throws {
        let outcome = try await RunningProgram.run(
            shell("yes") {
                $0.limit = 3 << 20
                $0.grace = 0.2
            })
        #expect(outcome.exceededLimit)
    }

    @Test func linesAsTheyComeAndAnswers() async throws {
        let running = try await RunningProgram.start(
            shell("echo question; read answer; echo got $answer") { $0.input = .pipe })
        #expect(try await running.streams.output.nextLine().map(text) == "question")
        #expect(await running.streams.write(Array("42\n".utf8)))
        #expect(try await running.streams.output.nextLine().map(text) == "got 42")
        #expect(try await running.streams.output.nextLine() == nil)
        #expect(try await running.wait().status == 0)
    }

    @Test func aSlowReaderHoldsTheProgramBack() async throws {
        let running = try await RunningProgram.start(
            shell("yes 0123456789012345678901234567890123456789 | head -n 200000"))
        var lines = 0
        while try await running.streams.output.nextLine() != nil {
            lines += 1
            if lines == 1000 {
                // Time for the program to run far ahead, if nothing held it back.
                try await Task.sleep(for: .milliseconds(200))
                #expect(running.streams.output.count < 3 << 20)
            }
        }
        #expect(lines == 200_000)
    }

    @Test func cancellationEndsTheProgram() async throws {
        let task = Task { try await RunningProgram.run(shell("exec sleep 300") { $0.grace = 0.2 }) }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test(.timeLimit(.minutes(5))) func aCancelledWaitEndsAndTheProgramGoesOn() async throws {
        let running = try await RunningProgram.start(shell("exec sleep 600") { $0.grace = 0.2 })
        let wait = Task { try await running.wait() }
        wait.cancel()
        await #expect(throws: CancellationError.self) { try await wait.value }
        #expect(running.isRunning)
        running.end()
        #expect(try await running.wait().signal == 15)
    }

    /// Others may open and close files meanwhile: only those of a name of this test's own are looked for.
    @Test func filesOfAProgramThatIsNotStartedAreClosed() async throws {
        let folder = try FileSystem.makeTemporaryDirectory(prefix: "program-files")
        defer { _ = try? FileSystem.remove(folder, recursively: true) }
        let input = folder.appending(try FSPath("input"))
        try FileSystem.write([], to: input)
        var noOutput = shell("true") {
            $0.input = .file(input.description)
            $0.output = .file("/no/such/folder/output", append: false)
        }
        await #expect(throws: FileError.self) { try await RunningProgram.run(noOutput) }
        noOutput.output = .file(folder.appending(try FSPath("output")).description, append: false)
        noOutput.error = .file("/no/such/folder/error", append: false)
        await #expect(throws: FileError.self) { try await RunningProgram.run(noOutput) }
        var missing = Program(name: "no-such-program-here")
        missing.input = .file(input.description)
        missing.output = .file(folder.appending(try FSPath("output")).description, append: true)
        await #expect(throws: ProgramFailure.self) { try await RunningProgram.run(missing) }
        let open = try FileSystem.list(FSPath("/proc/self/fd")).compactMap {
            try? FileSystem.linkTarget(FSPath("/proc/self/fd").appending($0.name)).description
        }
        #expect(!open.contains { $0.hasPrefix(folder.description) })
    }

    @Test func severalReadersOfOneStream() async throws {
        let running = try await RunningProgram.start(
            shell("read a; echo 1; echo 2; read a; echo 3") { $0.input = .pipe })
        let lines = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<4 { group.addTask { try await running.streams.output.nextLine().map(text) } }
            _ = await running.streams.write(Array("go\n".utf8))
            var lines: [String] = []
            for try await line in group {
                if let line { lines.append(line) }
                if lines.count == 2 { _ = await running.streams.write(Array("on\n".utf8)) }
            }
            return lines
        }
        #expect(lines.sorted() == ["1", "2", "3"])
        #expect(try await running.wait().status == 0)
    }

    /// Who waits looks once at first and once for each ring, however many others wait: none keeps the others awake.
    @Test func aBellWakesOncePerRing() async throws {
        let bell = Bell()
        final class Flag: Sendable { let isSet = Atomic(false) }
        let over = Flag()
        let looks = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    var looks = 0
                    await bell.wait {
                        looks += 1
                        return over.isSet.load(ordering: .acquiring)
                    }
                    return looks
                }
            }
            for _ in 0..<3 {
                try await Task.sleep(for: .milliseconds(20))
                bell.ring()
            }
            over.isSet.store(true, ordering: .releasing)
            bell.ring()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(looks.allSatisfy { $0 <= 1 + bell.rings }, "\(looks)")
    }

    @Test func forgottenProgramIsEnded() async throws {
        var running: RunningProgram? = try await RunningProgram.start(shell("exec sleep 300") { $0.grace = 0.2 })
        let pid = try #require(running?.pid)
        running = nil
        var isThere = true
        for _ in 0..<12000 where isThere {
            isThere = FileSystem.exists(try FSPath("/proc/\(pid)"))
            if isThere { try await Task.sleep(for: .milliseconds(10)) }
        }
        #expect(!isThere)
    }

    @Test func commandLineIsQuoted() {
        var program = Program(name: "git")
        program.arguments = ["commit", "-m", "it's", ""].map { Array($0.utf8) }
        #expect(program.commandLine == #"git commit -m 'it'\''s' ''"#)
    }
}
