import AWSModel
import AWSSigning

/// Requests without a network: built here and sent by someone else, or answered from a file.
extension AWSClient {
    /// The request that ``call(_:_:options:)`` would send, signed. Credentials are fetched for it if need be.
    public func prepare(_ operation: Operation, _ input: AWSValue) async throws -> PreparedRequest {
        let (context, request) = try await built(operation, input)
        if request.scheme == .bearer { request.bearerToken = try await bearerToken(context, operation) }
        request.credentials = try await context.credentials(for: request, operation: operation)
        context.sign(request, attempt: nil)
        return PreparedRequest(method: request.method, url: request.url, headers: request.headers, body: request.body)
    }

    private func bearerToken(_ context: ClientContext, _ operation: Operation) async throws -> String {
        do {
            return try await context.session.bearerToken(context)
        } catch {
            throw AWSError(before: error, service: service, operation: operation)
        }
    }

    /// A URL that does what the operation does for whoever has it, for `expires` seconds (up to seven days, and not
    /// longer than the credentials last).
    public func presign(_ operation: Operation, _ input: AWSValue, expires: Int = 3600) async throws -> PreparedRequest
    {
        guard (1...604_800).contains(expires) else {
            throw failure(operation, .validation, "ParamValidation", "expires must be from 1 to 604800 seconds")
        }
        let (context, request) = try await built(operation, input, isPresigned: true)
        guard let credentials = try await context.credentials(for: request, operation: operation) else {
            throw failure(operation, .credentials, "NoCredentials", "a presigned URL needs credentials to sign with")
        }
        if request.scheme == .sigV2 {
            throw failure(
                operation, .validation, "ParamValidation", "\(service.name) takes no presigned URLs of this kind")
        }
        return context.presign(request, credentials: credentials, expires: expires)
    }

    /// Reads an answer, as ``call(_:_:options:)`` would. Throws ``AWSError`` for one that is an error.
    public func parse(
        _ operation: Operation, status: Int, headers: [(name: String, value: String)], body: [UInt8]
    ) throws -> AWSValue {
        let response = WireResponse(status: status, headers: headers, body: .bytes(body))
        do {
            let output = try ClientCodec.decode(response, operation: operation, service: service)
            return customs?.outputChange(operation, given: [:])?(output) ?? output
        } catch let error as WireError {
            throw AWSError(error, service: service, operation: operation)
        } catch {
            throw failure(operation, .response, "InvalidResponse", "\(error)")
        }
    }

    private func built(
        _ operation: Operation, _ input: AWSValue, isPresigned: Bool = false
    ) async throws -> (ClientContext, BuiltRequest) {
        do {
            let context = try settled()
            let plan = CallPlan(isPresigned: isPresigned, isSent: false)
            var input = customary(input, operation)
            Idempotency.fill(&input, of: operation)
            return (context, try await context.build(operation, input, plan: plan, headers: []))
        } catch {
            throw AWSError(before: error, service: service, operation: operation)
        }
    }
}

extension AWSError {
    init(_ error: WireError, service: ServiceModel, operation: Operation) {
        self.init(
            .service, code: error.code, message: error.message, service: service.name, operation: operation.name,
            status: error.status, requestID: error.requestID, fields: error.fields)
        modelledCode = error.modelledCode
    }

    /// What goes wrong before a request is sent.
    init(before error: any Error, service: ServiceModel, operation: Operation) {
        func make(_ kind: Kind, _ code: String, _ message: String) -> AWSError {
            AWSError(kind, code: code, message: message, service: service.name, operation: operation.name)
        }
        self =
            switch error {
            case let error as AWSError: error
            case let error as SettingsFailure: make(.configuration, "Configuration", error.message)
            case let error as EndpointFailure: make(.configuration, "Endpoint", error.message)
            case let error as EncodingFailure: make(.validation, "ParamValidation", "\(error)")
            case let error as CredentialsFailure: make(.credentials, "NoCredentials", "\(error)")
            case let error as CredentialsTimeout:
                make(.timeout, "Timeout", "the call's time was over before there were \(error.source)")
            case let error as WireError: AWSError(error, service: service, operation: operation)
            case let error as DecodingFailure: make(.response, "InvalidResponse", "\(error)")
            case let error as TransportError: make(.network, "EndpointConnectionError", error.message)
            case is CancellationError: make(.cancelled, "Cancelled", "the call was cancelled")
            default: make(.configuration, "Failure", "\(error)")
            }
    }
}
