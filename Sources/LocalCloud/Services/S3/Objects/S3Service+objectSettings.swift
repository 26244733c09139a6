import AWSModel

extension S3Service {
    var objectSettingOperations: [String: OperationHandler] {
        [
            "PutObjectTagging": putObjectTagging, "GetObjectTagging": getObjectTagging,
            "DeleteObjectTagging": deleteObjectTagging, "GetObjectAcl": getObjectACL, "PutObjectAcl": putObjectACL,
        ]
    }

    private func change(_ input: AWSValue, _ body: (inout ObjectVersion) -> Void) throws -> AWSValue {
        let wanted = try version(input)
        let bucket = input["Bucket"]?.string ?? ""
        let place = ObjectKey.order(input["Key"]?.string ?? "")
        objects.update(bucket, "", place) { object in
            guard let at = object.versions.firstIndex(where: { $0.id == wanted.id }) else { return }
            body(&object.versions[at])
        }
        return buckets["", "", bucket]?.versioning == nil ? [:] : ["VersionId": .string(wanted.id)]
    }

    private func putObjectTagging(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let tags = [Tag](input["Tagging"]?["TagSet"])
        try S3Tags.check(tags, most: S3Tags.mostOfObject, of: "Object")
        return try change(input) { $0.tags = tags }
    }

    private func getObjectTagging(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let version = try version(input)
        let isVersioned = buckets["", "", input["Bucket"]?.string ?? ""]?.versioning != nil
        return .structure([
            "TagSet": version.tags.awsValue(), "VersionId": isVersioned ? .string(version.id) : nil,
        ])
    }

    private func deleteObjectTagging(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try change(input) { $0.tags = [] }
    }

    private func getObjectACL(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        _ = try version(input)
        return ownerGrant(try bucket(input).account)
    }

    private func putObjectACL(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        _ = try version(input)
        try checkACL(input, try bucket(input))
        return [:]
    }
}
