import AWSModel

/// Objects of S3 as files, fetched and stored with a role's permissions: artifacts, revisions, caches.
@CloudActor
struct DeliveryStorage {
    let cloud: Cloud
    let principal: Principal
    let region: String

    struct Fetched: Sendable {
        var versionID: String?
        var etag: String?
        var metadata: [(name: String, value: String)]
    }

    /// Writes an object to a file.
    @discardableResult
    func fetch(_ place: S3Place, version: String? = nil, to path: String) async throws -> Fetched {
        let answer = try await cloud.call(
            "s3", "GetObject",
            .structure([
                "Bucket": .string(place.bucket), "Key": .string(place.key), "VersionId": version.map(AWSValue.string),
            ]),
            as: principal, region: region)
        try authorizeVersion(answer, of: place)
        let body: AWSBody
        switch answer["Body"] {
        case .body(let given): body = given
        case .blob(let bytes): body = .bytes(bytes)
        default: body = .bytes([])
        }
        try await Task.detached { try body.write(to: path) }.value
        return Fetched(
            versionID: answer["VersionId"]?.string, etag: answer["ETag"]?.string,
            metadata: answer["Metadata"]?.stringPairs ?? [])
    }

    /// Looks at an object without reading it, as CodePipeline does before it hands an artifact on.
    func check(_ place: S3Place) async throws {
        let answer = try await cloud.call(
            "s3", "HeadObject", ["Bucket": .string(place.bucket), "Key": .string(place.key)], as: principal,
            region: region)
        try authorizeVersion(answer, of: place)
    }

    /// The delivery services name the version that they found, so that a later upload does not change what they deliver:
    /// in a versioned bucket that is `s3:GetObjectVersion` besides `s3:GetObject`.
    private func authorizeVersion(_ answer: AWSValue, of place: S3Place) throws(ServiceError) {
        guard let version = answer["VersionId"]?.string, version != "null" else { return }
        try cloud.iam.authorize(
            principal, action: "s3:GetObjectVersion", resource: "arn:aws:s3:::\(place.bucket)/\(place.key)",
            owner: principal.account, service: "s3")
    }

    /// Stores a file as an object.
    @discardableResult
    func store(
        _ path: String, at place: S3Place, encryptionKey: String? = nil, contentType: String? = nil,
        extra: AWSMap = [:]
    ) async throws -> Fetched {
        let size = try BundleFiles.size(path)
        var input: AWSMap = [
            "Bucket": .string(place.bucket), "Key": .string(place.key),
            "Body": .body(.file(path: path, offset: 0, length: size)),
        ]
        if let encryptionKey {
            input["ServerSideEncryption"] = "aws:kms"
            input["SSEKMSKeyId"] = .string(encryptionKey)
        }
        if let contentType { input["ContentType"] = .string(contentType) }
        for (name, value) in extra { input[name] = value }
        let answer = try await cloud.call("s3", "PutObject", .map(input), as: principal, region: region)
        return Fetched(versionID: answer["VersionId"]?.string, etag: answer["ETag"]?.string, metadata: [])
    }
}

extension AWSBody {
    /// Copies the payload to a file.
    func write(to path: String) throws {
        switch self {
        case .bytes(let bytes): try BundleFiles.write(bytes, to: path)
        case .file(let source, let offset, let length):
            try BundleFiles.copy(source, offset: offset, length: length, to: path)
        }
    }

    /// The payload in memory, when it is no larger than `limit`.
    func bytes(limit: Int) -> [UInt8]? {
        guard count <= limit else { return nil }
        switch self {
        case .bytes(let bytes): return bytes
        case .file(let source, let offset, let length):
            return BundleFiles.read(source).map { Array($0.dropFirst(Int(offset)).prefix(Int(length))) }
        }
    }
}
