import AWSModel
import AWSSigning

extension S3Service {
    var multipartOperations: [String: OperationHandler] {
        [
            "CreateMultipartUpload": createMultipartUpload, "UploadPart": uploadPart, "UploadPartCopy": uploadPartCopy,
            "CompleteMultipartUpload": completeMultipartUpload, "AbortMultipartUpload": abortMultipartUpload,
            "ListParts": listParts, "ListMultipartUploads": listMultipartUploads,
        ]
    }

    func upload(_ input: AWSValue) throws(ServiceError) -> MultipartUpload {
        let bucket = try bucket(input)
        let key = try key(input)
        guard let upload = uploads[bucket.name, "", input["UploadId"]?.string ?? ""], upload.key == key else {
            throw .noSuchUpload
        }
        return upload
    }

    private func createMultipartUpload(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let bucket = try bucket(input)
        let key = try key(input)
        try checkACL(input, bucket)
        try check(keyOf: input, context)
        try Self.check(lockOf: input, bucket)
        let algorithm = input["ChecksumAlgorithm"]?.string
        let type = input["ChecksumType"]?.string ?? algorithm.map { $0 == "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE" }
        let upload = MultipartUpload(
            id: Identifier.alphanumeric(96), bucket: bucket.name, key: key, initiated: cloud.clock.now,
            headers: try headers(input), tags: try Self.tags(header: input["Tagging"]?.string),
            checksumAlgorithm: algorithm, checksumType: type)
        uploads[bucket.name, "", upload.id] = upload
        return .structure([
            "Bucket": .string(bucket.name), "Key": .string(key), "UploadId": .string(upload.id),
            "ServerSideEncryption": upload.headers["ServerSideEncryption"],
            "ChecksumAlgorithm": algorithm.map { .string($0) }, "ChecksumType": type.map { .string($0) },
        ])
    }

    private func partNumber(_ input: AWSValue) throws(ServiceError) -> Int {
        guard let number = input["PartNumber"]?.int, (1...10000).contains(number) else {
            throw .invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber")
        }
        return number
    }

    /// Keeps a part, in place of an earlier one of its number.
    private func keep(_ stored: ObjectFiles.Stored, _ number: Int, _ upload: MultipartUpload) throws(ServiceError)
        -> MultipartUpload.Part
    {
        let part = MultipartUpload.Part(
            number: number, file: stored.file, size: stored.size, etag: "\"\(Hex.encode(stored.md5))\"",
            modified: cloud.clock.now, checksums: stored.checksums)
        guard var now = uploads[upload.bucket, "", upload.id] else {
            files.remove(stored.file)
            throw .noSuchUpload  // completed or aborted meanwhile
        }
        if let earlier = now.parts.updateValue(part, forKey: number) { discard([earlier.file]) }
        uploads[upload.bucket, "", upload.id] = now
        return part
    }

    private func uploadPart(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let upload = try upload(input)
        let number = try partNumber(input)
        var algorithms = Checksum.wanted(input)
        if let algorithm = upload.checksumAlgorithm, !algorithms.contains(algorithm) { algorithms.append(algorithm) }
        let stored = try await files.store(Self.payload(input["Body"]), algorithms: algorithms)
        do {
            try Checksum.check(stored, input)
        } catch {
            files.remove(stored.file)
            throw error
        }
        let part = try keep(stored, number, upload)
        var answer: AWSValue = ["ETag": .string(part.etag), "ServerSideEncryption": "AES256"]
        for (name, value) in part.checksums { answer[name] = .string(value) }
        return answer
    }

    private func uploadPartCopy(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let upload = try upload(input)
        let number = try partNumber(input)
        let source = try copySource(input)
        var range = 0..<source.size
        if let text = input["CopySourceRange"]?.string {
            let ends = text.dropFirst("bytes=".count).split(separator: "-")
            guard text.hasPrefix("bytes="), ends.count == 2, let first = Int64(ends[0]), let last = Int64(ends[1]),
                first >= 0, first <= last, last < source.size
            else {
                throw ServiceError.invalidArgument(
                    "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
                        + "zero-based offsets of the first and last bytes to copy", "x-amz-copy-source-range")
            }
            range = first..<(last + 1)
        }
        let body = try files.read(source.file, offset: range.lowerBound, length: Int64(range.count))
        let stored = try await files.store(body, algorithms: upload.checksumAlgorithm.map { [$0] } ?? [])
        let part = try keep(stored, number, upload)
        return [
            "CopyPartResult": ["ETag": .string(part.etag), "LastModified": .timestamp(part.modified.rounded(.down))]
        ]
    }

    private func completeMultipartUpload(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let upload = try upload(input)
        let wanted = input["MultipartUpload"]?["Parts"]?.list ?? []
        guard !wanted.isEmpty else { throw ServiceError.malformedXML }
        try checkWriteConditions(input, upload.bucket, upload.key)
        let parts = try chosenParts(wanted, of: upload)
        let pieces = parts.map { part in
            let place = files.place(part.file)
            return (path: place.path, offset: place.offset, length: part.size)
        }
        let whole = upload.checksumType == "FULL_OBJECT" ? upload.checksumAlgorithm : nil
        let stored = try await Task.detached { [files] in
            try files.combine(pieces, into: Identifier.hex(32), whole.map { [$0] } ?? [])
        }.value
        guard uploads[upload.bucket, "", upload.id] != nil else {
            files.remove(stored.file)
            throw ServiceError.noSuchUpload
        }
        var checksums = stored.checksums
        if let algorithm = upload.checksumAlgorithm, whole == nil {
            let values = parts.compactMap { $0.checksums["Checksum\(algorithm)"] }
            if values.count == parts.count {
                checksums["Checksum\(algorithm)"] = Checksum.composite(algorithm, parts: values)
            }
        }
        if !checksums.isEmpty { checksums["ChecksumType"] = upload.checksumType ?? "COMPOSITE" }
        let digest = Digest.hash(parts.flatMap { Hex.decode($0.etag.unquoted) ?? [] }, .md5)
        let version = add(
            ObjectVersion(
                id: "", file: stored.file, size: stored.size, etag: "\"\(Hex.encode(digest))-\(parts.count)\"",
                modified: cloud.clock.now, headers: upload.headers, tags: upload.tags, checksums: checksums,
                parts: parts.map(\.size)),
            key: upload.key, to: upload.bucket, event: "ObjectCreated:CompleteMultipartUpload", context)
        discard(upload.parts.values.map(\.file))
        uploads[upload.bucket, "", upload.id] = nil
        var answer = writeAnswer(version, upload.bucket)
        answer["Bucket"] = .string(upload.bucket)
        answer["Key"] = .string(upload.key)
        answer["Location"] = .string(
            "\(cloud.endpoint)/\(upload.bucket)/\(QueryString.encode(upload.key, keepingSlashes: true))")
        return answer
    }

    /// The parts that the request lists, in ascending order, each with the tag that its upload gave.
    private func chosenParts(_ wanted: [AWSValue], of upload: MultipartUpload) throws(ServiceError) -> [MultipartUpload
        .Part]
    {
        var parts: [MultipartUpload.Part] = []
        for entry in wanted {
            let number = entry["PartNumber"]?.int ?? 0
            if let last = parts.last, last.number >= number {
                throw ServiceError(
                    "InvalidPartOrder",
                    "The list of parts was not in ascending order. The parts list must be specified in order by part "
                        + "number.", status: 400)
            }
            guard let part = upload.parts[number], entry["ETag"]?.string?.unquoted == part.etag.unquoted else {
                throw ServiceError(
                    "InvalidPart",
                    "One or more of the specified parts could not be found. The part may not have been uploaded, or the "
                        + "specified entity tag may not match the part's entity tag.", status: 400,
                    fields: ["PartNumber": .string(String(number))])
            }
            parts.append(part)
        }
        if let small = parts.dropLast().first(where: { $0.size < 5 << 20 }) {
            throw ServiceError(
                "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", status: 400,
                fields: [
                    "ProposedSize": .string(String(small.size)), "MinSizeAllowed": "5242880",
                    "PartNumber": .string(String(small.number)), "ETag": .string(String(small.etag.unquoted)),
                ])
        }
        return parts
    }

    private func abortMultipartUpload(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let upload = try upload(input)
        discard(upload.parts.values.map(\.file))
        uploads[upload.bucket, "", upload.id] = nil
        return [:]
    }

    private func listParts(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let upload = try upload(input)
        let account = try bucket(input).account
        let limit = try Self.limit(input, "MaxParts")
        let marker = input["PartNumberMarker"]?.string.flatMap(Int.init) ?? 0
        let rest = upload.parts.values.filter { $0.number > marker }.sorted { $0.number < $1.number }
        let page = rest.prefix(limit)
        return .structure([
            "Bucket": .string(upload.bucket), "Key": .string(upload.key), "UploadId": .string(upload.id),
            "PartNumberMarker": .string(String(marker)),
            "NextPartNumberMarker": page.last.map { .string(String($0.number)) }, "MaxParts": .integer(Int64(limit)),
            "IsTruncated": .bool(page.count < rest.count), "Initiator": owner(account), "Owner": owner(account),
            "StorageClass": "STANDARD", "ChecksumAlgorithm": upload.checksumAlgorithm.map { .string($0) },
            "ChecksumType": upload.checksumType.map { .string($0) },
            "Parts": .list(
                page.map { part in
                    var entry: AWSValue = [
                        "PartNumber": .integer(Int64(part.number)), "ETag": .string(part.etag),
                        "Size": .integer(part.size), "LastModified": .timestamp(part.modified.rounded(.down)),
                    ]
                    for (name, value) in part.checksums { entry[name] = .string(value) }
                    return entry
                }),
        ])
    }

    private func listMultipartUploads(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let bucket = try bucket(input)
        let limit = try Self.limit(input, "MaxUploads")
        let encode = Self.encoder(input)
        let prefix = input["Prefix"]?.string ?? ""
        let marker = (input["KeyMarker"]?.string ?? "", input["UploadIdMarker"]?.string ?? "")
        let rest = uploads.all(account: bucket.name, region: "")
            .filter {
                $0.key.hasPrefix(prefix) && (ObjectKey.order($0.key), $0.id) > (ObjectKey.order(marker.0), marker.1)
            }
            .filter { marker.1.isEmpty ? $0.key != marker.0 : true }
            .sorted { (ObjectKey.order($0.key), $0.id) < (ObjectKey.order($1.key), $1.id) }
        let page = rest.prefix(limit)
        let isTruncated = page.count < rest.count
        return .structure([
            "Bucket": .string(bucket.name), "KeyMarker": encode(marker.0), "UploadIdMarker": .string(marker.1),
            "Prefix": encode(prefix), "MaxUploads": .integer(Int64(limit)), "IsTruncated": .bool(isTruncated),
            "EncodingType": input["EncodingType"],
            "NextKeyMarker": isTruncated ? page.last.map { encode($0.key) } : nil,
            "NextUploadIdMarker": isTruncated ? page.last.map { .string($0.id) } : nil,
            "Uploads": page.isEmpty
                ? nil
                : .list(
                    page.map {
                        .map([
                            "Key": encode($0.key), "UploadId": .string($0.id),
                            "Initiated": .timestamp($0.initiated.rounded(.down)), "StorageClass": "STANDARD",
                            "Owner": owner(bucket.account), "Initiator": owner(bucket.account),
                        ])
                    }),
        ])
    }
}
