import AWSModel
import AWSSigning

/// From a request to what is sent.
extension ClientContext {
    static let userAgent = "awscicd/1.0 (Swift)"

    /// - Parameter attempt: number and limit, for the headers by which AWS counts retries; nil to leave them out.
    func sign(
        _ request: BuiltRequest, credentials: Credentials?, bearerToken: String? = nil,
        attempt: (number: Int, plan: CallPlan)?
    ) -> HTTPRequest {
        var headers = request.headers
        headers.append(("Host", request.authority))
        headers.append(("User-Agent", Self.userAgent))
        if let attempt {
            headers.append(("amz-sdk-invocation-id", attempt.plan.invocationID))
            headers.append(("amz-sdk-request", "attempt=\(attempt.number); max=\(attempt.plan.maxAttempts)"))
        }
        if let bearerToken { headers.append(("Authorization", "Bearer \(bearerToken)")) }
        var body = request.body
        var chunks = request.chunks
        let time = signingTime
        if let credentials {
            let signing = SigningRequest(
                method: request.method, path: request.path.isEmpty ? "/" : request.path, query: request.query,
                headers: headers, payload: request.payload)
            let added: [(name: String, value: String)] =
                switch request.scheme {
                case .none, .bearer, .sigV2: []
                case .sigV4(let name, let region, let doubleEncodes):
                    SigV4(service: name, region: region, doubleEncodesPath: doubleEncodes)
                        .sign(signing, credentials: credentials, at: time)
                case .sigV4A(let name, let regions, let doubleEncodes):
                    SigV4A(service: name, regionSet: regions, doubleEncodesPath: doubleEncodes)
                        .sign(signing, credentials: credentials, at: time)
                case .s3Express(let region, _):
                    SigV4(service: "s3express", region: region)
                        .sign(
                            signing, credentials: credentials, at: time,
                            sessionTokenHeader: "x-amz-s3session-token")
                }
            headers = headers.replacing(with: added)
            if case .sigV2 = request.scheme, case .bytes(let form) = body {
                body = .bytes(
                    SigV2.sign(
                        form: form, host: request.authority, path: request.path, credentials: credentials, at: time))
            }
            if case .sigV4(let name, let region, _) = request.scheme, chunks?.isSigned == true {
                chunks?.signatures = SigV4(service: name, region: region)
                    .chunkSignatures(after: added, credentials: credentials, at: time)
            }
        }
        var http = HTTPRequest(method: request.method, url: request.url, headers: headers, body: body)
        http.chunks = chunks
        return http
    }

    func presign(_ request: BuiltRequest, credentials: Credentials, expires: Int) -> PreparedRequest {
        var request = request
        request.headers.removeAll { $0.name.isSameHeader(as: "Content-Type") && request.body.count == 0 }
        // Operations of the query protocol carry their input in the body; a URL has to carry it itself.
        if case .bytes(let bytes) = request.body, service.wireProtocol == .query || service.wireProtocol == .ec2 {
            request.method = "GET"
            request.query += SigningRequest.splitQuery(String(decoding: bytes, as: UTF8.self))
            request.headers.removeAll { $0.name.isSameHeader(as: "Content-Type") }
            request.body = .bytes([])
            request.payload = .bytes([])
        }
        let signing = SigningRequest(
            method: request.method, path: request.path.isEmpty ? "/" : request.path, query: request.query,
            headers: request.headers + [("Host", request.authority)], payload: request.payload)
        let time = signingTime
        switch request.scheme {
        case .none, .bearer, .sigV2: break
        case .sigV4(let name, let region, let doubleEncodes):
            let signer = SigV4(service: name, region: region, doubleEncodesPath: doubleEncodes)
            request.query += signer.presign(signing, credentials: credentials, at: time, expires: expires)
                .map { ($0.name, $0.value) }
        case .sigV4A(let name, let regions, let doubleEncodes):
            let signer = SigV4A(service: name, regionSet: regions, doubleEncodesPath: doubleEncodes)
            request.query += signer.presign(signing, credentials: credentials, at: time, expires: expires)
                .map { ($0.name, $0.value) }
        case .s3Express(let region, _):
            let parameters = SigV4(service: "s3express", region: region).presign(
                signing, credentials: credentials, at: time, expires: expires,
                sessionTokenParameter: "X-Amz-S3session-Token")
            request.query += parameters.map { ($0.name, $0.value) }
        }
        return PreparedRequest(method: request.method, url: request.url, headers: request.headers, body: request.body)
    }
}
