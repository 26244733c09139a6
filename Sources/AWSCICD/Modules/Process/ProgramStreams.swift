import Subprocess
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What a running program and the one who started it share: its streams, its process id, and why it was ended.
final class ProgramStreams: Sendable {
    private struct State {
        var pid: pid_t?
        var writer: StandardInputWriter?
        var isInputClosed = false
        var exceededLimit = false
        var isOver = false
    }

    let output = ByteQueue()
    let error = ByteQueue()
    private let state = Mutex(State())
    /// The program runs, its input is closed, or it has ended.
    private let changed = Bell()

    var pid: pid_t? { state.withLock { $0.pid } }
    var exceededLimit: Bool { state.withLock { $0.exceededLimit } }
    var isOver: Bool { state.withLock { $0.isOver } }

    func didStart(_ pid: pid_t, writer: StandardInputWriter?) {
        state.withLock { state in
            state.pid = pid
            state.writer = writer
        }
        changed.ring()
    }

    /// The program has ended, or was never started.
    func didEnd() {
        state.withLock { state in
            state.isOver = true
            state.writer = nil
        }
        output.finish()
        error.finish()
        changed.ring()
    }

    /// Waits until the program runs or could not be started; a moment, which no cancellation shortens: nobody could end a
    /// program whose number is not known yet.
    func waitForStart() async {
        await Task { await changed.wait { state.withLock { $0.pid != nil || $0.isOver } } }.value
    }

    /// Waits until the program has ended and its streams with it.
    /// - Throws: `CancellationError`; the program goes on then.
    func waitForEnd() async throws {
        await changed.wait { isOver }
        if !isOver { throw CancellationError() }
    }

    /// Sends bytes to the program; false when it no longer reads.
    func write(_ bytes: [UInt8]) async -> Bool {
        guard let writer = state.withLock({ $0.isInputClosed ? nil : $0.writer }) else { return false }
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let count = try? await writer.write(Array(rest)), count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    func closeInput() async {
        let writer = state.withLock { state in
            state.isInputClosed = true
            return state.writer
        }
        try? await writer?.finish()
        changed.ring()
    }

    func waitForInputToClose() async {
        await changed.wait { state.withLock { $0.isInputClosed || $0.isOver } }
    }

    /// Lets the program write all that it has: its output is wanted as a whole.
    func unbound() {
        output.unbound()
        error.unbound()
    }

    /// Moves a stream into a queue up to its end; false when the script left more than `limit` bytes unread.
    func pump(_ sequence: SubprocessOutputSequence, into queue: ByteQueue, limit: Int) async -> Bool {
        defer { queue.finish() }
        do {
            for try await buffer in sequence {
                await queue.append(buffer.withUnsafeBytes { Array($0) })
                if queue.count > limit {
                    state.withLock { $0.exceededLimit = true }
                    return false
                }
            }
        } catch {
            // The program was ended while it wrote: what came before is kept.
        }
        return true
    }
}
