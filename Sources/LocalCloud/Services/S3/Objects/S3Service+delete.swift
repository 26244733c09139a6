import AWSModel

extension S3Service {
    var deleteOperations: [String: OperationHandler] {
        ["DeleteObject": deleteObject, "DeleteObjects": deleteObjects]
    }

    private func deleteObject(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let bucket = try bucket(input)
        let key = try key(input)
        if let wanted = input["IfMatch"]?.string, wanted != "*" {
            guard let current = stored(bucket.name, key)?.current, !current.isDeleteMarker else {
                throw ServiceError.noSuchKey(key)
            }
            guard wanted.unquoted == current.etag.unquoted else { throw ServiceError.preconditionFailed }
        }
        return delete(key, version: input["VersionId"]?.string, from: bucket, context)
    }

    /// Without a version id a versioned bucket gets a delete marker; with one, that version goes. What is not there is no
    /// error.
    private func delete(_ key: String, version: String?, from bucket: Bucket, _ context: CallContext) -> AWSValue {
        let place = ObjectKey.order(key)
        if let version {
            guard var object = objects[bucket.name, "", place],
                let at = object.versions.firstIndex(where: { $0.id == version })
            else { return .structure(["VersionId": .string(version)]) }
            let removed = object.versions.remove(at: at)
            discard([removed.file].compactMap { $0 })
            objects[bucket.name, "", place] = object.versions.isEmpty ? nil : object
            notify("ObjectRemoved:Delete", bucket: bucket.name, key: key, version: removed, context)
            return .structure([
                "VersionId": .string(version), "DeleteMarker": removed.isDeleteMarker ? true : nil,
            ])
        }
        guard bucket.versioning != nil else {
            guard let object = objects[bucket.name, "", place] else { return [:] }
            discard(object.versions.compactMap(\.file))
            objects[bucket.name, "", place] = nil
            if let gone = object.current {
                notify("ObjectRemoved:Delete", bucket: bucket.name, key: key, version: gone, context)
            }
            return [:]
        }
        let marker = add(
            ObjectVersion(id: "", isDeleteMarker: true, modified: cloud.clock.now), key: key, to: bucket.name,
            event: "ObjectRemoved:DeleteMarkerCreated", context)
        return ["DeleteMarker": true, "VersionId": .string(marker.id)]
    }

    private func deleteObjects(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let bucket = try bucket(input)
        let wanted = input["Delete"]?["Objects"]?.list ?? []
        guard !wanted.isEmpty, wanted.count <= 1000 else { throw ServiceError.malformedXML }
        var deleted: [AWSValue] = []
        var errors: [AWSValue] = []
        for entry in wanted {
            let key = entry["Key"]?.string ?? ""
            let version = entry["VersionId"]?.string
            guard !key.isEmpty else {
                errors.append(["Key": "", "Code": "UserKeyMustBeSpecified", "Message": "The key must be specified."])
                continue
            }
            let answer = delete(key, version: version, from: bucket, context)
            let isMarker = answer["DeleteMarker"]?.bool ?? false
            deleted.append(
                .structure([
                    "Key": .string(key), "VersionId": version.map { .string($0) },
                    "DeleteMarker": isMarker ? true : nil,
                    "DeleteMarkerVersionId": isMarker ? answer["VersionId"] : nil,
                ]))
        }
        return .structure([
            "Deleted": input["Delete"]?["Quiet"]?.bool == true ? nil : .list(deleted),
            "Errors": errors.isEmpty ? nil : .list(errors),
        ])
    }
}
