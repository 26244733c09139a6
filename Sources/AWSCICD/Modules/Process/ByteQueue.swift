import Synchronization

/// Bytes on their way from a program's output to a script: the program waits while the script has more than
/// `highWater` bytes to read, so that neither needs more memory than that.
final class ByteQueue: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var start = 0
        /// Bytes that were ever appended: tells a reader whether something came since it looked.
        var appended = 0
        var isFinished = false
        var isUnbounded = false
        var reader: CheckedContinuation<Void, Never>?
        var writer: CheckedContinuation<Void, Never>?

        var count: Int { bytes.count - start }

        mutating func take(_ length: Int) -> [UInt8] {
            let slice = Array(bytes[start..<(start + length)])
            start += length
            if start == bytes.count {
                bytes.removeAll(keepingCapacity: true)
                start = 0
            } else if start > 65536, start > bytes.count / 2 {
                bytes.removeSubrange(..<start)
                start = 0
            }
            return slice
        }
    }

    private let highWater: Int
    private let state = Mutex(State())

    init(highWater: Int = 1 << 20) { self.highWater = highWater }

    /// Bytes that were not read yet.
    var count: Int { state.withLock { $0.count } }
    var isFinished: Bool { state.withLock { $0.isFinished } }

    /// Adds bytes, and waits while the reader is too far behind.
    func append(_ bytes: [UInt8]) async {
        let (reader, isFull) = state.withLock { state in
            state.bytes.append(contentsOf: bytes)
            state.appended += bytes.count
            defer { state.reader = nil }
            return (state.reader, state.count > highWater && !state.isUnbounded)
        }
        reader?.resume()
        guard isFull else { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    if state.count <= highWater || state.isUnbounded || Task.isCancelled { return true }
                    state.writer = continuation
                    return false
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            wake(\.writer)
        }
    }

    /// No more bytes will come.
    func finish() {
        state.withLock { $0.isFinished = true }
        wake(\.reader)
    }

    /// Lets the writer go on however much there is: what is read from now on is read as a whole.
    func unbound() {
        state.withLock { $0.isUnbounded = true }
        wake(\.writer)
    }

    /// The next line without its end ("\n" or "\r\n"), or nil at the end; the last one needs no line end.
    func nextLine() async throws -> [UInt8]? {
        try await next { state in
            let unread = state.bytes[state.start...]
            if let newline = unread.firstIndex(of: 0x0A) {
                var line = state.take(newline + 1 - state.start)
                line.removeLast()
                if line.last == 0x0D { line.removeLast() }
                return line
            }
            // A line longer than the mark would stop the program for ever: it is handed on in pieces.
            return state.isFinished || state.count > self.highWater ? state.take(state.count) : nil
        }
    }

    /// The bytes that are there, at least one; nil at the end.
    func nextChunk() async throws -> [UInt8]? {
        try await next { $0.take($0.count) }
    }

    /// All bytes up to the end.
    func rest() async throws -> [UInt8] {
        unbound()
        var all: [UInt8] = []
        while let chunk = try await nextChunk() { all.append(contentsOf: chunk) }
        return all
    }

    private func next(_ take: (inout State) -> [UInt8]?) async throws -> [UInt8]? {
        while true {
            try Task.checkCancellation()
            let (taken, atEnd, seen) = state.withLock { state in
                let taken = state.count > 0 ? take(&state) : nil
                return (taken, taken == nil && state.isFinished, state.appended)
            }
            if let taken {
                wake(\.writer)
                return taken
            }
            if atEnd { return nil }
            await waitForBytes(after: seen)
        }
    }

    private func waitForBytes(after seen: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    if state.appended != seen || state.isFinished || Task.isCancelled { return true }
                    state.reader?.resume()  // two readers of one stream: both look again
                    state.reader = continuation
                    return false
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            wake(\.reader)
        }
    }

    private func wake(_ waiter: WritableKeyPath<State, CheckedContinuation<Void, Never>?> & Sendable) {
        let continuation = state.withLock { state in
            defer { state[keyPath: waiter] = nil }
            return state[keyPath: waiter]
        }
        continuation?.resume()
    }
}
