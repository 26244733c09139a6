import AWSModel

extension S3Service {
    /// Actions that are not named as their operations.
    private static let actions: [String: String] = [
        "HeadObject": "GetObject", "GetObjectAttributes": "GetObject", "CreateMultipartUpload": "PutObject",
        "UploadPart": "PutObject", "CompleteMultipartUpload": "PutObject", "CopyObject": "PutObject",
        "UploadPartCopy": "PutObject", "ListParts": "ListMultipartUploadParts", "HeadBucket": "ListBucket",
        "ListObjects": "ListBucket", "ListObjectsV2": "ListBucket", "ListObjectVersions": "ListBucketVersions",
        "ListMultipartUploads": "ListBucketMultipartUploads", "ListBuckets": "ListAllMyBuckets",
        "GetBucketEncryption": "GetEncryptionConfiguration", "PutBucketEncryption": "PutEncryptionConfiguration",
        "DeleteBucketEncryption": "PutEncryptionConfiguration", "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock", "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
        "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
        "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
        "DeleteBucketLifecycle": "PutLifecycleConfiguration", "GetBucketCors": "GetBucketCORS",
        "PutBucketCors": "PutBucketCORS", "DeleteBucketCors": "PutBucketCORS",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "PutBucketNotificationConfiguration": "PutBucketNotification",
        "GetBucketReplication": "GetReplicationConfiguration", "PutBucketReplication": "PutReplicationConfiguration",
        "DeleteBucketReplication": "PutReplicationConfiguration", "DeleteBucketTagging": "PutBucketTagging",
        "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
        "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
        "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
        "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    ]

    public func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] {
        guard let name = input["Bucket"]?.string, operation != "CreateBucket" else {
            if context.principal.kind == .root { return [] }
            let resource = input["Bucket"]?.string.map { "arn:aws:s3:::\($0)" } ?? "*"
            return [Permission(action: "s3:\(Self.actions[operation] ?? operation)", resource: resource)]
        }
        guard let bucket = buckets["", "", name] else { return [] }  // answered with NoSuchBucket
        // The owner's root always reaches a bucket's policy, so that a deny for everyone can be undone.
        if context.principal.kind == .root, context.account == bucket.account, operation.hasSuffix("BucketPolicy") {
            return []
        }
        func permission(_ action: String, _ key: String?) -> Permission {
            var keys: [String: [String]] = [:]
            if let prefix = input["Prefix"]?.string { keys["s3:prefix"] = [prefix] }
            if let delimiter = input["Delimiter"]?.string { keys["s3:delimiter"] = [delimiter] }
            return Permission(
                action: "s3:\(action)", resource: key.map { "\(bucket.arn)/\($0)" } ?? bucket.arn, context: keys,
                resourcePolicy: policy(of: bucket, for: context.principal), owner: bucket.account)
        }
        var action = Self.actions[operation] ?? operation
        if operation == "DeleteObjects" {
            return (input["Delete"]?["Objects"]?.list ?? []).map {
                permission($0["VersionId"] == nil ? "DeleteObject" : "DeleteObjectVersion", $0["Key"]?.string)
            }
        }
        if input["VersionId"] != nil, ["GetObject", "DeleteObject"].contains(action) { action += "Version" }
        var permissions = [permission(action, input["Key"]?.string)]
        if let source = input["CopySource"]?.string, let parts = CopySource(source),
            let from = buckets["", "", parts.bucket]
        {
            permissions.append(
                Permission(
                    action: parts.version == nil ? "s3:GetObject" : "s3:GetObjectVersion",
                    resource: "\(from.arn)/\(parts.key)", resourcePolicy: policy(of: from, for: context.principal),
                    owner: from.account))
        }
        return permissions
    }

    /// A bucket that restricts public policies ignores them for whoever is not of the account.
    private func policy(of bucket: Bucket, for principal: Principal) -> String? {
        if case .service = principal.kind { return bucket.policy }
        if principal.kind == .anonymous, bucket.policy == nil { return #"{"Statement":[]}"# }
        let isStranger = principal.account != bucket.account
        return isStranger && bucket.blocksPublic("RestrictPublicBuckets") && isOpenToAll(bucket)
            ? #"{"Statement":[]}"#
            : bucket.policy
    }

    private func isOpenToAll(_ bucket: Bucket) -> Bool {
        bucket.policy.flatMap { cloud.iam.document($0) }?.statements.contains {
            $0.effect == .allow && $0.principals?.isEveryone == true && $0.conditions.isEmpty
        } ?? false
    }
}

/// `bucket/key` or `/bucket/key?versionId=…`, percent-encoded, as CopySource has it.
struct CopySource {
    let bucket: String
    let key: String
    let version: String?

    init?(_ text: String) {
        var rest = Substring(text)
        if rest.hasPrefix("/") { rest = rest.dropFirst() }
        var version: String?
        if let mark = rest.firstRange(of: "?versionId=") {
            version = String(rest[mark.upperBound...])
            rest = rest[..<mark.lowerBound]
        }
        let decoded = QueryString.decode(String(rest)) ?? String(rest)
        guard let slash = decoded.firstIndex(of: "/"), slash != decoded.startIndex else { return nil }
        bucket = String(decoded[..<slash])
        key = String(decoded[decoded.index(after: slash)...])
        self.version = version
        if key.isEmpty { return nil }
    }
}
