import AWSModel
import AWSSigning

/// A request with its endpoint, before it is signed: made for one attempt, which it passes through.
final class BuiltRequest {
    var method: String
    let endpoint: Endpoint
    /// The endpoint's host and port with the operation's prefix.
    let authority: String
    let path: String
    var query: [(name: String, value: String?)]
    var headers: [(name: String, value: String)]
    var body: AWSBody
    let scheme: SigningScheme
    var payload = PayloadHash.unsigned
    /// How a file is sent that is not hashed beforehand.
    var chunks: ChunkedBody?
    /// The checksums of the answer that may be verified, in the order of preference; empty when none was asked for.
    let responseAlgorithms: [ChecksumAlgorithm]
    /// What it is signed with, or carries in place of a signature.
    var credentials: Credentials?
    var bearerToken: String?

    init(
        _ wire: WireRequest, endpoint: Endpoint, authority: String, path: String, scheme: SigningScheme,
        responseAlgorithms: [ChecksumAlgorithm]
    ) {
        method = wire.method
        query = wire.query
        headers = wire.headers
        body = wire.body
        self.endpoint = endpoint
        self.authority = authority
        self.path = path
        self.scheme = scheme
        self.responseAlgorithms = responseAlgorithms
    }

    /// Whether the caller gave a checksum of the body.
    var hasChecksum: Bool {
        headers.contains { header in
            header.name.isSameHeader(as: "Content-MD5")
                || ChecksumAlgorithm.allCases.contains { $0.headerName.isSameHeader(as: header.name) }
        }
    }

    var url: String {
        let url = String(joining: endpoint.scheme, "://", authority, path)
        return query.isEmpty ? url : String(joining: url, "?", QueryString.join(query))
    }
}

extension HTTPRequest {
    /// A signed request, with the limits of its attempt.
    init(
        _ request: BuiltRequest, timeouts: Timeouts, responseBody: ResponseBody, caBundle: String?,
        usesFreshConnection: Bool
    ) {
        method = request.method
        url = request.url
        headers = request.headers
        body = request.body
        self.timeouts = timeouts
        self.responseBody = responseBody
        maximumRedirects = 0
        decompresses = false
        proxy = .environment
        self.caBundle = caBundle
        self.usesFreshConnection = usesFreshConnection
        isLoopback = request.endpoint.isLoopback
        chunks = request.chunks
        responseAlgorithms = request.responseAlgorithms
    }
}

/// How a request is signed.
enum SigningScheme: Sendable, Hashable {
    case none
    case sigV4(name: String, region: String, doubleEncodesPath: Bool?)
    /// A key pair derived from the secret, valid in several regions: "eu-west-1,us-*".
    case sigV4A(name: String, regionSet: String, doubleEncodesPath: Bool?)
    /// Older services, whose signature is part of the form that they take.
    case sigV2
    /// S3's directory buckets, with credentials of a session.
    case s3Express(region: String, bucket: String)
    case bearer

    var needsCredentials: Bool {
        switch self {
        case .none, .bearer: false
        case .sigV2, .sigV4, .sigV4A, .s3Express: true
        }
    }
}
