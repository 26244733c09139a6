import AWSModel

extension S3Service {
    /// Tells of a change: to EventBridge where the bucket says so, and to the queues and topics of its notifications.
    func notify(_ event: String, bucket name: String, key: String, version: ObjectVersion, _ context: CallContext) {
        guard let bucket = buckets["", "", name],
            let configuration = bucket.settings["BucketNotificationConfiguration"]
        else { return }
        if configuration["EventBridgeConfiguration"] != nil { publish(event, bucket, key, version, context) }
        for (list, member, service) in [
            ("TopicConfigurations", "TopicArn", "sns"), ("QueueConfigurations", "QueueArn", "sqs"),
        ] {
            for target in configuration[list]?.list ?? [] where Self.matches(target, event, key) {
                guard let arn = target[member]?.string else { continue }
                deliver(record(event, bucket, key, version, context, target["Id"]?.string), to: arn, service, bucket)
            }
        }
    }

    private static func matches(_ target: AWSValue, _ event: String, _ key: String) -> Bool {
        guard (target["Events"]?.strings ?? []).contains(where: { Wildcard.matches($0, "s3:\(event)") }) else {
            return false
        }
        return (target["Filter"]?["Key"]?["FilterRules"]?.list ?? []).allSatisfy { rule in
            let value = rule["Value"]?.string ?? ""
            return rule["Name"]?.string?.lowercased() == "prefix" ? key.hasPrefix(value) : key.hasSuffix(value)
        }
    }

    private func publish(
        _ event: String, _ bucket: Bucket, _ key: String, _ version: ObjectVersion, _ context: CallContext
    ) {
        let isCreated = event.hasPrefix("ObjectCreated")
        let operation = event.split(separator: ":").last.map(String.init) ?? ""
        let reasons = ["Put": "PutObject", "Copy": "CopyObject", "Delete": "DeleteObject"]
        cloud.events.publish(
            source: "aws.s3", detailType: isCreated ? "Object Created" : "Object Deleted",
            detail: .structure([
                "version": "0", "bucket": ["name": .string(bucket.name)],
                "object": .structure([
                    "key": .string(key), "size": isCreated ? .integer(version.size) : nil,
                    "etag": isCreated ? .string(String(version.etag.unquoted)) : nil,
                    "version-id": bucket.versioning == nil ? nil : .string(version.id),
                ]),
                "request-id": .string(context.requestID), "requester": .string(context.account),
                "source-ip-address": .string(context.sourceIP), "reason": .string(reasons[operation] ?? operation),
            ]), resources: [bucket.arn], account: bucket.account, region: bucket.region, time: cloud.clock.now)
    }

    private func record(
        _ event: String, _ bucket: Bucket, _ key: String, _ version: ObjectVersion, _ context: CallContext,
        _ configuration: String?
    ) -> AWSValue {
        [
            "Records": [
                [
                    "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": .string(bucket.region),
                    "eventTime": .string(Timestamps.format(cloud.clock.now, as: .iso8601)), "eventName": .string(event),
                    "userIdentity": ["principalId": .string("AWS:\(context.principal.userID)")],
                    "requestParameters": ["sourceIPAddress": .string(context.sourceIP)],
                    "responseElements": ["x-amz-request-id": .string(context.requestID)],
                    "s3": [
                        "s3SchemaVersion": "1.0", "configurationId": .string(configuration ?? ""),
                        "bucket": ["name": .string(bucket.name), "arn": .string(bucket.arn)],
                        "object": .structure([
                            "key": .string(QueryString.encode(key, keepingSlashes: true)),
                            "size": .integer(version.size),
                            "eTag": .string(String(version.etag.unquoted)),
                            "versionId": bucket.versioning == nil ? nil : .string(version.id),
                        ]),
                    ],
                ]
            ]
        ]
    }

    private func deliver(_ record: AWSValue, to arn: String, _ service: String, _ bucket: Bucket) {
        let text = String(decoding: JSON.write(record), as: UTF8.self)
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 6 else { return }
        let cloud = cloud
        cloud.spawn {
            let principal = Principal.service("s3.amazonaws.com", account: parts[4], for: bucket.arn)
            if service == "sns" {
                _ = try? await cloud.call(
                    "sns", "Publish",
                    ["TopicArn": .string(arn), "Message": .string(text), "Subject": "Amazon S3 Notification"],
                    as: principal, region: parts[3])
            } else {
                _ = try? await cloud.call(
                    "sqs", "SendMessage",
                    [
                        "QueueUrl": .string("\(cloud.endpoint)/\(parts[4])/\(parts[5])"), "MessageBody": .string(text),
                    ], as: principal, region: parts[3])
            }
        }
    }
}
