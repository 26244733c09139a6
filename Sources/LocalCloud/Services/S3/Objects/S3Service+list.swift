import AWSModel

extension S3Service {
    var listOperations: [String: OperationHandler] {
        ["ListObjects": listObjects, "ListObjectsV2": listObjectsV2, "ListObjectVersions": listObjectVersions]
    }

    private struct ObjectPage {
        var contents: [AWSValue] = []
        var commonPrefixes: [AWSValue] = []
        var isTruncated = false
        var last = ""
        var count: Int { contents.count + commonPrefixes.count }
    }

    static func limit(_ input: AWSValue, _ member: String) throws(ServiceError) -> Int {
        let wanted = input[member]?.int ?? 1000
        guard wanted >= 0 else {
            throw .invalidArgument("Argument \(member) must be an integer between 0 and 2147483647", member)
        }
        return min(wanted, 1000)
    }

    /// Keys in answers are percent-encoded when the client asks for it: XML cannot carry every character.
    static func encoder(_ input: AWSValue) -> (String) -> AWSValue {
        input["EncodingType"]?.string == "url"
            ? { .string(QueryString.encode($0, keepingSlashes: true)) } : { .string($0) }
    }

    private func page(
        _ input: AWSValue, _ bucket: Bucket, after: String, withOwner: Bool
    ) throws(ServiceError) -> ObjectPage {
        let limit = try Self.limit(input, "MaxKeys")
        let encode = Self.encoder(input)
        var page = ObjectPage()
        var walk = KeyWalk(
            objects.keys(account: bucket.name, region: ""), prefix: input["Prefix"]?.string ?? "",
            delimiter: input["Delimiter"]?.string, after: after)
        func current(_ key: String) -> ObjectVersion? {
            objects[bucket.name, "", key]?.current.flatMap { $0.isDeleteMarker ? nil : $0 }
        }
        while limit > 0, let item = walk.next(where: { current($0) != nil }) {
            if page.count >= limit {
                page.isTruncated = true
                break
            }
            switch item {
            case .commonPrefix(let prefix):
                page.last = ObjectKey.original(prefix)
                page.commonPrefixes.append(.map(["Prefix": encode(page.last)]))
            case .key(let ordered):
                guard let version = current(ordered) else { continue }
                page.last = ObjectKey.original(ordered)
                let algorithms = Checksum.names.filter { version.checksums["Checksum\($0)"] != nil }
                page.contents.append(
                    .structure([
                        "Key": encode(page.last), "LastModified": .timestamp(version.modifiedSecond),
                        "ETag": .string(version.etag), "Size": .integer(version.size),
                        "ChecksumAlgorithm": algorithms.isEmpty ? nil : .list(algorithms.map { .string($0) }),
                        "ChecksumType": version.checksums["ChecksumType"].map { .string($0) },
                        "StorageClass": version.headers["StorageClass"] ?? "STANDARD",
                        "Owner": withOwner ? owner(bucket.account) : nil,
                    ]))
            }
        }
        return page
    }

    private func common(_ input: AWSValue, _ bucket: Bucket, _ page: ObjectPage) -> AWSValue {
        let encode = Self.encoder(input)
        return .structure([
            "Name": .string(bucket.name), "Prefix": encode(input["Prefix"]?.string ?? ""),
            "MaxKeys": .integer(input["MaxKeys"]?.integer ?? 1000),
            "Delimiter": input["Delimiter"]?.string.map(encode), "EncodingType": input["EncodingType"],
            "IsTruncated": .bool(page.isTruncated), "Contents": page.contents.isEmpty ? nil : .list(page.contents),
            "CommonPrefixes": page.commonPrefixes.isEmpty ? nil : .list(page.commonPrefixes),
        ])
    }

    private func listObjects(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let bucket = try bucket(input)
        let marker = input["Marker"]?.string ?? ""
        let page = try page(input, bucket, after: marker, withOwner: true)
        let encode = Self.encoder(input)
        var answer = common(input, bucket, page)
        answer["Marker"] = encode(marker)
        if page.isTruncated, input["Delimiter"] != nil { answer["NextMarker"] = encode(page.last) }
        return answer
    }

    /// By which a continuation token is known from other text in base64.
    private static let tokenMark = "after:"

    private func listObjectsV2(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let bucket = try bucket(input)
        var after = input["StartAfter"]?.string ?? ""
        if let token = input["ContinuationToken"]?.string {
            let text = AWSModel.Base64.decode(token).map { String(decoding: $0, as: UTF8.self) } ?? ""
            guard text.hasPrefix(Self.tokenMark) else {
                throw ServiceError.invalidArgument("The continuation token provided is incorrect", "continuation-token")
            }
            after = String(text.dropFirst(Self.tokenMark.count))
        }
        let page = try page(input, bucket, after: after, withOwner: input["FetchOwner"]?.bool ?? false)
        var answer = common(input, bucket, page)
        answer["KeyCount"] = .integer(Int64(page.count))
        answer["ContinuationToken"] = input["ContinuationToken"]
        answer["StartAfter"] = input["StartAfter"]?.string.map(Self.encoder(input))
        if page.isTruncated {
            answer["NextContinuationToken"] = .string(AWSModel.Base64.encode(Array((Self.tokenMark + page.last).utf8)))
        }
        return answer
    }

    private func listObjectVersions(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let bucket = try bucket(input)
        let limit = try Self.limit(input, "MaxKeys")
        let encode = Self.encoder(input)
        let keyMarker = input["KeyMarker"]?.string ?? ""
        let versionMarker = input["VersionIdMarker"]?.string
        if versionMarker != nil, keyMarker.isEmpty {
            throw ServiceError.invalidArgument(
                "A version-id marker cannot be specified without a key marker.", "version-id-marker")
        }
        var walk = KeyWalk(
            objects.keys(account: bucket.name, region: ""), prefix: input["Prefix"]?.string ?? "",
            delimiter: input["Delimiter"]?.string, after: keyMarker, isIncluded: versionMarker != nil)
        var versions: [AWSValue] = []
        var markers: [AWSValue] = []
        var prefixes: [AWSValue] = []
        var last: (key: String, version: String?) = ("", nil)
        var isTruncated = false
        walking: while limit > 0, let item = walk.next(where: { _ in true }) {
            guard case .key(let ordered) = item else {
                guard case .commonPrefix(let prefix) = item else { break }
                if versions.count + markers.count + prefixes.count >= limit {
                    isTruncated = true
                    break
                }
                last = (ObjectKey.original(prefix), nil)
                prefixes.append(.map(["Prefix": encode(last.key)]))
                continue
            }
            guard let object = objects[bucket.name, "", ordered] else { continue }
            var rest = object.versions[...]
            if object.key == keyMarker, let versionMarker,
                let at = rest.firstIndex(where: { $0.id == versionMarker })
            {
                rest = rest[(at + 1)...]
            }
            for version in rest {
                if versions.count + markers.count + prefixes.count >= limit {
                    isTruncated = true
                    break walking
                }
                last = (object.key, version.id)
                var entry: AWSValue = .map([
                    "Key": encode(object.key), "VersionId": .string(version.id),
                    "IsLatest": .bool(version.id == object.current?.id),
                    "LastModified": .timestamp(version.modifiedSecond), "Owner": owner(bucket.account),
                ])
                if version.isDeleteMarker {
                    markers.append(entry)
                } else {
                    entry["ETag"] = .string(version.etag)
                    entry["Size"] = .integer(version.size)
                    entry["StorageClass"] = version.headers["StorageClass"] ?? "STANDARD"
                    versions.append(entry)
                }
            }
        }
        return .structure([
            "Name": .string(bucket.name), "Prefix": encode(input["Prefix"]?.string ?? ""),
            "KeyMarker": encode(keyMarker), "VersionIdMarker": .string(versionMarker ?? ""),
            "MaxKeys": .integer(input["MaxKeys"]?.integer ?? 1000), "Delimiter": input["Delimiter"]?.string.map(encode),
            "EncodingType": input["EncodingType"], "IsTruncated": .bool(isTruncated),
            "NextKeyMarker": isTruncated ? encode(last.key) : nil,
            "NextVersionIdMarker": isTruncated ? last.version.map { .string($0) } : nil,
            "Versions": versions.isEmpty ? nil : .list(versions),
            "DeleteMarkers": markers.isEmpty ? nil : .list(markers),
            "CommonPrefixes": prefixes.isEmpty ? nil : .list(prefixes),
        ])
    }
}
