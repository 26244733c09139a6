import AWSModel

/// What S3 refuses of a bucket's settings before it keeps them.
///
/// From the operations' pages of the S3 API reference; the words are S3's.
extension S3Service {
    /// - Parameter name: "BucketCors" of PutBucketCors.
    func check(setting name: String, _ value: AWSValue, _ bucket: Bucket) throws(ServiceError) {
        switch name {
        case "BucketLifecycleConfiguration": try LifecycleRules.check(value)
        case "BucketEncryption": try Self.check(encryption: value)
        case "BucketCors": try Self.check(cors: value)
        case "BucketWebsite": try Self.check(website: value)
        case "BucketNotificationConfiguration": try check(notifications: value)
        case "BucketLogging": try check(logging: value, bucket)
        case "BucketOwnershipControls":
            guard value["Rules"]?.list?.count == 1 else { throw .malformedXML }
        case "BucketReplication": try check(replication: value, bucket)
        case "ObjectLockConfiguration":
            guard bucket.versioning == "Enabled" else {
                throw ServiceError(
                    "InvalidBucketState",
                    "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration", status: 409)
            }
        default: break
        }
    }

    private static func check(encryption: AWSValue) throws(ServiceError) {
        guard let rules = encryption["Rules"]?.list, rules.count == 1 else { throw .malformedXML }
        let rule = rules[0]["ApplyServerSideEncryptionByDefault"]
        guard rule?["SSEAlgorithm"]?.string == "AES256", rule?["KMSMasterKeyID"] != nil else { return }
        throw .invalidArgument(
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
            "ApplyServerSideEncryptionByDefault")
    }

    private static let mostCORSRules = 100

    private static func check(cors: AWSValue) throws(ServiceError) {
        let rules = cors["CORSRules"]?.list ?? []
        guard !rules.isEmpty else { throw .malformedXML }
        guard rules.count <= mostCORSRules else {
            throw invalidRequest("The number of CORS rules should not exceed allowed limit of \(mostCORSRules) rules.")
        }
        let methods: Set = ["GET", "PUT", "HEAD", "POST", "DELETE"]
        for rule in rules {
            if let method = rule["AllowedMethods"]?.strings?.first(where: { !methods.contains($0) }) {
                throw invalidRequest("Found unsupported HTTP method in CORS config. Unsupported method is \(method)")
            }
            for member in ["AllowedOrigin", "AllowedHeader"] {
                let values = rule["\(member)s"]?.strings ?? []
                guard let value = values.first(where: { $0.count { $0 == "*" } > 1 }) else { continue }
                throw invalidRequest("\(member) \"\(value)\" can not have more than one wildcard.")
            }
            if let header = rule["ExposeHeaders"]?.strings?.first(where: { $0.contains("*") }) {
                throw invalidRequest(
                    "ExposeHeader \"\(header)\" contains wildcard. We currently do not support wildcard for ExposeHeader."
                )
            }
        }
    }

    private static func check(website: AWSValue) throws(ServiceError) {
        if website["RedirectAllRequestsTo"] != nil {
            let others = ["IndexDocument", "ErrorDocument", "RoutingRules"]
            guard others.allSatisfy({ website[$0] == nil }) else {
                throw .invalidArgument(
                    "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
                    "RedirectAllRequestsTo")
            }
            return
        }
        guard let suffix = website["IndexDocument"]?["Suffix"]?.string else {
            throw .invalidArgument(
                "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty", "IndexDocument")
        }
        guard !suffix.isEmpty, !suffix.contains("/") else {
            throw .invalidArgument("The IndexDocument Suffix is not well formed", "IndexDocument")
        }
    }

    private func check(logging: AWSValue, _ bucket: Bucket) throws(ServiceError) {
        guard let target = logging["LoggingEnabled"]?["TargetBucket"]?.string else { return }
        guard let place = buckets["", "", target], place.account == bucket.account, place.region == bucket.region else {
            throw ServiceError(
                "InvalidTargetBucketForLogging",
                "The target bucket for logging does not exist, is not owned by you, or does not have the appropriate grants for the log-delivery group.",
                status: 400, fields: ["TargetBucket": .string(target)])
        }
    }

    /// Topics, queues and functions that are told have to be there.
    private func check(notifications: AWSValue) throws(ServiceError) {
        func isMissing(_ arn: String, _ service: String) -> Bool {
            let parts = arn.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 6, parts[2] == service else { return true }
            return service == "sns"
                ? cloud.service(SNSService.self).topic(arn) == nil
                : cloud.service(SQSService.self).queues[parts[4], parts[3], parts[5]] == nil
        }
        let topics = (notifications["TopicConfigurations"]?.list ?? []).map { $0["TopicArn"]?.string ?? "" }
        let queues = (notifications["QueueConfigurations"]?.list ?? []).map { $0["QueueArn"]?.string ?? "" }
        let hasFunctions = !(notifications["LambdaFunctionConfigurations"]?.list ?? []).isEmpty
        guard
            topics.contains(where: { isMissing($0, "sns") }) || queues.contains(where: { isMissing($0, "sqs") })
                || hasFunctions
        else { return }
        throw .invalidArgument("Unable to validate the following destination configurations", "Destination")
    }

    private func check(replication: AWSValue, _ bucket: Bucket) throws(ServiceError) {
        guard bucket.versioning == "Enabled" else {
            throw Self.invalidRequest("Versioning must be 'Enabled' on the bucket to apply a replication configuration")
        }
        let rules = replication["Rules"]?.list ?? []
        guard !rules.isEmpty, rules.count <= 1000 else { throw .malformedXML }
        for rule in rules {
            let arn = rule["Destination"]?["Bucket"]?.string ?? ""
            guard let target = buckets["", "", String(arn.split(separator: ":").last ?? "")], target.arn == arn else {
                throw Self.invalidRequest("Destination bucket must exist.")
            }
            guard target.versioning == "Enabled" else {
                throw Self.invalidRequest("Destination bucket must have versioning enabled.")
            }
        }
    }

    static func invalidRequest(_ message: String) -> ServiceError {
        ServiceError("InvalidRequest", message, status: 400)
    }
}
