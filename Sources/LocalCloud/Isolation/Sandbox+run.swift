import FoundationEssentials
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension Sandbox {
    /// What a command reads from its standard input.
    public enum Input: Sendable {
        case none
        case bytes([UInt8])
        /// A file of the host, opened here and passed in: the command sees its content, not its path.
        case file(String)
    }

    /// Runs a command and returns when it has ended. What it left running in the background goes on, as on a machine.
    ///
    /// Cancelling the task, like the time-out, ends the command's whole process tree, background processes included.
    ///
    /// - Parameters:
    ///   - command: The program, found in the environment's PATH inside, and its arguments.
    ///   - environment: The whole environment; PATH, HOME, USER and LOGNAME are set where it has none.
    ///   - directory: Where it starts; `/` by default.
    ///   - user: As whom it runs: HOME and USER are that user's. Inside, all users are one.
    ///   - timeout: Seconds of real time in which the machine did not stand still.
    ///   - onOutput: Called with what it writes, as it comes, one call after the other for each stream. Without it the
    ///     output is collected in the result.
    /// - Returns: Exit code 125 when the command could not be started, 126 when its file is not runnable, 127 when it was not
    ///   found; the output says why.
    public func run(
        _ command: [String], environment: [String: String] = [:], directory: String? = nil, user: String? = nil,
        timeout: Double? = nil, input: Input = .none,
        onOutput: (@Sendable (OutputStream, [UInt8]) -> Void)? = nil
    ) async -> ProcessResult {
        let collected = Mutex<[UInt8]>([])
        let deliver: @Sendable (OutputStream, [UInt8]) -> Void =
            onOutput ?? { _, bytes in
                collected.withLock { output in
                    output += bytes
                    if output.count > 1 << 20 { output.removeFirst(output.count - (1 << 20)) }
                }
            }
        func refused(_ reason: String) -> ProcessResult {
            deliver(.standardError, Array((reason + "\n").utf8))
            return ProcessResult(exitCode: 125, signal: nil, timedOut: false, output: collected.withLock { $0 })
        }
        let payload = Self.payload(command, environment, directory, user)
        guard !command.isEmpty, payload.count < ControlChannel.largestMessage - 8 else {
            return refused("the command and its environment are too long: \(payload.count) bytes")
        }
        let descriptors: [Descriptor]
        let readers: [PipeReader]
        do {
            let (output, outputEnd) = try Descriptor.pipe()
            let (errors, errorsEnd) = try Descriptor.pipe()
            descriptors = [try open(input), outputEnd, errorsEnd]
            readers = [
                PipeReader(output) { deliver(.standardOutput, $0) }, PipeReader(errors) { deliver(.standardError, $0) },
            ]
        } catch {
            return refused(error.reason)
        }
        let id = nextID()
        let watchdog = timeout.map { seconds in
            Task {
                try await RunningTime.pass(seconds)
                return self.send("K", id: id)
            }
        }
        let status = await withTaskCancellationHandler {
            await self.status(of: id, payload, descriptors: descriptors.map(\.number))
        } onCancel: {
            _ = self.send("K", id: id)
        }
        watchdog?.cancel()
        let wasEnded = await (try? watchdog?.value) ?? false
        for descriptor in descriptors { descriptor.close() }
        for reader in readers { await reader.drain() }
        let signal = status & 0x7f
        return ProcessResult(
            exitCode: signal == 0 ? (status >> 8) & 0xff : 128 + signal, signal: signal == 0 ? nil : signal,
            // One that had come to its own end just before was not in time's way.
            timedOut: wasEnded && signal == SIGKILL, output: collected.withLock { $0 })
    }

    /// Writes a file inside, as a program inside would: links are followed inside, never outside.
    ///
    /// - Returns: The reason when it could not be written.
    public func write(_ bytes: [UInt8], to path: String, mode: Int = 0o644) async -> String? {
        let result = await run(
            [
                "/bin/sh", "-c", #"mkdir -p "$(dirname "$1")" && cat > "$1" && chmod "$2" "$1""#, "sh", path,
                String(mode, radix: 8),
            ], input: .bytes(bytes))
        return result.isSuccess ? nil : result.text
    }

    private func open(_ input: Input) throws(SandboxError) -> Descriptor {
        switch input {
        case .none: return try Descriptor.open("/dev/null", O_RDONLY)
        case .file(let path): return try Descriptor.open(path, O_RDONLY)
        case .bytes(let bytes):
            // A file without a name: a pipe would need somebody who writes while the command reads.
            let path = "\(configuration.folder)/input-\(Identifier.hex(8))"
            let file = try Descriptor.open(path, O_RDWR | O_CREAT | O_EXCL)
            unlink(path)
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes { systemWrite(file.number, $0.baseAddress, $0.count) }
                guard count > 0 else { throw SandboxError(reason: "\(path): \(errorText())") }
                sent += count
            }
            lseek(file.number, 0, SEEK_SET)
            return file
        }
    }

    private static func payload(
        _ command: [String], _ environment: [String: String], _ directory: String?, _ user: String?
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        func add(_ text: String) {
            bytes.append(contentsOf: text.utf8.lazy.filter { $0 != 0 })
            bytes.append(0)
        }
        add(directory ?? "/")
        add(user ?? "root")
        add(String(command.count))
        for argument in command { add(argument) }
        add(String(environment.count))
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) { add("\(name)=\(value)") }
        return bytes
    }
}

private func systemWrite(_ number: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(number, bytes, count)
}
