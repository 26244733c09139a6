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
        var startWaiter: CheckedContinuation<Void, Never>?
    }

    let output = ByteQueue()
    let error = ByteQueue()
    private let state = Mutex(State())
    private let inputClosed = AsyncStream.makeStream(of: Void.self)

    var pid: pid_t? { state.withLock { $0.pid } }
    var exceededLimit: Bool { state.withLock { $0.exceededLimit } }
    var isOver: Bool { state.withLock { $0.isOver } }

    func didStart(_ pid: pid_t, writer: StandardInputWriter?) {
        let waiter = state.withLock { state in
            state.pid = pid
            state.writer = writer
            defer { state.startWaiter = nil }
            return state.startWaiter
        }
        waiter?.resume()
    }

    /// The program has ended, or was never started.
    func didEnd() {
        let waiter = state.withLock { state in
            state.isOver = true
            state.writer = nil
            defer { state.startWaiter = nil }
            return state.startWaiter
        }
        output.finish()
        error.finish()
        inputClosed.continuation.finish()
        waiter?.resume()
    }

    func waitForStart() async {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                if state.pid != nil || state.isOver { return true }
                state.startWaiter = continuation
                return false
            }
            if goesOn { continuation.resume() }
        }
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
        inputClosed.continuation.finish()
    }

    func waitForInputToClose() async {
        for await _ in inputClosed.stream {}
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
