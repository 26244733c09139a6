import AWSModel
import AWSSigning

/// From an operation's input to a request.
extension ClientContext {
    func build(
        _ operation: Operation, _ input: AWSValue, plan: CallPlan, headers: [(name: String, value: String)]
    ) async throws -> BuiltRequest {
        var input = input
        if !plan.isPresigned, let customs, let copy = CrossRegionCopy(operation, input, of: customs) {
            input = try await copy.completed(input, operation, self)
        }
        var accountID: String?
        if asksForAccount { accountID = try await credentials?.credentials(within: timeLeft(plan)).accountID }
        let draft = try draft(operation, input, plan, accountID: accountID)
        if plan.isSent, operation.usesEndpointDiscovery { try await discoverEndpoint(draft) }
        let request = try request(draft, plan, headers)
        if !plan.isPresigned {
            if let checksum = try Checksums.wanted(operation, draft.map, settings, request) {
                request.headers.append(checksum.header(try await FileHash.digest(request.body, checksum.algorithm)))
            }
            // A large upload waits for S3's consent, so that a redirect or refusal costs nothing.
            if service.isS3, request.method == "PUT", request.body.count > 1 << 20 {
                request.headers.append(("Expect", "100-continue"))
            }
        }
        if customs == .glacier, operation.hasStreamingInput { try await addTreeHash(request) }
        if !setPayload(operation, request) {
            request.payload = .hex(Hex.encode(try await FileHash.digest(request.body, .sha256)))
        }
        return request
    }

    /// Glacier wants both hashes of what it is to keep, unless the caller gave them.
    @inline(never)
    private func addTreeHash(_ request: BuiltRequest) async throws {
        if !request.headers.has("x-amz-content-sha256") {
            let hash = try await FileHash.digest(request.body, .sha256)
            request.headers.append(("x-amz-content-sha256", Hex.encode(hash)))
        }
        if !request.headers.has("x-amz-sha256-tree-hash") {
            let hash = try await FileHash.treeHash(request.body)
            request.headers.append(("x-amz-sha256-tree-hash", Hex.encode(hash)))
        }
    }

    @inline(never)
    private func discoverEndpoint(_ draft: Draft) async throws {
        draft.endpoint = try await discovered(draft.operation, instead: draft.endpoint)
    }

    /// What a request is made from.
    private final class Draft {
        let operation: Operation
        let input: AWSValue
        let map: AWSMap
        var endpoint: Endpoint
        let bucketRegion: String?
        let responseAlgorithms: [ChecksumAlgorithm]

        init(
            _ operation: Operation, _ input: AWSValue, _ map: AWSMap, _ endpoint: Endpoint, bucketRegion: String?,
            _ responseAlgorithms: [ChecksumAlgorithm]
        ) {
            self.operation = operation
            self.input = input
            self.map = map
            self.endpoint = endpoint
            self.bucketRegion = bucketRegion
            self.responseAlgorithms = responseAlgorithms
        }
    }

    @inline(never)
    private func draft(
        _ operation: Operation, _ input: AWSValue, _ plan: CallPlan, accountID: String?
    ) throws -> Draft {
        var input = input
        let responseAlgorithms = plan.isPresigned ? [] : Checksums.askForValidation(operation, &input, settings)
        let map = input.map ?? [:]
        let bucketRegion = regionOfBucket(map, plan: plan)
        let endpoint = try endpoints.resolve(operation, input: map, region: bucketRegion, accountID: accountID)
        return Draft(operation, input, map, endpoint, bucketRegion: bucketRegion, responseAlgorithms)
    }

    @inline(never)
    private func request(
        _ draft: Draft, _ plan: CallPlan, _ headers: [(name: String, value: String)]
    ) throws -> BuiltRequest {
        let (operation, endpoint) = (draft.operation, draft.endpoint)
        var wire = try ClientCodec.encode(draft.input, operation: operation, service: service)
        var path = endpoint.path + wire.path
        if service.isS3, operation.requestURI.hasPrefix("/{Bucket}") {
            Self.dropBucket(&wire.path)
            path = wire.path == "/" && !endpoint.path.isEmpty ? endpoint.path : endpoint.path + wire.path
        }
        for (name, value) in customs?.headers(service) ?? [] { wire.headers.replace(name, with: value) }
        for (name, value) in endpoint.headers { wire.headers.replace(name, with: value) }
        for (name, value) in headers { wire.headers.replace(name, with: value) }
        let request = BuiltRequest(
            wire, endpoint: endpoint, authority: authority(endpoint, prefix: wire.hostPrefix), path: path,
            scheme: try SigningScheme.choose(
                operation, endpoint: endpoint, context: self, region: draft.bucketRegion, input: draft.map),
            responseAlgorithms: draft.responseAlgorithms)
        if !plan.isPresigned {
            try Compression.apply(operation, settings, request)
            if plan.isSent { request.chunks = chunkedBody(operation, request) }
        }
        return request
    }

    /// S3's rules put the bucket into the host or the endpoint's path; the model has it in the request's path, too.
    private static func dropBucket(_ path: inout String) {
        let rest = path.dropFirst().drop { $0 != "/" }
        path = rest.isEmpty ? "/" : String(rest)
    }

    private func regionOfBucket(_ input: AWSMap, plan: CallPlan) -> String? {
        if let region = plan.region { return region }
        guard service.isS3, let bucket = input["Bucket"]?.string else { return nil }
        return bucketRegions.withLock { $0[bucket] }
    }

    /// Whether the endpoint rules ask for the account of the credentials.
    private var asksForAccount: Bool {
        credentials != nil && settings.accountIDEndpointMode != "disabled" && settings.endpoint == nil
            && service.endpointRules?.parameters.contains(where: { $0.builtIn == "AWS::Auth::AccountId" }) == true
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
        guard service.isS3, operation.hasStreamingInput, case .file = request.body, request.body.count > 0
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

    /// What the signature covers of the body; false where that is the hash of a file, which has to be computed.
    @inline(never)
    private func setPayload(_ operation: Operation, _ request: BuiltRequest) -> Bool {
        if let chunks = request.chunks {
            if chunks.isSigned || chunks.algorithm != nil {
                request.payload = chunks.payload
                chunks.describe(in: &request.headers, contentLength: Int64(request.body.count))
                return true
            }
            request.chunks = nil
        }
        if isUnsigned(operation, request) { return true }
        guard case .bytes(let bytes) = request.body else { return false }
        request.payload = .bytes(bytes)
        return true
    }

    private func isUnsigned(_ operation: Operation, _ request: BuiltRequest) -> Bool {
        switch request.scheme {
        case .none, .bearer, .sigV2: return true
        case .sigV4, .sigV4A, .s3Express: break
        }
        let isSecure = request.endpoint.isSecure
        if isSecure, operation.unsignedPayload || operation.authType == "v4-unsigned-body" { return true }
        guard service.isS3 else { return false }
        if settings.s3.signsPayloads == false { return true }
        guard settings.s3.signsPayloads == nil, isSecure, operation.hasStreamingInput else { return false }
        return request.headers.contains { header in
            let name = header.name.lowercased()
            return name == "content-md5" || name.hasPrefix("x-amz-checksum-")
        }
    }
}

extension Operation {
    /// Whether the request's body is a stream of bytes.
    public var hasStreamingInput: Bool { input?.members.contains { $0.isStreaming || $0.shape.isStreaming } ?? false }
    /// Whether the answer's body is a stream of bytes, such as an object's content.
    public var hasStreamingOutput: Bool {
        output?.members.contains { ($0.isStreaming || $0.shape.isStreaming) && $0.shape.kind == .blob } ?? false
    }
}

/// Members that make a repeated request harmless: filled in when the caller did not, before the first attempt.
enum Idempotency {
    static func fill(_ input: inout AWSValue, of operation: Operation) {
        guard let shape = operation.input, shape.hasIdempotencyToken else { return }
        for member in shape.members where member.idempotencyToken && input[member.name] == nil {
            input[member.name] = .string(SecureRandom.uuid())
        }
    }
}
