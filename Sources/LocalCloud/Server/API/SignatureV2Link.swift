import AWSModel
import AWSSigning
import CCrypto

/// S3's older presigned links, which boto3 still makes by default: `AWSAccessKeyId`, `Expires` and `Signature`, an HMAC-SHA1.
///
/// Source: "Signing and authenticating REST requests (AWS Signature Version 2)", Amazon S3 User Guide.
struct SignatureV2Link {
    /// Parameters that name a part of the resource or change the answer; only these are signed.
    private static let signedParameters: Set<String> = [
        "accelerate", "acl", "cors", "defaultObjectAcl", "location", "logging", "partNumber", "policy",
        "requestPayment",
        "torrent", "versioning", "versionId", "versions", "website", "uploads", "uploadId", "response-content-type",
        "response-content-language", "response-expires", "response-cache-control", "response-content-disposition",
        "response-content-encoding", "delete", "lifecycle", "tagging", "restore", "storageClass", "notification",
        "replication", "analytics", "metrics", "inventory", "select", "select-type", "object-lock",
    ]

    let accessKeyID: String
    let sessionToken: String?
    /// Seconds since 1970, and as they stand in the link, which is what is signed.
    private let expires: Double
    private let expiresText: String
    private let signature: String

    /// nil when the query is not such a link's.
    init?(_ query: [(name: String, value: String?)]) {
        func value(_ name: String) -> String? {
            query.first { $0.name == name }?.value.flatMap { QueryString.decode($0) }
        }
        guard let id = value("AWSAccessKeyId"), let signature = value("Signature"),
            let text = value("Expires"), let expires = Double(text)
        else { return nil }
        accessKeyID = id
        self.signature = signature
        self.expires = expires
        expiresText = text
        sessionToken = value("x-amz-security-token")
    }

    /// - Parameter bucket: the bucket of a virtual host, which is part of what is signed.
    func verify(
        method: String, path: String, query: [(name: String, value: String?)], headers: [(name: String, value: String)],
        bucket: String?, secret: String?, now: Double
    ) throws(ServiceError) {
        guard now <= expires else { throw ServiceError("AccessDenied", "Request has expired", status: 403) }
        guard let secret else {
            throw ServiceError(
                "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", status: 403)
        }
        func header(_ name: String) -> String { headers.first { $0.name.lowercased() == name }?.value ?? "" }
        var text = "\(method)\n\(header("content-md5"))\n\(header("content-type"))\n\(expiresText)\n"
        var custom: [String: [String]] = [:]
        for (name, value) in headers where name.lowercased().hasPrefix("x-amz-") {
            custom[name.lowercased(), default: []].append(value)
        }
        if let sessionToken { custom["x-amz-security-token"] = [sessionToken] }
        for (name, values) in custom.sorted(by: { $0.key < $1.key }) {
            text += "\(name):\(values.joined(separator: ","))\n"
        }
        text += (bucket.map { "/\($0)" } ?? "") + path
        let signed = query.filter { Self.signedParameters.contains($0.name) }.sorted { $0.name < $1.name }
        let parts = signed.map { name, value in
            value.map { "\(name)=\(QueryString.decode($0) ?? $0)" } ?? name
        }
        if !parts.isEmpty { text += "?" + parts.joined(separator: "&") }
        let expected = AWSModel.Base64.encode(Self.hmacSHA1(Array(text.utf8), key: Array(secret.utf8)))
        guard constantTimeEquals(Array(expected.utf8), Array(signature.utf8)) else {
            throw ServiceError(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your key and signing "
                    + "method.", status: 403)
        }
    }

    private static func hmacSHA1(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 20) { buffer, count in
            HMAC(EVP_sha1(), key, Int32(key.count), message, message.count, buffer.baseAddress, nil)
            count = 20
        }
    }
}
