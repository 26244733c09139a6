import AWSModel
import AWSSigning

/// HTTP on libcurl: one thread at a time for all transfers, connections kept open, TLS verified.
///
/// Cancelling the task that waits ends the transfer at once, wherever it is.
public final class HTTPTransport: Sendable {
    /// The process's own; connections are shared by all who use it.
    public static let shared = HTTPTransport()

    let engine = TransferEngine()

    public init() {}

    deinit { engine.stop() }

    /// Loads libcurl on a thread of its own, while the caller does something else. For a process that has just begun and will
    /// send a request: the library and the thirty below it take as long as all else until the first answer.
    public static func load() {
        loads.withLock { $0 += 1 }
        BlockingThread.start {
            // What signing needs of libcrypto, which is set up with the loader's lock: later would be behind libcurl.
            _ = Digest(.sha256)
            TransferEngine.load()
            loads.withLock { count in
                count -= 1
                loads.signal()
            }
        }
    }

    /// Waits for what ``load()`` began. A process must do so before it ends: its end takes libcrypto down, under whoever is
    /// setting it up.
    public static func waitUntilLoaded() {
        loads.wait { count, _ in count > 0 ? .wait(milliseconds: 10) : .done(()) }
    }

    /// How many loads are under way.
    private static let loads = Monitor(0)

    /// Runs tasks where their answers arrive: see ``TransportExecutor``.
    public var executor: TransportExecutor { TransportExecutor(self) }

    /// Sends a request and waits for the whole answer, of whatever status.
    public func perform(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        try await perform(OutgoingRequest(request))
    }

    /// The same with an absolute limit: the moment, on ``ContinuousClock``, at which the caller gives up.
    public func perform(
        _ request: HTTPRequest, deadline: ContinuousClock.Instant?
    ) async throws(TransportError) -> HTTPResponse {
        guard let deadline else { return try await perform(request) }
        var limited = request
        let left = ContinuousClock.now.duration(to: deadline).inSeconds
        guard left > 0 else { throw TransportError(.totalTimeout, "the deadline was over before the request was sent") }
        limited.timeouts.total = min(request.timeouts.total ?? left, left)
        return try await perform(limited)
    }

    /// Sends a request and hands each piece of a successful answer's body to `onBody`, no faster than it returns.
    ///
    /// Other answers' bodies (status outside 200–299) are in the response, as from ``perform(_:)``.
    public func perform(
        _ request: HTTPRequest, onBody: @Sendable ([UInt8]) async throws -> Void
    ) async throws -> HTTPResponse {
        let stream = try await stream(request)
        var response = HTTPResponse(status: stream.status, headers: stream.headers, body: .bytes([]), url: request.url)
        var bytes: [UInt8] = []
        while let chunk = try await stream.body.next() {
            if (200..<300).contains(stream.status) { try await onBody(chunk) } else { bytes += chunk }
        }
        response.body = .bytes(bytes)
        return response
    }

    /// Sends a request and returns when the headers are there; the body follows as it is read.
    public func stream(_ request: HTTPRequest) async throws(TransportError) -> HTTPStream {
        let buffer = BodyBuffer()
        let transfers = TransferBox()
        let engine = engine
        buffer.connect(
            resume: { transfers.with { engine.unpause($0) } },
            cancel: {
                transfers.with {
                    $0.isCancelled.store(true, ordering: .relaxed)
                    engine.cancel($0)
                }
            })
        let result: Result<HTTPResponse, TransportError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let head = OneShot(continuation)
                let transfer = Transfer(
                    OutgoingRequest(request), sink: .stream(buffer, isOpen: false),
                    onHead: { head.resume(.success($0)) },
                    completion: { head.resume($0) })
                transfers.set(transfer)
                engine.start(transfer)
            }
        } onCancel: {
            transfers.cancel { engine.cancel($0) }
        }
        let response = try result.get()
        return HTTPStream(status: response.status, headers: response.headers, body: HTTPBody(buffer: buffer))
    }

    func perform(_ request: OutgoingRequest) async throws(TransportError) -> HTTPResponse {
        try await run(request).get()
    }

    @inline(never)
    private func run(_ request: OutgoingRequest) async -> Result<HTTPResponse, TransportError> {
        let transfers = TransferBox()
        return await withTaskCancellationHandler {
            // Unchecked: a transfer completes once, and the check costs more than the rest of this function.
            await withUnsafeContinuation { start(request, transfers, $0) }
        } onCancel: {
            transfers.cancel { engine.cancel($0) }
        }
    }

    @inline(never)
    private func start(
        _ request: OutgoingRequest, _ transfers: TransferBox,
        _ continuation: UnsafeContinuation<Result<HTTPResponse, TransportError>, Never>
    ) {
        let transfer = Transfer(request) { continuation.resume(returning: $0) }
        transfers.set(transfer)
        engine.start(transfer)
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
