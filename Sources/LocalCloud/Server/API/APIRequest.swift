import AWSModel
import AWSSigning

/// Whose signature a request carries.
struct Signer: Sendable {
    let accessKeyID: String
    let sessionToken: String?
    let region: String
    /// Of bodies that are signed chunk by chunk.
    let chunks: ChunkSignatures?
}

/// A request to an API, on its way to a call.
struct APIRequest: Sendable {
    var wire: WireRequest
    let service: ServiceModel
    let scope: ServiceFinder.Scope?
    let requestID: String
    let sourceIP: String
    private let original: ServerRequest
    /// Files that came about on the way and go with the request.
    private(set) var temporaryFiles: [String] = []

    init(_ request: ServerRequest, wire: WireRequest, service: ServiceModel, scope: ServiceFinder.Scope?) {
        original = request
        self.wire = wire
        self.service = service
        self.scope = scope
        requestID = Identifier.uuid()
        sourceIP = request.remoteAddress
    }

    /// - Returns: Who signed, or nil for a request without a signature where S3's bucket policies may allow that.
    func verify(now: Double, secretFor: (String) -> String?) throws(ServiceError) -> Signer? {
        if service.name == "s3", scope == nil, let link = SignatureV2Link(wire.query) {
            try link.verify(
                method: original.method, path: original.path, query: wire.query, headers: original.headers,
                bucket: BucketHost.bucket(original.header("host") ?? ""), secret: secretFor(link.accessKeyID), now: now)
            return Signer(
                accessKeyID: link.accessKeyID, sessionToken: link.sessionToken, region: "us-east-1", chunks: nil)
        }
        let payload: PayloadHash =
            switch original.body {
            case .bytes(let bytes): .bytes(bytes)
            case .file: original.bodySHA256.map { .hex($0) } ?? .unsigned
            }
        let request = SigningRequest(
            method: original.method, path: original.path, query: wire.query, headers: original.headers, payload: payload
        )
        do {
            let identity = try SigV4.verify(request, now: now, secretFor: secretFor)
            return Signer(
                accessKeyID: identity.accessKeyID, sessionToken: identity.sessionToken, region: identity.region,
                chunks: identity.chunks)
        } catch {
            if error.reason == .missing, service.name == "s3" { return nil }
            throw SignatureRefusal(service).error(error)
        }
    }

    /// Brings the request into the form that the model describes: the bucket into the path, the body out of its codings.
    mutating func normalize(_ signer: Signer?, spool: String) throws(ServiceError) {
        wire.query.removeAll { Self.signatureParameters.contains($0.name) }
        if service.name == "s3", let bucket = BucketHost.bucket(original.header("host") ?? "") {
            wire.path = "/\(QueryString.encode(bucket))" + (wire.path == "/" ? "" : wire.path)
        }
        try decompress()
        guard let hash = wire.header("x-amz-content-sha256"), hash.hasPrefix("STREAMING-") else { return }
        if hash.hasPrefix("STREAMING-AWS4"), signer?.chunks == nil {
            throw ServiceError("InvalidRequest", "\(hash) is not supported.", status: 400)
        }
        let output = "\(spool)/\(Identifier.hex(24))"
        temporaryFiles.append(output)
        var payload = try ChunkedPayload(wire.body, signatures: signer?.chunks)
        let decoded = try payload.decode(
            length: wire.header("x-amz-decoded-content-length").flatMap { Int64($0) }, output: output)
        wire.body = decoded.body
        wire.headers += decoded.trailers
        wire.headers.removeAll { $0.name.lowercased() == "content-length" }
        wire.headers.append(("content-length", String(decoded.body.count)))
    }

    /// What clients compress are calls (botocore: those of `requestCompression` over 10 KB). S3 keeps objects as they come,
    /// their content's encoding with them.
    private mutating func decompress() throws(ServiceError) {
        guard service.name != "s3", let encoding = wire.header("content-encoding")?.lowercased(),
            encoding == "gzip" || encoding == "x-gzip"
        else { return }
        guard wire.body.count <= Self.largestUnpacked else {
            throw ServiceError("RequestEntityTooLarge", "The request's body is too large", status: 413)
        }
        do {
            wire.body = .bytes(
                try Gzip.decompress(
                    try wire.body.bytes(), file: "The request's gzip body", limit: Self.largestUnpacked))
        } catch {
            throw ServiceError("SerializationException", "\(error)", status: 400)
        }
        wire.headers.removeAll { ["content-encoding", "content-length"].contains($0.name.lowercased()) }
        wire.headers.append(("content-length", String(wire.body.count)))
    }

    /// Far more than any API takes in one call, far less than a small body can be made to unpack to.
    private static let largestUnpacked = 16 << 20

    private static let signatureParameters: Set<String> = [
        "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature",
        "X-Amz-Security-Token", "AWSAccessKeyId", "Signature", "Expires", "x-amz-security-token",
    ]
}
