import Synchronization

/// A body as it comes in: chunk by chunk, no faster than it is read.
///
/// ```swift
/// let response = try await HTTPTransport.shared.stream(HTTPRequest(url: url))
/// for try await chunk in response.body { … }
/// ```
/// Letting go of it, or cancelling the task that reads, ends the transfer. It can be read once.
public final class HTTPBody: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = TransportError

    private let buffer: BodyBuffer

    init(buffer: BodyBuffer) { self.buffer = buffer }

    deinit { buffer.abandon() }

    public func makeAsyncIterator() -> Iterator { Iterator(body: self) }

    /// The next bytes, nil at the end.
    public func next() async throws(TransportError) -> [UInt8]? { try await buffer.next() }

    public struct Iterator: AsyncIteratorProtocol {
        let body: HTTPBody

        public mutating func next() async throws(TransportError) -> [UInt8]? { try await body.next() }
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(TransportError) -> [UInt8]? {
            try await body.next()
        }
    }
}

/// The answer to a streamed request.
public struct HTTPStream: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: HTTPBody
}

/// What lies between the engine's thread and the reader of a stream.
final class BodyBuffer: Sendable {
    /// More than this waiting pauses the transfer, and with it the server.
    static let highWater = 256 << 10

    private struct State {
        var chunks: [[UInt8]] = []
        var size = 0
        var isPaused = false
        var end: Result<Void, TransportError>?
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    /// Set once, before the transfer starts.
    private let control = Mutex<(resume: @Sendable () -> Void, cancel: @Sendable () -> Void)?>(nil)

    func connect(resume: @escaping @Sendable () -> Void, cancel: @escaping @Sendable () -> Void) {
        control.withLock { $0 = (resume, cancel) }
    }

    /// From the engine: false when the reader is behind.
    func offer(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let (taken, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
            if state.size >= Self.highWater {
                state.isPaused = true
                return (false, nil)
            }
            state.chunks.append(Array(bytes))
            state.size += bytes.count
            defer { state.waiter = nil }
            return (true, state.waiter)
        }
        waiter?.resume()
        return taken
    }

    /// From the engine: no more will come.
    func end(_ error: TransportError?) {
        let waiter = state.withLock { state in
            if state.end == nil { state.end = error.map { .failure($0) } ?? .success(()) }
            defer { state.waiter = nil }
            return state.waiter
        }
        control.withLock { $0 = nil }  // it holds the transfer, which holds this
        waiter?.resume()
    }

    func abandon() {
        let isOver = state.withLock { $0.end != nil }
        if !isOver { control.withLock { $0 }?.cancel() }
    }

    func next() async throws(TransportError) -> [UInt8]? {
        while true {
            let (chunk, end, resumes) = state.withLock { state -> ([UInt8]?, Result<Void, TransportError>?, Bool) in
                guard !state.chunks.isEmpty else { return (nil, state.end, false) }
                let chunk = state.chunks.removeFirst()
                state.size -= chunk.count
                let resumes = state.isPaused && state.size < Self.highWater / 2
                if resumes { state.isPaused = false }
                return (chunk, nil, resumes)
            }
            if resumes { control.withLock { $0 }?.resume() }
            if let chunk { return chunk }
            switch end {
            case .success: return nil
            case .failure(let error): throw error
            case nil: await wait()
            }
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.chunks.isEmpty || state.end != nil { return true }
                    state.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            control.withLock { $0 }?.cancel()
        }
    }
}
