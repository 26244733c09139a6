import AWSModel
import AWSSigning

/// From a request to what is sent.
extension ClientContext {
    static let userAgent = "awscicd/1.0 (Swift)"

    /// Gives the request the headers, or for the oldest services the body, by which it is signed.
    ///
    /// - Parameter attempt: number and limit, for the headers by which AWS counts retries; nil to leave them out.
    func sign(_ request: BuiltRequest, attempt: (number: Int, plan: CallPlan)?) {
        var signing = SigningRequest(
            method: request.method, path: request.path.isEmpty ? "/" : request.path, query: request.query,
            headers: request.headers, payload: request.payload)
        // So that they are not copied: they have one owner.
        request.headers = []
        // One allocation for all of these and for those of the signature.
        signing.headers.reserveCapacity(signing.headers.count + 9)
        if !signing.headers.has("Host") { signing.headers.append(("Host", request.authority)) }
        if !signing.headers.has("User-Agent") { signing.headers.append(("User-Agent", Self.userAgent)) }
        if let attempt {
            signing.headers.append(("amz-sdk-invocation-id", attempt.plan.invocationID))
            signing.headers.append(
                ("amz-sdk-request", AttemptLabels.text(attempt.number, of: attempt.plan.maxAttempts)))
        }
        if let bearerToken = request.bearerToken { signing.headers.append(("Authorization", "Bearer \(bearerToken)")) }
        let time = signingTime
        if let credentials = request.credentials {
            switch request.scheme {
            case .none, .bearer: break
            case .sigV2:
                if case .bytes(let form) = request.body {
                    request.body = .bytes(
                        SigV2.sign(
                            form: form, host: request.authority, path: request.path, credentials: credentials, at: time)
                    )
                }
            case .sigV4(let name, let region, let doubleEncodes):
                let signer = SigV4(service: name, region: region, doubleEncodesPath: doubleEncodes)
                signer.apply(to: &signing, credentials: credentials, at: time)
                if request.chunks?.isSigned == true {
                    request.chunks?.signatures = signer.chunkSignatures(
                        after: signing.headers, credentials: credentials, at: time)
                }
            case .sigV4A(let name, let regions, let doubleEncodes):
                let added = SigV4A(service: name, regionSet: regions, doubleEncodesPath: doubleEncodes)
                    .sign(signing, credentials: credentials, at: time)
                signing.headers = signing.headers.replacing(with: added)
            case .s3Express(let region, _):
                SigV4(service: "s3express", region: region)
                    .apply(
                        to: &signing, credentials: credentials, at: time, sessionTokenHeader: "x-amz-s3session-token")
            }
        }
        request.headers = signing.headers
    }

    /// The request becomes one that its URL tells whole.
    func presign(_ request: BuiltRequest, credentials: Credentials, expires: Int) -> PreparedRequest {
        // Operations of the query protocol carry their input in the body; a URL has to carry it itself.
        if case .bytes(let bytes) = request.body, let query = formQuery(bytes) {
            request.method = "GET"
            request.query += query
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

extension ClientContext {
    /// A body as the query of a URL; nil for one that a URL cannot carry.
    private func formQuery(_ body: [UInt8]) -> [(name: String, value: String?)]? {
        switch service.wireProtocol {
        case .query, .ec2: return SigningRequest.splitQuery(String(decoding: body, as: UTF8.self))
        default: return customs?.presignedQuery(body)
        }
    }
}

/// The header by which AWS counts attempts. Nearly all calls have the same few texts, so they are written once.
private enum AttemptLabels {
    private static let count = 5
    private static let texts = (0..<count * count).map { make($0 / count, of: $0 % count) }

    static func text(_ number: Int, of limit: Int) -> String {
        (0..<count).contains(number) && (0..<count).contains(limit)
            ? texts[number * count + limit] : make(number, of: limit)
    }

    private static func make(_ number: Int, of limit: Int) -> String { "attempt=\(number); max=\(limit)" }
}
