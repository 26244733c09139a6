import AWSModel
import AWSSigning

extension S3Service {
    var objectOperations: [String: OperationHandler] {
        ["PutObject": putObject, "CopyObject": copyObject]
    }

    /// Members of the input that reading gives back.
    static let headerMembers = [
        "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires",
        "Metadata",
        "StorageClass", "WebsiteRedirectLocation", "ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled",
    ]

    /// - Throws: ``ServiceError`` `MetadataTooLarge`.
    func headers(_ input: AWSValue) throws(ServiceError) -> AWSValue {
        // As AWS measures it: the bytes of every name and value, without the prefix of the header.
        let size = (input["Metadata"]?.stringPairs ?? []).reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        guard size <= 2048 else { throw .metadataTooLarge(size) }
        if let place = input["WebsiteRedirectLocation"]?.string,
            !["/", "http://", "https://"].contains(where: place.hasPrefix)
        {
            throw ServiceError(
                "InvalidRedirectLocation",
                "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.", status: 400)
        }
        let algorithm = input["ServerSideEncryption"]?.string
        if input["SSEKMSKeyId"] != nil, algorithm?.hasPrefix("aws:kms") != true {
            throw .invalidArgument(
                "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
                "x-amz-server-side-encryption")
        }
        var headers = AWSMap()
        for member in Self.headerMembers {
            if let value = input[member] { headers[member] = value }
        }
        if headers["ContentType"] == nil { headers["ContentType"] = "binary/octet-stream" }
        if headers["ServerSideEncryption"] == nil { headers["ServerSideEncryption"] = "AES256" }
        // "aws-chunked" says how the request was sent, not how the object is encoded.
        if let encoding = headers["ContentEncoding"]?.string {
            let kept = encoding.split(separator: ",").map { $0.drop { $0 == " " } }.filter { $0 != "aws-chunked" }
            headers["ContentEncoding"] = kept.isEmpty ? nil : .string(kept.joined(separator: ","))
        }
        return .map(headers)
    }

    /// Refuses a key of KMS that is not there; what the keys of other accounts and regions are is not known here.
    func check(keyOf input: AWSValue, _ context: CallContext) throws(ServiceError) {
        guard let key = input["SSEKMSKeyId"]?.string else { return }
        guard !cloud.service(KMSService.self).isUsable(key, context) else { return }
        let own = "arn:aws:kms:\(context.region):\(context.account):"
        let arn = key.hasPrefix("arn:") ? key : own + (key.hasPrefix("alias/") ? key : "key/\(key)")
        throw ServiceError("KMS.NotFoundException", "Key '\(arn)' does not exist", status: 400)
    }

    static func check(lockOf input: AWSValue, _ bucket: Bucket) throws(ServiceError) {
        let members = ["ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus"]
        guard members.contains(where: { input[$0] != nil }), bucket.settings["ObjectLockConfiguration"] == nil else {
            return
        }
        throw invalidRequest("Bucket is missing Object Lock Configuration")
    }

    private func putObject(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let bucket = try bucket(input)
        let key = try key(input)
        try checkACL(input, bucket)
        let tags = try Self.tags(header: input["Tagging"]?.string)
        let headers = try headers(input)
        try check(keyOf: input, context)
        try Self.check(lockOf: input, bucket)
        try checkWriteConditions(input, bucket.name, key)
        let stored = try await files.store(Self.payload(input["Body"]), algorithms: Checksum.wanted(input))
        do {
            try Checksum.check(stored, input)
            guard buckets["", "", bucket.name] != nil else { throw ServiceError.noSuchBucket(bucket.name) }
            try checkWriteConditions(input, bucket.name, key)
        } catch {
            files.remove(stored.file)
            throw error
        }
        var checksums = stored.checksums
        if !checksums.isEmpty { checksums["ChecksumType"] = "FULL_OBJECT" }
        let version = add(
            ObjectVersion(
                id: "", file: stored.file, size: stored.size, etag: "\"\(Hex.encode(stored.md5))\"",
                modified: cloud.clock.now, headers: headers, tags: tags, checksums: checksums),
            key: key, to: bucket.name, event: "ObjectCreated:Put", context)
        return writeAnswer(version, bucket.name)
    }

    func writeAnswer(_ version: ObjectVersion, _ bucket: String) -> AWSValue {
        var answer: AWSValue = .structure([
            "ETag": .string(version.etag), "ServerSideEncryption": version.headers["ServerSideEncryption"],
            "SSEKMSKeyId": version.headers["SSEKMSKeyId"],
            "VersionId": buckets["", "", bucket]?.versioning == "Enabled" ? .string(version.id) : nil,
        ])
        for (name, value) in version.checksums { answer[name] = .string(value) }
        return answer
    }

    static func payload(_ value: AWSValue?) -> AWSBody {
        switch value {
        case .body(let body): body
        case .blob(let bytes): .bytes(bytes)
        case .string(let text): .bytes(Array(text.utf8))
        default: .bytes([])
        }
    }

    /// Puts a version in front of a key's others, as the bucket's versioning says.
    func add(
        _ new: ObjectVersion, key: String, to bucket: String, event: String, _ context: CallContext
    ) -> ObjectVersion {
        var version = new
        let versioning = buckets["", "", bucket]?.versioning
        version.id = versioning == "Enabled" ? Identifier.alphanumeric(32) : ObjectVersion.null
        var object = stored(bucket, key) ?? StoredObject(key: key, versions: [])
        if version.id == ObjectVersion.null {
            discard(object.versions.filter { $0.id == ObjectVersion.null }.compactMap(\.file))
            object.versions.removeAll { $0.id == ObjectVersion.null }
        }
        object.versions.insert(version, at: 0)
        objects[bucket, "", ObjectKey.order(key)] = object
        notify(event, bucket: bucket, key: key, version: version, context)
        return version
    }

    /// If-None-Match: * and If-Match on writing.
    func checkWriteConditions(_ input: AWSValue, _ bucket: String, _ key: String) throws(ServiceError) {
        let current = stored(bucket, key)?.current
        let exists = current.map { !$0.isDeleteMarker } ?? false
        if let unwanted = input["IfNoneMatch"]?.string {
            guard unwanted == "*" else {
                throw ServiceError(
                    "NotImplemented", "A header you provided implies functionality that is not implemented",
                    status: 501, fields: ["Header": "If-None-Match"])
            }
            if exists { throw .preconditionFailed }
        }
        if let wanted = input["IfMatch"]?.string {
            guard exists, let current else { throw .noSuchKey(key) }
            guard wanted == "*" || wanted.unquoted == current.etag.unquoted else { throw .preconditionFailed }
        }
    }

    /// `a=1&b=2` of the tagging header.
    static func tags(header: String?) throws(ServiceError) -> [Tag] {
        guard let header, !header.isEmpty else { return [] }
        guard let pairs = try? QueryString.parseForm(Array(header.utf8)),
            Set(pairs.map(\.name)).count == pairs.count
        else {
            throw .invalidArgument(
                "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query "
                    + "parameters without tag name duplicates.", "x-amz-tagging")
        }
        let tags = pairs.map { Tag(key: $0.name, value: $0.value) }
        try S3Tags.check(tags, most: S3Tags.mostOfObject, of: "Object")
        return tags
    }
}

extension String {
    /// An entity tag without its quotes.
    var unquoted: Substring {
        hasPrefix("\"") && hasSuffix("\"") && utf8.count > 1 ? dropFirst().dropLast() : self[...]
    }
}
