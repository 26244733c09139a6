import AWSModel
import AWSSigning

/// From an operation's input to a request.
extension ClientContext {
    func build(
        _ operation: Operation, _ input: AWSValue, plan: CallPlan, headers: [(name: String, value: String)]
    ) async throws -> BuiltRequest {
        var input = Idempotency.filled(input, shape: operation.input)
        let responseAlgorithms = plan.isPresigned ? [] : Checksums.askForValidation(operation, &input, settings)
        let map = input.map ?? [:]
        let bucketRegion = regionOfBucket(map, plan: plan)
        var endpoint = try endpoints.resolve(
            operation, input: map, region: bucketRegion, accountID: try await accountID(plan))
        if plan.isSent { endpoint = try await discovered(operation, instead: endpoint) }
        var wire = try ClientCodec.encode(input, operation: operation, service: service)
        var path = endpoint.path + wire.path
        if operation.requestURI.hasPrefix("/{Bucket}"), service.name == "s3" {
            Self.dropBucket(&wire.path)
            path = wire.path == "/" && !endpoint.path.isEmpty ? endpoint.path : endpoint.path + wire.path
        }

        var request = BuiltRequest(
            method: wire.method, endpoint: endpoint, authority: authority(endpoint, prefix: wire.hostPrefix),
            path: path, query: wire.query, headers: wire.headers, body: wire.body,
            scheme: try SigningScheme.choose(
                operation, endpoint: endpoint, context: self, region: bucketRegion, input: map),
            payload: .unsigned, responseAlgorithms: responseAlgorithms)
        for (name, value) in ServiceCustoms.headers(operation) { request.headers.replace(name, with: value) }
        for (name, value) in endpoint.headers { request.headers.replace(name, with: value) }
        for (name, value) in headers { request.headers.replace(name, with: value) }
        if !plan.isPresigned {
            try Compression.apply(operation, settings, &request)
            if plan.isSent { request.chunks = chunkedBody(operation, request) }
            try await Checksums.apply(operation, map, settings, &request)
            // A large upload waits for S3's consent, so that a redirect or refusal costs nothing.
            if service.name == "s3", request.method == "PUT", request.body.count > 1 << 20 {
                request.headers.append(("Expect", "100-continue"))
            }
        }
        if let chunks = request.chunks {
            if chunks.isSigned || chunks.algorithm != nil {
                request.payload = chunks.payload
                chunks.describe(in: &request.headers, contentLength: Int64(request.body.count))
                return request
            }
            request.chunks = nil
        }
        request.payload = try await payload(operation, request)
        return request
    }

    /// S3's rules put the bucket into the host or the endpoint's path; the model has it in the request's path, too.
    private static func dropBucket(_ path: inout String) {
        let rest = path.dropFirst().drop { $0 != "/" }
        path = rest.isEmpty ? "/" : String(rest)
    }

    private func regionOfBucket(_ input: AWSMap, plan: CallPlan) -> String? {
        if let region = plan.region { return region }
        guard service.name == "s3", let bucket = input["Bucket"]?.string else { return nil }
        return bucketRegions.withLock { $0[bucket] }
    }

    /// The account of the credentials, where the endpoint rules ask for it.
    private func accountID(_ plan: CallPlan) async throws -> String? {
        guard settings.accountIDEndpointMode != "disabled", settings.endpoint == nil, let credentials,
            service.endpointRules?.parameters.contains(where: { $0.builtIn == "AWS::Auth::AccountId" }) == true
        else { return nil }
        return try await credentials.credentials(within: timeLeft(plan)).accountID
    }

    /// An address has no names below it, and a local server answers under one name only.
    private func authority(_ endpoint: Endpoint, prefix: String?) -> String {
        guard let prefix, !settings.disablesHostPrefix else { return endpoint.authority }
        let host = HostName(authority: endpoint.authority[...])
        let hasPrefix = endpoint.authority.hasPrefix(prefix)
        return hasPrefix || host.isAddress || host.isLoopback ? endpoint.authority : prefix + endpoint.authority
    }

    /// How a file goes to S3, so that it need not be read before it is sent; nil where its hash is wanted, or nothing.
    private func chunkedBody(_ operation: Operation, _ request: BuiltRequest) -> ChunkedBody? {
        guard service.name == "s3", operation.hasStreamingInput, case .file = request.body, request.body.count > 0
        else { return nil }
        if request.endpoint.isSecure, settings.s3.signsPayloads != true {
            switch request.scheme {
            case .sigV4, .sigV4A, .s3Express: return ChunkedBody(isSigned: false)
            case .none, .bearer, .sigV2: return nil
            }
        }
        guard case .sigV4 = request.scheme, settings.s3.signsPayloads != false else { return nil }
        return ChunkedBody(isSigned: true)
    }

    private func payload(_ operation: Operation, _ request: BuiltRequest) async throws -> PayloadHash {
        if [.none, .bearer, .sigV2].contains(request.scheme) { return .unsigned }
        let isSecure = request.endpoint.isSecure
        if isSecure, operation.unsignedPayload || operation.authType == "v4-unsigned-body" { return .unsigned }
        if service.name == "s3" {
            if settings.s3.signsPayloads == false { return .unsigned }
            let isChecked = request.headers.contains {
                let name = $0.name.lowercased()
                return name == "content-md5" || name.hasPrefix("x-amz-checksum-")
            }
            if settings.s3.signsPayloads == nil, isSecure, isChecked, operation.hasStreamingInput { return .unsigned }
        }
        switch request.body {
        case .bytes(let bytes): return .bytes(bytes)
        case .file: return .hex(Hex.encode(try await FileHash.digest(request.body, .sha256)))
        }
    }
}

extension Operation {
    var hasStreamingInput: Bool { input?.members.contains { $0.isStreaming || $0.shape.isStreaming } ?? false }
    /// Whether the answer's body is a stream of bytes, such as an object's content.
    public var hasStreamingOutput: Bool {
        output?.members.contains { ($0.isStreaming || $0.shape.isStreaming) && $0.shape.kind == .blob } ?? false
    }
}

/// Members that make a repeated request harmless: filled in when the caller did not.
enum Idempotency {
    static func filled(_ input: AWSValue, shape: Shape?) -> AWSValue {
        guard let shape, let member = shape.members.first(where: \.idempotencyToken), input[member.name] == nil else {
            return input
        }
        var filled = input
        for member in shape.members where member.idempotencyToken && input[member.name] == nil {
            filled[member.name] = .string(SecureRandom.uuid())
        }
        return filled
    }
}
