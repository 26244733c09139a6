import AWSModel
import AWSSigning

extension ServiceCustoms {
    static func s3(_ input: inout AWSValue, _ operation: Operation) {
        switch operation.name {
        case "CopyObject", "UploadPartCopy":
            if let source = input["CopySource"].flatMap(copySource) { input["CopySource"] = .string(source) }
            customerKey("CopySourceSSECustomerKey", &input, operation)
        case "ListObjects", "ListObjectsV2", "ListObjectVersions":
            // Keys may hold characters that XML cannot carry.
            if input["EncodingType"] == nil { input["EncodingType"] = "url" }
        default: break
        }
        customerKey("SSECustomerKey", &input, operation)
    }

    /// A key of the customer's own is given as its bytes and travels as base64, with its MD5.
    private static func customerKey(_ name: String, _ input: inout AWSValue, _ operation: Operation) {
        guard operation.input?.member("\(name)MD5") != nil, input["\(name)MD5"] == nil else { return }
        let key: [UInt8]
        switch input[name] {
        case .string(let text): key = Array(text.utf8)
        case .blob(let bytes): key = bytes
        default: return
        }
        input[name] = .string(Base64.encode(key))
        input["\(name)MD5"] = .string(Base64.encode(Digest.hash(key, .md5)))
    }

    /// "bucket/key" or `{ Bucket, Key, VersionId }`, encoded as the header wants it.
    private static func copySource(_ value: AWSValue) -> String? {
        switch value {
        case .string(let text):
            let parts = text.split(separator: "?versionId=", maxSplits: 1, omittingEmptySubsequences: false)
            let source = QueryString.encode(String(parts[0]), keepingSlashes: true)
            return parts.count > 1 ? "\(source)?versionId=\(parts[1])" : source
        case .map(let map):
            guard let bucket = map["Bucket"]?.string, let key = map["Key"]?.string else { return nil }
            let source = QueryString.encode("\(bucket)/\(key)", keepingSlashes: true)
            return map["VersionId"]?.string.map { "\(source)?versionId=\($0)" } ?? source
        default: return nil
        }
    }

    static func listing(_ output: AWSValue) -> AWSValue {
        guard output["EncodingType"]?.string == "url", case .map(var map) = output else { return output }
        for name in ["Delimiter", "Marker", "NextMarker", "Prefix", "StartAfter", "KeyMarker", "NextKeyMarker"] {
            if let value = map[name] { map[name] = decoded(value) }
        }
        for (list, name) in [
            ("Contents", "Key"), ("Versions", "Key"), ("DeleteMarkers", "Key"), ("CommonPrefixes", "Prefix"),
        ] {
            guard let elements = map[list]?.list else { continue }
            map[list] = .list(
                elements.map { element in
                    var element = element
                    if let value = element[name] { element[name] = decoded(value) }
                    return element
                })
        }
        return .map(map)
    }

    private static func decoded(_ value: AWSValue) -> AWSValue {
        value.string.flatMap { QueryString.decode($0, plusIsSpace: true) }.map { .string($0) } ?? value
    }
}
