import AWSModel

extension S3Service {
    var readOperations: [String: OperationHandler] {
        ["GetObject": getObject, "HeadObject": headObject, "GetObjectAttributes": getObjectAttributes]
    }

    /// The version that a request asks for.
    func version(_ input: AWSValue) throws(ServiceError) -> ObjectVersion {
        let bucket = try bucket(input)
        let key = try key(input)
        let id = input["VersionId"]?.string
        guard id?.isEmpty != true else {
            throw .invalidArgument("Version id cannot be the empty string", "versionId")
        }
        guard let object = stored(bucket.name, key) else {
            if let id { throw .noSuchVersion(key, id) }
            throw .noSuchKey(key)
        }
        guard let id else {
            guard let current = object.current, !current.isDeleteMarker else {
                throw ServiceError(
                    "NoSuchKey", "The specified key does not exist.", status: 404,
                    fields: ["Key": .string(key), "DeleteMarker": true])
            }
            return current
        }
        guard let version = object.versions.first(where: { $0.id == id }) else { throw .noSuchVersion(key, id) }
        if version.isDeleteMarker { throw .deleteMarkerRead }
        return version
    }

    private func getObject(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let version = try version(input)
        try checkReadConditions(input, version)
        let range = try range(input, version)
        var answer = head(version, input, range)
        answer["Body"] = .body(
            try files.read(
                version.file, offset: range?.lowerBound ?? 0, length: range.map { Int64($0.count) } ?? version.size))
        return answer
    }

    private func headObject(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let version = try version(input)
        try checkReadConditions(input, version)
        return head(version, input, try range(input, version))
    }

    private func head(_ version: ObjectVersion, _ input: AWSValue, _ range: Range<Int64>?) -> AWSValue {
        var answer = version.headers
        answer["AcceptRanges"] = "bytes"
        answer["ContentLength"] = .integer(range.map { Int64($0.count) } ?? version.size)
        answer["ETag"] = .string(version.etag)
        answer["LastModified"] = .timestamp(version.modifiedSecond)
        if answer["StorageClass"]?.string == "STANDARD" { answer["StorageClass"] = nil }
        if buckets["", "", input["Bucket"]?.string ?? ""]?.versioning != nil {
            answer["VersionId"] = .string(version.id)
        }
        if let range {
            answer["ContentRange"] = .string("bytes \(range.lowerBound)-\(range.upperBound - 1)/\(version.size)")
        }
        if !version.tags.isEmpty { answer["TagCount"] = .integer(Int64(version.tags.count)) }
        if input["PartNumber"] != nil, !version.parts.isEmpty {
            answer["PartsCount"] = .integer(Int64(version.parts.count))
        }
        if input["ChecksumMode"]?.string == "ENABLED", range == nil {
            for (name, value) in version.checksums { answer[name] = .string(value) }
        }
        for (parameter, member) in [
            ("ResponseCacheControl", "CacheControl"), ("ResponseContentDisposition", "ContentDisposition"),
            ("ResponseContentEncoding", "ContentEncoding"), ("ResponseContentLanguage", "ContentLanguage"),
            ("ResponseContentType", "ContentType"), ("ResponseExpires", "Expires"),
        ] {
            if let value = input[parameter] { answer[member] = value }
        }
        return answer
    }

    /// Source: RFC 9110, 13.2.2; S3 answers as it says.
    private func checkReadConditions(_ input: AWSValue, _ version: ObjectVersion) throws(ServiceError) {
        func lists(_ tags: String) -> Bool {
            tags.split(separator: ",").contains { tag in
                let tag = String(tag.drop { $0 == " " })
                return tag == "*" || tag.unquoted == version.etag.unquoted
            }
        }
        if let wanted = input["IfMatch"]?.string {
            guard lists(wanted) else { throw .preconditionFailed }
        } else if let time = input["IfUnmodifiedSince"]?.double, version.modifiedSecond > time {
            throw .preconditionFailed
        }
        if let unwanted = input["IfNoneMatch"]?.string {
            if lists(unwanted) { throw .notModified }
        } else if let time = input["IfModifiedSince"]?.double, version.modifiedSecond <= time {
            throw .notModified
        }
    }

    /// The bytes that a Range header or a part number asks for; nil for the whole object.
    private func range(_ input: AWSValue, _ version: ObjectVersion) throws(ServiceError) -> Range<Int64>? {
        if let number = input["PartNumber"]?.int {
            guard input["Range"] == nil else {
                throw Self.invalidRequest("Cannot specify both Range header and partNumber query parameter")
            }
            guard (1...10000).contains(number) else {
                throw .invalidArgument(
                    "Part number must be an integer between 1 and 10000, inclusive", "partNumber")
            }
            if version.parts.isEmpty, number == 1 { return nil }
            guard number <= version.parts.count else {
                throw ServiceError("InvalidPartNumber", "The requested partnumber is not satisfiable", status: 416)
            }
            let start = version.parts[..<(number - 1)].reduce(0, +)
            return start..<(start + version.parts[number - 1])
        }
        guard let text = input["Range"]?.string, text.hasPrefix("bytes="), !text.contains(",") else { return nil }
        let ends = text.dropFirst("bytes=".count).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard ends.count == 2 else { return nil }
        let size = version.size
        let unsatisfiable = ServiceError(
            "InvalidRange", "The requested range is not satisfiable", status: 416,
            fields: ["RangeRequested": .string(text), "ActualObjectSize": .string(String(size))])
        if ends[0].isEmpty {
            guard let last = Int64(ends[1]) else { return nil }
            guard last > 0, size > 0 else { throw unsatisfiable }
            return max(0, size - last)..<size
        }
        guard let start = Int64(ends[0]), start >= 0 else { return nil }
        guard start < size else { throw unsatisfiable }
        guard !ends[1].isEmpty else { return start..<size }
        guard let end = Int64(ends[1]), end >= start else { return nil }
        return start..<(end < size ? end + 1 : size)
    }

    private func getObjectAttributes(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let version = try version(input)
        let wanted = Set(input["ObjectAttributes"]?.strings ?? [])
        guard !wanted.isEmpty else {
            throw ServiceError.invalidArgument(
                "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty",
                "x-amz-object-attributes")
        }
        var checksum = AWSMap()
        for (name, value) in version.checksums { checksum[name] = .string(value) }
        let isVersioned = buckets["", "", input["Bucket"]?.string ?? ""]?.versioning != nil
        return .structure([
            "LastModified": .timestamp(version.modifiedSecond), "VersionId": isVersioned ? .string(version.id) : nil,
            "ETag": wanted.contains("ETag") ? .string(String(version.etag.unquoted)) : nil,
            "ObjectSize": wanted.contains("ObjectSize") ? .integer(version.size) : nil,
            "StorageClass": wanted.contains("StorageClass") ? version.headers["StorageClass"] ?? "STANDARD" : nil,
            "Checksum": wanted.contains("Checksum") && !checksum.isEmpty ? .map(checksum) : nil,
            "ObjectParts": wanted.contains("ObjectParts") && !version.parts.isEmpty
                ? ["TotalPartsCount": .integer(Int64(version.parts.count))] : nil,
        ])
    }
}
