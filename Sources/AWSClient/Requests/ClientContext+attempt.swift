import AWSModel
import AWSSigning

/// One attempt: build, sign, send, read.
extension ClientContext {
    @inline(never)
    func attempt(_ call: Call, _ plan: CallPlan) async throws -> AWSResult {
        let request = try await ready(call, plan)
        return try answered(try await exchange(call, request), call, request)
    }

    @inline(never)
    private func answered(_ response: HTTPResponse, _ call: Call, _ request: OutgoingRequest) throws -> AWSResult {
        let problem =
            Checksums.mismatch(response, algorithms: request.http.responseAlgorithms)
            ?? Checksums.mismatch(response, of: service)
        if let problem {
            throw AWSError(
                .response, code: "ChecksumMismatch", message: problem, service: service.name,
                operation: call.operation.name, status: response.status, isRetryable: true)
        }
        return try read(response, call.operation, into: call.options.sink?())
    }

    /// A signed request with its attempt's limits.
    ///
    /// - Parameter isStream: whether the answer may be silent for as long as it likes.
    func ready(_ call: Call, _ plan: CallPlan, isStream: Bool = false) async throws -> OutgoingRequest {
        do {
            let request = try await build(call.operation, call.input, plan: plan, headers: call.options.headers)
            if !hasCredentials(request) { try await fetchCredentials(for: request, call, plan) }
            return try sealed(request, call, plan, isStream: isStream)
        } catch {
            throw failure(before: error, call)
        }
    }

    /// Whether nothing has to be waited for to sign the request.
    @inline(never)
    private func hasCredentials(_ request: BuiltRequest) -> Bool {
        switch request.scheme {
        case .none: return true
        case .bearer, .s3Express: return false
        case .sigV2, .sigV4, .sigV4A:
            request.credentials = credentials?.fresh
            return request.credentials != nil
        }
    }

    @inline(never)
    private func fetchCredentials(for request: BuiltRequest, _ call: Call, _ plan: CallPlan) async throws {
        if request.scheme == .bearer { request.bearerToken = try await session.bearerToken(self) }
        request.credentials = try await credentials(for: request, operation: call.operation, plan: plan)
        if case .s3Express(_, let bucket) = request.scheme, let credentials = request.credentials {
            request.credentials = try await expressCredentials(bucket: bucket, credentials: credentials, plan)
        }
    }

    @inline(never)
    private func failure(before error: any Error, _ call: Call) -> AWSError {
        AWSError(before: error, service: service, operation: call.operation)
    }

    @inline(never)
    private func sealed(
        _ request: BuiltRequest, _ call: Call, _ plan: CallPlan, isStream: Bool
    ) throws -> OutgoingRequest {
        sign(request, attempt: (call.attempt, plan))
        let options = call.options
        if options.saveTo != nil, !call.operation.hasStreamingOutput {
            throw EncodingFailure(
                "", "the answer of \(call.operation.name) is no stream that could be saved to a file")
        }
        return OutgoingRequest(
            HTTPRequest(
                request, timeouts: limits(plan, isStream: isStream),
                responseBody: options.saveTo.map { .file(path: $0) } ?? .memory(limit: options.memoryLimit),
                caBundle: settings.caBundle, usesFreshConnection: options.sendsOnce))
    }

    private func limits(_ plan: CallPlan, isStream: Bool) -> HTTPRequest.Timeouts {
        var timeouts = HTTPRequest.Timeouts(
            connect: configuration.connectTimeout, idle: isStream ? nil : configuration.readTimeout)
        if let left = timeLeft(plan) { timeouts.total = max(0.001, left) }
        return timeouts
    }

    private func exchange(_ call: Call, _ request: OutgoingRequest) async throws -> HTTPResponse {
        do {
            return try await session.transport.perform(request)
        } catch {
            throw failure(error, call)
        }
    }

    @inline(never)
    private func failure(_ error: TransportError, _ call: Call) -> AWSError { AWSError(error, call: call) }

    private func metadata(_ response: borrowing WireResponse) -> ResponseMetadata {
        ResponseMetadata(
            requestID: ClientCodec.requestID(of: response, protocol: service.wireProtocol), status: response.status,
            headers: response.headers)
    }

    /// - Parameter sink: takes in the output, instead of a tree.
    func read(
        _ response: HTTPResponse, _ operation: Operation, into sink: consuming (any ValueSink & Sendable)? = nil
    ) throws -> AWSResult {
        let wire = WireResponse(status: response.status, headers: response.headers, body: response.body)
        do {
            if var sink = consume sink {
                try ClientCodec.decode(wire, operation: operation, service: service, into: &sink)
                let metadata = metadata(wire)
                return AWSResult(.init(wire, operation, in: sink), metadata: metadata)
            }
            let output = try ClientCodec.decode(wire, operation: operation, service: service)
            return AWSResult(output: output, metadata: metadata(wire))
        } catch let error as WireError {
            var failure = AWSError(error, service: service, operation: operation)
            failure.headers = response.headers
            failure.isRetryable = RetryRules.classify(failure, operation: operation, service: service) != nil
            throw failure
        } catch {
            throw AWSError(
                .response, code: "InvalidResponse", message: "the answer cannot be read: \(error)",
                service: service.name,
                operation: operation.name, status: response.status,
                requestID: ClientCodec.requestID(
                    of: WireResponse(status: response.status, headers: response.headers), protocol: .json11),
                headers: response.headers)
        }
    }
}

extension AWSError {
    init(_ error: TransportError, call: Call) {
        let (kind, code): (Kind, String) =
            switch error.kind {
            case .cancelled: (.cancelled, "Cancelled")
            case .connectTimeout: (.timeout, "ConnectTimeout")
            case .idleTimeout: (.timeout, "ReadTimeout")
            case .totalTimeout: (.timeout, "Timeout")
            case .tls: (.network, "SSLError")
            case .proxy: (.network, "ProxyConnectionError")
            case .connectionLost: (.network, "ConnectionClosed")
            case .nameResolution, .connect: (.network, "EndpointConnectionError")
            case .truncated: (.response, "IncompleteRead")
            case .badResponse, .redirectRefused: (.response, "InvalidResponse")
            case .bodyTooLarge: (.response, "ResponseTooLarge")
            case .checksumMismatch: (.response, "ChecksumMismatch")
            case .fileWrite: (.configuration, "FileWrite")
            case .invalidRequest: (.validation, "InvalidRequest")
            }
        self.init(
            kind, code: code, message: error.message, service: call.service.name, operation: call.operation.name,
            isRetryable: error.isTransient)
    }
}
