import Synchronization

/// Bytes on their way from a program's output to a script: the program waits while the script has more than
/// `highWater` bytes to read, so that neither needs more memory than that.
final class ByteQueue: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var start = 0
        var isFinished = false
        var isUnbounded = false

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
    /// There is more to read, or there never will be.
    private let filled = Bell()
    /// There is room for more.
    private let drained = Bell()

    init(highWater: Int = 1 << 20) { self.highWater = highWater }

    /// Bytes that were not read yet.
    var count: Int { state.withLock { $0.count } }
    var isFinished: Bool { state.withLock { $0.isFinished } }

    /// Adds bytes, and waits while the reader is too far behind.
    func append(_ bytes: [UInt8]) async {
        state.withLock { $0.bytes.append(contentsOf: bytes) }
        filled.ring()
        await drained.wait { state.withLock { $0.count <= highWater || $0.isUnbounded } }
    }

    /// No more bytes will come.
    func finish() {
        state.withLock { $0.isFinished = true }
        filled.ring()
    }

    /// Lets the writer go on however much there is: what is read from now on is read as a whole.
    func unbound() {
        state.withLock { $0.isUnbounded = true }
        drained.ring()
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

    /// What is there and was not read.
    func takeAll() -> [UInt8] {
        defer { drained.ring() }
        return state.withLock { $0.take($0.count) }
    }

    /// Each of several readers gets what the others have left.
    private func next(_ take: (inout State) -> [UInt8]?) async throws -> [UInt8]? {
        while true {
            try Task.checkCancellation()
            let seen = filled.rings
            let (taken, atEnd) = state.withLock { state in
                let taken = state.count > 0 ? take(&state) : nil
                return (taken, taken == nil && state.isFinished)
            }
            if let taken {
                drained.ring()
                return taken
            }
            if atEnd { return nil }
            await filled.wait(after: seen)
        }
    }
}
