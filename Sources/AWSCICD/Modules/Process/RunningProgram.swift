import CFileShim
import Subprocess
import Synchronization
import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A program that was started. It runs in a process group of its own, so that a signal reaches what it started too; except
/// when it was given the terminal (`input = .inherit`): then it stays in the terminal's foreground. Ending it ends what it
/// started, in its group or not (``ProcessTree``).
///
/// A program whose `RunningProgram` is forgotten is ended.
final class RunningProgram: Sendable {
    let program: Program
    let streams: ProgramStreams
    private let run: Task<TerminationStatus, any Error>
    private let timedOut: TimeOutFlag
    private let timer: Task<Void, Never>?
    /// Ends the program with what it started.
    private let stop: @Sendable () -> Void
    private let started = ContinuousClock.now

    var pid: pid_t { streams.pid ?? 0 }
    var isRunning: Bool { !streams.isOver }

    private init(_ program: Program, _ sides: Sides) {
        let streams = ProgramStreams()
        let tree = ProcessTree()
        let run = Task {
            defer { streams.didEnd() }
            do {
                let status = try await Self.launch(program, sides.input, sides.output, sides.error, streams, tree)
                await Self.end(tree, program)
                return status
            } catch {
                await Self.end(tree, program)
                throw error
            }
        }
        let stop = { @Sendable in
            Self.askToEnd(tree, program, streams)
            run.cancel()
        }
        self.program = program
        self.streams = streams
        self.run = run
        self.stop = stop
        let flag = TimeOutFlag()
        timer = program.timeout.map { seconds in
            Task {
                try? await Task.sleep(for: .seconds(seconds))
                guard !Task.isCancelled, !streams.isOver else { return }
                flag.set()
                stop()
            }
        }
        timedOut = flag
    }

    deinit {
        timer?.cancel()
        stop()
    }

    private static func askToEnd(_ tree: ProcessTree, _ program: Program, _ streams: ProgramStreams) {
        guard let pid = streams.pid, !streams.isOver else { return }
        tree.askToEnd(below: pid, outside: program.ownsGroup ? pid : nil)
    }

    /// In a task of its own: the one that ran the program has been cancelled, and could not wait.
    private static func end(_ tree: ProcessTree, _ program: Program) async {
        await Task { await tree.end(grace: program.grace) }.value
    }

    /// Starts a program; returns once it runs.
    /// - Throws: ``ProgramFailure`` when it cannot be started, ``FileError`` for a file of its streams.
    static func start(_ program: Program) async throws -> RunningProgram {
        if let directory = program.directory, try FileSystem.status(of: FSPath(directory)).kind != .directory {
            throw FileError("run in", path: directory, reason: "it is not a folder", code: "ENOTDIR")
        }
        if let zero = program.arguments.firstIndex(where: { $0.contains(0) }) {
            throw ProgramFailure(
                description: "cannot run \(program.name): argument \(zero + 1) holds a zero byte", code: "EINVAL")
        }
        ignoreBrokenPipes
        let running = RunningProgram(program, try Sides(of: program))
        await running.streams.waitForStart()
        if running.streams.pid == nil, case .failure(let error) = await running.run.result {
            throw (error as? SubprocessError).map(program.failure) ?? error
        }
        return running
    }

    /// Runs a program to its end. When the calling task is cancelled, so is the program.
    static func run(_ program: Program) async throws -> ProgramOutcome {
        let running = try await start(program)
        running.streams.unbound()
        return try await withTaskCancellationHandler {
            let outcome = try await running.finished()
            try Task.checkCancellation()
            return outcome
        } onCancel: {
            running.stop()
        }
    }

    /// Waits for the end; what the script has not read of the output is in the outcome. A wait that is cancelled leaves
    /// the program as it is.
    func wait() async throws -> ProgramOutcome {
        await streams.closeInput()
        streams.unbound()
        try await streams.waitForEnd()
        return try await finished()
    }

    /// Asks the program, and what it started, to end; ends it when it has not done so in its grace time.
    func end() { stop() }

    /// Sends a signal to the program and what it started; false when it has ended.
    func send(signal: Int32) -> Bool {
        guard isRunning, pid > 0 else { return false }
        return kill(program.ownsGroup ? -pid : pid, signal) == 0
    }

    /// How it ended, once it has; no cancellation shortens this wait.
    private func finished() async throws -> ProgramOutcome {
        let result: Result<TerminationStatus, any Error> = await run.result
        timer?.cancel()
        var outcome = ProgramOutcome(status: 0, output: streams.output.takeAll(), error: streams.error.takeAll())
        switch result {
        case .success(.exited(let status)): outcome.status = Int(status)
        case .success(.signaled(let signal)):
            outcome.status = 128 + Int(signal)
            outcome.signal = Int(signal)
        case .failure(let failure):
            // Ended while its streams were open: the system's own words are of no use to a script.
            guard failure is CancellationError || timedOut.isSet || streams.exceededLimit else {
                throw (failure as? SubprocessError).map(program.failure) ?? failure
            }
            outcome.status = 128 + Int(SIGTERM)
            outcome.signal = Int(SIGTERM)
        }
        outcome.timedOut = timedOut.isSet
        if streams.exceededLimit {
            outcome.exceededLimit = true
            outcome.output = Array(outcome.output.prefix(program.limit))
            outcome.error = Array(outcome.error.prefix(program.limit))
        }
        let elapsed = (ContinuousClock.now - started).components
        outcome.seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
        return outcome
    }

    private struct Sides {
        let input: any InputSide
        let output: any OutputSide
        let error: any ErrorSide

        /// Opens the files that the program names; those that were opened are closed again when a later one cannot be.
        init(of program: Program) throws {
            input = try program.inputSide()
            do {
                output = try program.outputSide()
            } catch {
                input.close()
                throw error
            }
            do {
                error = try program.errorSide()
            } catch {
                input.close()
                output.close()
                throw error
            }
        }
    }

    private static func launch<I: InputSide, O: OutputSide, E: ErrorSide>(
        _ program: Program, _ input: I, _ output: O, _ error: E, _ streams: ProgramStreams, _ tree: ProcessTree
    ) async throws -> TerminationStatus {
        let lack = cfileshim_room_for_program()
        guard lack == 0 else {
            let error = FileError("run", path: program.name, errno: lack)
            throw ProgramFailure(description: error.description, code: error.code)
        }
        let ownsGroup = program.ownsGroup
        var options = PlatformOptions()
        if ownsGroup { options.processGroupID = 0 }
        options.teardownSequence = [
            .gracefulShutDown(toProcessGroup: ownsGroup, allowedDurationToNextStep: .seconds(program.grace))
        ]
        let result = try await Subprocess.run(
            program.name.contains("/") ? .path(FilePath(program.name)) : .name(program.name),
            // Subprocess takes bytes as C strings.
            arguments: Arguments(program.arguments.map { $0 + [0] }),
            environment: program.subprocessEnvironment,
            workingDirectory: program.directory.map { FilePath($0) },
            platformOptions: options, input: try input.kind(), output: try output.kind(), error: try error.kind()
        ) { execution in
            let writer = input.writer(of: execution)
            streams.didStart(execution.processIdentifier.value, writer: writer)
            let isWithinLimit = await withTaskGroup(of: Bool.self) { group in
                if let sequence = output.sequence(of: execution) {
                    group.addTask { await streams.pump(sequence, into: streams.output, limit: program.limit) }
                } else {
                    streams.output.finish()
                }
                if let sequence = error.sequence(of: execution) {
                    group.addTask { await streams.pump(sequence, into: streams.error, limit: program.limit) }
                } else {
                    streams.error.finish()
                }
                switch program.input {
                case .bytes(let bytes):
                    group.addTask {
                        // A program that does not read all of its input is no failure: `head` does not.
                        _ = await streams.write(bytes)
                        await streams.closeInput()
                        return true
                    }
                case .pipe:
                    group.addTask {
                        await streams.waitForInputToClose()
                        return true
                    }
                default: break
                }
                var all = true
                while let isWithin = await group.next() {
                    if !isWithin {
                        all = false
                        group.cancelAll()
                    }
                    // The outputs are at their ends: the input has nobody to read it.
                    if streams.output.isFinished, streams.error.isFinished { await streams.closeInput() }
                }
                return all
            }
            guard isWithinLimit else {
                askToEnd(tree, program, streams)
                throw CancellationError()  // ends the program
            }
        }
        return result.terminationStatus
    }
}

/// Writing to a program that no longer reads must be an error, not the end of the host: SIGPIPE is ignored from the first
/// program on, unless the host handles it. Programs are started with the default again.
private let ignoreBrokenPipes: Void = {
    var current = sigaction()
    guard sigaction(SIGPIPE, nil, &current) == 0, current.__sigaction_handler.sa_handler == nil else { return }
    signal(SIGPIPE, SIG_IGN)
}()

/// A flag that a timer sets and the one who waits reads.
private final class TimeOutFlag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
}
