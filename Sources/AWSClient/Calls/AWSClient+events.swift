import AWSModel
import Synchronization

extension AWSClient {
    /// Calls an operation that answers with a stream of events, and gives them as they come.
    ///
    /// ```swift
    /// for try await event in try await logs.events(startLiveTail, input) { … }
    /// ```
    /// The call is retried until the stream begins; what breaks it later is thrown where it is read. Cancelling the task
    /// that reads, or letting go of the stream, ends it.
    public func events(
        _ operation: Operation, _ input: AWSValue, options: CallOptions = CallOptions()
    ) async throws -> AWSEventStream {
        guard EventStreamDecoder(operation: operation, service: service) != nil else {
            throw failure(
                operation, .validation, "ParamValidation", "\(operation.name) does not answer with a stream of events")
        }
        if !options.inputIsChecked { try validate(operation, input) }
        let call = Call(
            service: service, operation: operation, input: customary(input, operation), options: options,
            region: region)
        let opened = Mutex<AWSEventStream?>(nil)
        _ = try await run(interceptors, call) { [self] call in
            try await performWithRetries(call) { context, call, plan in
                let stream = try await context.open(call, plan)
                opened.withLock { $0 = stream }
                return AWSResult(output: [:], metadata: stream.metadata)
            }
        }
        guard let stream = opened.withLock({ $0 }) else {
            throw failure(operation, .refused, "NotStarted", "the call was answered without being sent")
        }
        return stream
    }
}

/// Events of an operation's answer, each a structure with one member named after the event.
public final class AWSEventStream: AsyncSequence, Sendable {
    public typealias Element = AWSValue

    public let metadata: ResponseMetadata
    private let body: HTTPBody
    private let call: Call
    private let decoder: Mutex<EventStreamDecoder>

    init(metadata: ResponseMetadata, body: HTTPBody, call: Call, decoder: EventStreamDecoder) {
        self.metadata = metadata
        self.body = body
        self.call = call
        self.decoder = Mutex(decoder)
    }

    public func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

    public struct Iterator: AsyncIteratorProtocol {
        let stream: AWSEventStream
        public mutating func next() async throws -> AWSValue? { try await stream.next() }
    }

    /// The next event, nil at the end. Throws ``AWSError``.
    public func next() async throws -> AWSValue? {
        do {
            while true {
                if let event = try decoder.withLock({ try $0.next() }) { return event }
                guard let chunk = try await body.next() else {
                    if decoder.withLock({ $0.isAtBoundary }) { return nil }
                    throw TransportError(.truncated, "the stream ended inside an event")
                }
                decoder.withLock { $0.append(chunk) }
            }
        } catch let error as TransportError {
            throw AWSError(error, call: call)
        } catch {
            throw AWSError(before: error, service: call.service, operation: call.operation)
        }
    }
}

extension ClientContext {
    /// One attempt to open a stream of events; an answer that is an error is read in full and thrown.
    func open(_ call: Call, _ plan: CallPlan) async throws -> AWSEventStream {
        let request = try await ready(call, plan, isStream: true)
        do {
            let stream = try await session.transport.stream(request.http)
            let decoder = EventStreamDecoder(operation: call.operation, service: service)
            guard (200..<300).contains(stream.status), let decoder else {
                var bytes: [UInt8] = []
                while bytes.count < 1 << 20, let chunk = try await stream.body.next() { bytes += chunk }
                let response = HTTPResponse(status: stream.status, headers: stream.headers, body: .bytes(bytes))
                let result = try read(response, call.operation)
                throw AWSError(
                    .response, code: "InvalidResponse", message: "the service answered without a stream",
                    service: service.name, operation: call.operation.name, status: result.metadata.status)
            }
            let head = WireResponse(status: stream.status, headers: stream.headers)
            return AWSEventStream(
                metadata: ResponseMetadata(
                    requestID: ClientCodec.requestID(of: head, protocol: .json11), status: stream.status,
                    headers: stream.headers), body: stream.body, call: call, decoder: decoder)
        } catch let error as TransportError {
            throw AWSError(error, call: call)
        }
    }
}
