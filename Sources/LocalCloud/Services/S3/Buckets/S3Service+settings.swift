import AWSModel

/// Settings that a bucket keeps as they were put.
extension S3Service {
    private struct Setting {
        /// "BucketCors" of PutBucketCors.
        let name: String
        /// The input's member that holds it, and the output's; nil when the output's members are the setting's own.
        let input: String
        var output: String?
        /// What reading says when nothing was put; nil answers an empty setting.
        var missing: (code: String, message: String)?
        /// The names of the deleting operation, where there is one.
        var delete: String?
        var put: String?
        var get: String?
    }

    private static let settings: [Setting] = [
        Setting(
            name: "BucketCors", input: "CORSConfiguration",
            missing: ("NoSuchCORSConfiguration", "The CORS configuration does not exist"), delete: "DeleteBucketCors"),
        Setting(
            name: "BucketLifecycleConfiguration", input: "LifecycleConfiguration",
            missing: ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
            delete: "DeleteBucketLifecycle"),
        Setting(
            name: "BucketEncryption", input: "ServerSideEncryptionConfiguration",
            output: "ServerSideEncryptionConfiguration"),
        Setting(
            name: "PublicAccessBlock", input: "PublicAccessBlockConfiguration",
            output: "PublicAccessBlockConfiguration",
            missing: (
                "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"
            ), delete: "DeletePublicAccessBlock"),
        Setting(
            name: "BucketOwnershipControls", input: "OwnershipControls", output: "OwnershipControls",
            missing: ("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
            delete: "DeleteBucketOwnershipControls"),
        Setting(
            name: "BucketWebsite", input: "WebsiteConfiguration",
            missing: ("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
            delete: "DeleteBucketWebsite"),
        Setting(name: "BucketLogging", input: "BucketLoggingStatus"),
        Setting(name: "BucketAccelerateConfiguration", input: "AccelerateConfiguration"),
        Setting(name: "BucketNotificationConfiguration", input: "NotificationConfiguration"),
        Setting(
            name: "BucketReplication", input: "ReplicationConfiguration", output: "ReplicationConfiguration",
            missing: ("ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
            delete: "DeleteBucketReplication"),
        Setting(
            name: "ObjectLockConfiguration", input: "ObjectLockConfiguration", output: "ObjectLockConfiguration",
            missing: (
                "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket"
            )),
        Setting(name: "BucketRequestPayment", input: "RequestPaymentConfiguration"),
    ]

    var settingOperations: [String: OperationHandler] {
        var operations: [String: OperationHandler] = [
            "PutBucketTagging": putBucketTagging, "GetBucketTagging": getBucketTagging,
            "DeleteBucketTagging": deleteBucketTagging, "DeleteBucketEncryption": deleteBucketEncryption,
            "GetBucketAcl": getBucketACL, "PutBucketAcl": putBucketACL,
        ]
        for setting in Self.settings {
            operations["Put\(setting.name)"] = { [self] input, _ in
                var bucket = try bucket(input)
                let value = input[setting.input] ?? [:]
                if input["SkipDestinationValidation"]?.bool != true {
                    try check(setting: setting.name, value, bucket)
                }
                bucket.settings[setting.name] = value
                buckets["", "", bucket.name] = bucket
                return [:]
            }
            operations["Get\(setting.name)"] = { [self] input, _ in
                guard let value = try bucket(input).settings[setting.name] else {
                    if let missing = setting.missing { throw ServiceError(missing.code, missing.message, status: 404) }
                    return setting.name == "BucketRequestPayment" ? ["Payer": "BucketOwner"] : [:]
                }
                return setting.output.map { .map([$0: value]) } ?? value
            }
            guard let delete = setting.delete else { continue }
            operations[delete] = { [self] input, _ in
                var bucket = try bucket(input)
                bucket.settings[setting.name] = nil
                buckets["", "", bucket.name] = bucket
                return [:]
            }
        }
        return operations
    }

    /// Encryption cannot be switched off: deleting the setting goes back to S3's own keys.
    private func deleteBucketEncryption(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var bucket = try bucket(input)
        bucket.settings["BucketEncryption"] = Bucket.encryption
        buckets["", "", bucket.name] = bucket
        return [:]
    }

    private func putBucketTagging(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var bucket = try bucket(input)
        let tags = [Tag](input["Tagging"]?["TagSet"])
        try S3Tags.check(tags, most: TagRules.limit, of: "Bucket")
        bucket.tags = tags
        buckets["", "", bucket.name] = bucket
        return [:]
    }

    private func getBucketTagging(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let bucket = try bucket(input)
        guard !bucket.tags.isEmpty else { throw ServiceError("NoSuchTagSet", "The TagSet does not exist", status: 404) }
        return .map(["TagSet": bucket.tags.awsValue()])
    }

    private func deleteBucketTagging(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var bucket = try bucket(input)
        bucket.tags = []
        buckets["", "", bucket.name] = bucket
        return [:]
    }

    private func getBucketACL(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        ownerGrant(try bucket(input).account)
    }

    func ownerGrant(_ account: String) -> AWSValue {
        var grantee = owner(account)
        grantee["Type"] = "CanonicalUser"
        return .map([
            "Owner": owner(account), "Grants": [.map(["Grantee": grantee, "Permission": "FULL_CONTROL"])],
        ])
    }

    private func putBucketACL(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try checkACL(input, try bucket(input))
        return [:]
    }

    /// Lists of access rights are off in buckets as they are made since 2023; only what changes nothing is accepted.
    func checkACL(_ input: AWSValue, _ bucket: Bucket) throws(ServiceError) {
        let acl = input["ACL"]?.string
        let ownership = bucket.settings["BucketOwnershipControls"]?["Rules"]?.list?.first?["ObjectOwnership"]?.string
        guard let acl, acl != "private", acl != "bucket-owner-full-control" else { return }
        if ownership ?? "BucketOwnerEnforced" == "BucketOwnerEnforced" {
            throw ServiceError("AccessControlListNotSupported", "The bucket does not allow ACLs", status: 400)
        }
        if acl.hasPrefix("public"), bucket.blocksPublic("BlockPublicAcls") {
            throw ServiceError(
                "AccessDenied",
                "Public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access.", status: 403)
        }
    }
}
