/// Why a request's signature was not accepted. A server turns the reason into its protocol's error.
public struct SignatureFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Reason: String, Sendable, Hashable {
        /// Neither an `Authorization` header nor signing parameters: `MissingAuthenticationToken`.
        case missing
        /// Parts of the signature are absent or malformed: `IncompleteSignature`.
        case incomplete
        /// Nobody has this access key: `InvalidClientTokenId`, in S3 `InvalidAccessKeyId`.
        case unknownAccessKey
        /// The signature is another one: `SignatureDoesNotMatch`.
        case mismatch
        /// The body is not the one that was signed: in S3 `XAmzContentSHA256Mismatch`.
        case payloadMismatch
        /// The clock is off by more than 15 minutes: `RequestTimeTooSkewed`, elsewhere `SignatureDoesNotMatch`.
        case skewed
        /// A presigned URL's time is over: `AccessDenied` with "Request has expired".
        case expired
    }

    public let reason: Reason
    public let message: String
    /// What the server signed, for the reader of a mismatch.
    public let canonicalRequest: String?

    init(_ reason: Reason, _ message: String, canonicalRequest: String? = nil) {
        self.reason = reason
        self.message = message
        self.canonicalRequest = canonicalRequest
    }

    public var description: String { message }
}

/// Who signed a request, and for what.
public struct VerifiedIdentity: Sendable {
    public let accessKeyID: String
    /// The token that came along; whether it fits the access key is for the caller to judge.
    public let sessionToken: String?
    public let region: String
    public let service: String
    /// Seconds since 1970 at which the request was signed.
    public let signedAt: Double
    public let isPresigned: Bool
    /// For bodies that are signed chunk by chunk: the start of their chain of signatures.
    public let chunks: ChunkSignatures?
}
