import AWSModel

extension S3Service {
    var bucketOperations: [String: OperationHandler] {
        [
            "CreateBucket": createBucket, "DeleteBucket": deleteBucket, "HeadBucket": headBucket,
            "ListBuckets": listBuckets, "GetBucketLocation": getBucketLocation,
            "PutBucketVersioning": putBucketVersioning, "GetBucketVersioning": getBucketVersioning,
        ]
    }

    private func createBucket(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = input["Bucket"]?.string ?? ""
        guard Self.isValidName(name) else {
            throw ServiceError(
                "InvalidBucketName", "The specified bucket is not valid.", status: 400,
                fields: ["BucketName": .string(name)])
        }
        let constraint = input["CreateBucketConfiguration"]?["LocationConstraint"]?.string
        let region = constraint == "EU" ? "eu-west-1" : constraint ?? "us-east-1"
        if constraint == nil, context.region != "us-east-1" {
            throw ServiceError(
                "IllegalLocationConstraintException",
                "The unspecified location constraint is incompatible for the region specific endpoint this request was "
                    + "sent to.", status: 400)
        }
        if let constraint, region != context.region, context.region != "us-east-1" {
            throw ServiceError(
                "IllegalLocationConstraintException",
                "The \(constraint) location constraint is incompatible for the region specific endpoint this request was "
                    + "sent to.", status: 400)
        }
        if constraint == "us-east-1" {
            throw ServiceError(
                "InvalidLocationConstraint", "The specified location-constraint is not valid", status: 400)
        }
        if let existing = buckets["", "", name] {
            if existing.account != context.account {
                throw ServiceError(
                    "BucketAlreadyExists",
                    "The requested bucket name is not available. The bucket namespace is shared by all users of the "
                        + "system. Please select a different name and try again.", status: 409,
                    fields: ["BucketName": .string(name)])
            }
            // In us-east-1 creating one's own bucket again is no error.
            if existing.region == "us-east-1", region == "us-east-1" { return ["Location": .string("/\(name)")] }
            throw ServiceError(
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.", status: 409,
                fields: ["BucketName": .string(name)])
        }
        try Self.check(aclOfNew: input)
        let tags = [Tag](input["CreateBucketConfiguration"]?["Tags"])
        try S3Tags.check(tags, most: TagRules.limit, of: "Bucket")
        var bucket = Bucket(
            name: name, account: context.account, region: region, created: cloud.clock.now.rounded(.down))
        bucket.settings["PublicAccessBlock"] = Bucket.publicAccessBlock
        bucket.settings["BucketEncryption"] = Bucket.encryption
        bucket.settings["BucketOwnershipControls"] =
            input["ObjectOwnership"].map { ["Rules": [["ObjectOwnership": $0]]] } ?? Bucket.ownership
        bucket.tags = tags
        if input["ObjectLockEnabledForBucket"]?.bool == true {
            bucket.versioning = "Enabled"
            bucket.settings["ObjectLockConfiguration"] = ["ObjectLockEnabled": "Enabled"]
        }
        buckets["", "", name] = bucket
        return ["Location": .string("/\(name)"), "BucketArn": .string(bucket.arn)]
    }

    /// Source: "General purpose bucket naming rules", Amazon S3 User Guide.
    static func isValidName(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        func isLetterOrDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) }
        guard (3...63).contains(bytes.count), let first = bytes.first, let last = bytes.last, isLetterOrDigit(first),
            isLetterOrDigit(last), bytes.allSatisfy({ isLetterOrDigit($0) || $0 == 0x2d || $0 == 0x2e }),
            !name.contains(".."), !reservedPrefixes.contains(where: name.hasPrefix),
            !reservedSuffixes.contains(where: name.hasSuffix)
        else { return false }
        let parts = name.split(separator: ".")
        return !(parts.count == 4 && parts.allSatisfy { UInt8($0) != nil })
    }

    private static let reservedPrefixes = ["xn--", "sthree-", "amzn-s3-demo-"]
    private static let reservedSuffixes = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]

    /// Access control lists are for a bucket whose ownership leaves them on.
    private static func check(aclOfNew input: AWSValue) throws(ServiceError) {
        guard let acl = input["ACL"]?.string, acl != "private" else { return }
        guard (input["ObjectOwnership"]?.string ?? "BucketOwnerEnforced") == "BucketOwnerEnforced" else { return }
        throw ServiceError(
            "InvalidBucketAclWithObjectOwnership",
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting", status: 400)
    }

    private func deleteBucket(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let bucket = try bucket(input)
        guard objects.keys(account: bucket.name, region: "").isEmpty else {
            throw ServiceError(
                "BucketNotEmpty",
                bucket.versioning == nil
                    ? "The bucket you tried to delete is not empty"
                    : "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
                status: 409, fields: ["BucketName": .string(bucket.name)])
        }
        for upload in uploads.all(account: bucket.name, region: "") {
            discard(upload.parts.values.map(\.file))
            uploads[bucket.name, "", upload.id] = nil
        }
        buckets["", "", bucket.name] = nil
        return [:]
    }

    private func headBucket(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let bucket = try bucket(input)
        return ["BucketRegion": .string(bucket.region), "AccessPointAlias": false]
    }

    private func listBuckets(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let prefix = input["Prefix"]?.string
        let own = buckets.all(account: "", region: "").filter {
            $0.account == context.account && (prefix.map($0.name.hasPrefix) ?? true)
                && (input["BucketRegion"]?.string ?? $0.region) == $0.region
        }
        let (page, next) = try Page.of(
            own, token: input["ContinuationToken"]?.string, limit: input["MaxBuckets"]?.int ?? 10000,
            invalidToken: "InvalidArgument")
        return .structure([
            "Buckets": .list(
                page.map {
                    .map([
                        "Name": .string($0.name), "CreationDate": .timestamp($0.created),
                        "BucketRegion": .string($0.region), "BucketArn": .string($0.arn),
                    ])
                }), "Owner": owner(context.account), "ContinuationToken": next.map { .string($0) },
            "Prefix": input["Prefix"],
        ])
    }

    private func getBucketLocation(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let region = try bucket(input).region
        return .structure(["LocationConstraint": region == "us-east-1" ? nil : .string(region)])
    }

    private func putBucketVersioning(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var bucket = try bucket(input)
        let status = input["VersioningConfiguration"]?["Status"]?.string
        guard status == "Enabled" || status == "Suspended" else {
            throw ServiceError(
                "IllegalVersioningConfigurationException",
                "The Versioning element must be specified", status: 400)
        }
        bucket.versioning = status
        buckets["", "", bucket.name] = bucket
        return [:]
    }

    private func getBucketVersioning(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        .structure(["Status": try bucket(input).versioning.map { .string($0) }])
    }
}
