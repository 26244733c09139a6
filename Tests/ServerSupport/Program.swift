import Foundation
import Synchronization

/// A program that a test starts, with nothing of the test's own but the streams that it is given.
///
/// Not Foundation's `Process`: that keeps one table of all its children, in which many programs started at the same time
/// by tests that run in parallel crash once in a while, and what it starts inherits the streams of its siblings.
public final class Program: Sendable {
    /// Where a stream of the program goes.
    public enum Stream: Sendable {
        case null, inherited
        /// To be read here: ``output`` or ``error``.
        case pipe
        /// Standard error: where standard output goes.
        case output
        /// A file that is made.
        case file(String)
    }

    public struct NotStarted: Error, CustomStringConvertible {
        public let description: String
    }

    /// What has ended, and who waits for that.
    private struct State {
        var status: Int32?
        var waiting: [CheckedContinuation<Int32, Never>] = []
    }

    public let id: pid_t
    /// The reading ends of the streams that are pipes.
    public let output, error: ReadingEnd?
    private let state = Mutex(State())
    private let hasEnded = DispatchGroup()
    private static let starting = NSLock()

    /// Starts a program in a process group of its own.
    ///
    /// - Parameters:
    ///   - command: A path and its arguments; a name without a slash is looked for in the PATH of `environment`.
    ///   - environment: All of it; that of the tests when nil.
    ///   - input: The file that is its standard input.
    public init(
        _ command: [String], environment: [String: String]? = nil, directory: String? = nil,
        input: String = "/dev/null", output: Stream = .null, error: Stream = .null
    ) throws {
        let isPath = command.first?.contains("/") == true && directory == nil
        let line = isPath ? command : ["/usr/bin/env"] + (directory.map { ["-C", $0] } ?? []) + command
        // Between the making of a pipe and its mark to be closed no other program may start: it would hold the pipe open.
        Self.starting.lock()
        defer { Self.starting.unlock() }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        var written: [Int32] = []
        defer { for descriptor in written { close(descriptor) } }
        var read: [Int32: ReadingEnd] = [:]
        for (number, stream) in [(1, output), (2, error)] as [(Int32, Stream)] {
            switch stream {
            case .inherited: break
            case .null: posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_WRONLY, 0)
            case .output: posix_spawn_file_actions_adddup2(&actions, 1, number)
            case .file(let path):
                posix_spawn_file_actions_addopen(&actions, number, path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            case .pipe:
                let (reading, writing) = try Self.makePipe()
                read[number] = ReadingEnd(reading)
                written.append(writing)
                posix_spawn_file_actions_adddup2(&actions, writing, number)
            }
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The threads of the tests' pools have signals blocked, and a child would begin so.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        let variables = (environment ?? ProcessInfo.processInfo.environment).map { "\($0)=\($1)" }
        var child: pid_t = 0
        let problem = Self.withCStrings(line) { arguments in
            Self.withCStrings(variables) { posix_spawn(&child, line[0], &actions, &attributes, arguments, $0) }
        }
        guard problem == 0 else {
            throw NotStarted(description: "\(line.joined(separator: " ")): \(String(cString: strerror(problem)))")
        }
        id = child
        self.output = read[1]
        self.error = read[2]
        hasEnded.enter()
        reap()
    }

    /// Waits for its end on a thread, so that it never stays as a zombie and its id is not signalled once it is another's.
    private func reap() {
        Thread.detachNewThread { [self] in
            // Looks first and takes it under the lock: `send` must not meet an id that is free again.
            var information = siginfo_t()
            while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
            let (status, waiting) = state.withLock { state in
                var raw: Int32 = 0
                while waitpid(id, &raw, 0) < 0, errno == EINTR {}
                let signal = raw & 0x7F
                let status = signal == 0 ? (raw >> 8) & 0xFF : -signal
                state.status = status
                defer { state.waiting = [] }
                return (status, state.waiting)
            }
            hasEnded.leave()
            for continuation in waiting { continuation.resume(returning: status) }
        }
    }

    public var isRunning: Bool { state.withLock { $0.status == nil } }

    /// Sends a signal, to its whole group when asked; nothing once it has ended.
    public func send(_ signal: Int32, toGroup: Bool = false) {
        state.withLock { if $0.status == nil { kill(toGroup ? -id : id, signal) } }
    }

    /// Its exit status; the negative number of the signal that ended it. Blocks the thread.
    public func wait() -> Int32 {
        hasEnded.wait()
        return state.withLock { $0.status ?? -1 }
    }

    /// The same, without blocking a thread.
    public func end() async -> Int32 {
        await withCheckedContinuation { continuation in
            let status = state.withLock { state in
                if state.status == nil { state.waiting.append(continuation) }
                return state.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    private static func makePipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw NotStarted(description: "pipe: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func withCStrings<Result>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
