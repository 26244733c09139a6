import AWSModel
import AWSSigning

extension S3Service {
    /// The version that a CopySource names, checked against its conditions.
    func copySource(_ input: AWSValue) throws(ServiceError) -> ObjectVersion {
        guard let source = CopySource(input["CopySource"]?.string ?? "") else {
            throw .invalidArgument(
                "Copy Source must mention the source bucket and key: sourcebucket/sourcekey", "x-amz-copy-source")
        }
        guard buckets["", "", source.bucket] != nil else { throw .noSuchBucket(source.bucket) }
        guard let object = stored(source.bucket, source.key) else { throw .noSuchKey(source.key) }
        let found = source.version.map { id in object.versions.first { $0.id == id } } ?? object.current
        guard let version = found else { throw .noSuchVersion(source.key, source.version ?? "") }
        guard !version.isDeleteMarker else {
            if source.version != nil {
                throw .invalidArgument(
                    "The source of a copy request may not specifically refer to a delete marker by version id.",
                    "x-amz-copy-source")
            }
            throw .noSuchKey(source.key)
        }
        let isWanted =
            (input["CopySourceIfMatch"]?.string.map { $0.unquoted == version.etag.unquoted } ?? true)
            && (input["CopySourceIfNoneMatch"]?.string.map { $0.unquoted != version.etag.unquoted } ?? true)
            && (input["CopySourceIfModifiedSince"]?.double.map { version.modifiedSecond > $0 } ?? true)
            && (input["CopySourceIfUnmodifiedSince"]?.double.map { version.modifiedSecond <= $0 } ?? true)
        guard isWanted else { throw .preconditionFailed }
        return version
    }

    func copyObject(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let bucket = try bucket(input)
        let key = try key(input)
        let source = try copySource(input)
        let replaces = input["MetadataDirective"]?.string == "REPLACE"
        let from = CopySource(input["CopySource"]?.string ?? "")
        if from?.bucket == bucket.name, from?.key == key, from?.version == nil, !replaces, input["StorageClass"] == nil,
            input["ServerSideEncryption"] == nil, input["TaggingDirective"]?.string != "REPLACE"
        {
            throw ServiceError(
                "InvalidRequest",
                "This copy request is illegal because it is trying to copy an object to itself without changing the "
                    + "object's metadata, storage class, website redirect location or encryption attributes.",
                status: 400)
        }
        var headers = replaces ? try headers(input) : source.headers
        for member in ["ServerSideEncryption", "SSEKMSKeyId", "StorageClass"] {
            if let value = input[member] { headers[member] = value }
        }
        let body = try files.read(source.file, offset: 0, length: source.size)
        let stored = try await files.store(body, algorithms: source.checksumNames(and: input))
        var checksums = stored.checksums
        if !checksums.isEmpty { checksums["ChecksumType"] = "FULL_OBJECT" }
        let tags =
            input["TaggingDirective"]?.string == "REPLACE"
            ? try Self.tags(header: input["Tagging"]?.string) : source.tags
        let version = add(
            ObjectVersion(
                id: "", file: stored.file, size: stored.size, etag: "\"\(Hex.encode(stored.md5))\"",
                modified: cloud.clock.now, headers: headers, tags: tags, checksums: checksums),
            key: key, to: bucket.name, event: "ObjectCreated:Copy", context)
        var answer = writeAnswer(version, bucket.name)
        answer["ETag"] = nil
        var result: AWSValue = [
            "ETag": .string(version.etag), "LastModified": .timestamp(version.modifiedSecond),
        ]
        for (name, value) in version.checksums {
            result[name] = .string(value)
            answer[name] = nil
        }
        answer["CopyObjectResult"] = result
        if let id = from?.version { answer["CopySourceVersionId"] = .string(id) }
        return answer
    }
}

extension ObjectVersion {
    /// The checksums to take of a copy: those of the source, and the one that is asked for.
    fileprivate func checksumNames(and input: AWSValue) -> [String] {
        if let asked = input["ChecksumAlgorithm"]?.string { return [asked] }
        return Checksum.names.filter { checksums["Checksum\($0)"] != nil }
    }
}
