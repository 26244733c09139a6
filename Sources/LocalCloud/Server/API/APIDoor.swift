import AWSModel
import AWSSigning

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The way in for every AWS API: finds the service, checks the signature, decodes, calls, encodes.
///
/// Only the call itself runs on the cloud's actor.
struct APIDoor: Sendable {
    let cloud: Cloud
    let secrets: SecretBook
    let finder: ServiceFinder
    /// Operations that are built, by model.
    let built: [String: Set<String>]
    let spool: String
    let upstream: Upstream?
    let limits: CallLimits?

    func respond(_ request: ServerRequest) async -> ServerResponse {
        let wire = WireRequest(
            method: request.method, path: request.path, query: QueryString.split(request.query),
            headers: request.headers,
            body: request.body)
        let scope = ServiceFinder.scope(wire)
        let started = CloudClock.realNow
        guard let service = finder.find(wire, scope) else { return unknownService(request, scope) }
        var api = APIRequest(request, wire: wire, service: service, scope: scope)
        defer { for file in api.temporaryFiles { unlink(file) } }
        var routed: (Operation, WireProtocol)?
        var code: String?
        let response: WireResponse
        do {
            let signer = try api.verify(now: CloudClock.realNow, secretFor: secrets.secret)
            try api.normalize(signer, spool: spool)
            routed = ServerCodec.route(api.wire, service: service)
            if let upstream, routed.map({ built[service.name]?.contains($0.0.name) != true }) ?? true {
                return await upstream.forward(request)
            }
            response = try await answer(api, signer, routed)
        } catch {
            routed = routed ?? ServerCodec.route(api.wire, service: service)
            let error = refusal(error, api, routed)
            code = error.code
            response = failure(error, api, routed)
        }
        log(api, routed?.0.name ?? "?", response.status, code, started)
        return ServerResponse(status: response.status, headers: response.headers, body: .body(response.body))
    }

    private func answer(
        _ api: APIRequest, _ signer: Signer?, _ routed: (Operation, WireProtocol)?
    ) async throws -> WireResponse {
        guard let (operation, wireProtocol) = routed else { throw unknownOperation(api) }
        guard built[api.service.name]?.contains(operation.name) == true else {
            throw ServiceError.notImplemented(service: api.service.name, operation: operation.name)
        }
        let input: AWSValue
        do {
            input = try ServerCodec.decode(
                api.wire, operation: operation, service: api.service, protocol: wireProtocol)
        } catch {
            throw wireProtocol == .restXML
                ? .malformedXML : ServiceError("SerializationException", "\(error)", status: 400)
        }
        try InputCheck.check(input, operation, wireProtocol, service: api.service.name)
        let output = try await call(api, signer, operation, input)
        return try ServerCodec.encode(
            output, operation: operation, service: api.service, protocol: wireProtocol, requestID: api.requestID)
    }

    /// What the caller hears of an error: one of the cloud's own making is logged and told as AWS tells its own.
    private func refusal(_ error: any Error, _ api: APIRequest, _ routed: (Operation, WireProtocol)?) -> ServiceError {
        if let error = error as? ServiceError { return error }
        cloud.configuration.log?("\(api.service.name) \(routed?.0.name ?? "?"): \(error)")
        return ServiceError(
            api.service.name == "s3" ? "InternalError" : "InternalFailure",
            "The request processing has failed because of an unknown error: \(error)", status: 500)
    }

    @CloudActor
    private func call(
        _ api: APIRequest, _ signer: Signer?, _ operation: Operation, _ input: AWSValue
    ) async throws -> AWSValue {
        var principal = Principal.anonymous
        if let signer {
            do {
                principal = try cloud.iam.principal(
                    accessKeyID: signer.accessKeyID, sessionToken: signer.sessionToken)
            } catch {
                throw SignatureRefusal(api.service).error(error)
            }
        }
        if let limits {
            try limits.admit(
                operation, of: api.service, account: principal.account, region: signer?.region ?? "us-east-1",
                now: CloudClock.realNow)
        }
        let context = CallContext(
            cloud: cloud, account: principal.account, region: signer?.region ?? "us-east-1", requestID: api.requestID,
            principal: principal, sourceIP: api.sourceIP)
        let output: AWSValue
        do {
            output = try await cloud.perform(api.service.name, operation.name, input, context)
        } catch {
            try await cloud.store.committed()  // what it did change is acknowledged by the error too
            throw error
        }
        try await cloud.store.committed()
        return output
    }

    private func failure(
        _ error: ServiceError, _ api: APIRequest, _ routed: (Operation, WireProtocol)?
    ) -> WireResponse {
        var response = ServerCodec.encodeError(
            code: error.code, message: error.message, fields: error.fields, status: error.status, operation: routed?.0,
            service: api.service, protocol: routed?.1 ?? api.service.wireProtocol, requestID: api.requestID)
        if let status = error.explicitStatus { response.status = status }
        if let code = error.queryCode, api.service.isQueryCompatible {
            response.headers.removeAll { $0.name.lowercased() == "x-amzn-query-error" }
            response.headers.append(("x-amzn-query-error", "\(code);Sender"))
        }
        if response.status == 304 || api.wire.method == "HEAD" { response.body = .bytes([]) }
        return response
    }

    private func unknownOperation(_ api: APIRequest) -> ServiceError {
        switch api.service.wireProtocol {
        case .query, .ec2:
            return ServiceError(
                "InvalidAction", "Could not find the operation in version \(api.service.apiVersion).", status: 400)
        case .restXML:
            return ServiceError(
                "MethodNotAllowed", "The specified method is not allowed against this resource.", status: 405)
        default: return ServiceError("UnknownOperationException", "The service has no such operation.", status: 404)
        }
    }

    private func unknownService(_ request: ServerRequest, _ scope: ServiceFinder.Scope?) -> ServerResponse {
        let message =
            scope.map { "No service of AWS signs its requests for \"\($0.service)\"." }
            ?? "Missing Authentication Token"
        let body: AWSValue = ["__type": "MissingAuthenticationTokenException", "message": .string(message)]
        return ServerResponse(
            status: 403, headers: [("content-type", "application/x-amz-json-1.1")], bytes: JSON.write(body))
    }

    private func log(_ api: APIRequest, _ operation: String, _ status: Int, _ code: String?, _ started: Double) {
        guard let log = cloud.configuration.log else { return }
        let entry = CallLog(
            service: api.service.name, operation: operation, region: api.scope?.region, status: status, code: code,
            started: started)
        log(entry.line)
    }
}
