import AWSClient
import AWSModel

/// Where a service's values need more than its model says, the way boto3 does it: policies as tables, console output as
/// text, S3's copy sources and the encoding of keys in its listings.
enum ServiceCustoms {
    /// What a script gave, as the operation takes it; applied before the input is checked.
    static func input(_ input: AWSValue, _ operation: Operation) -> AWSValue {
        var input = input
        switch (operation.service.name, operation.name) {
        case ("s3", "CopyObject"), ("s3", "UploadPartCopy"):
            if let source = input["CopySource"].flatMap(copySource) { input["CopySource"] = .string(source) }
        case ("s3", "ListObjects"), ("s3", "ListObjectsV2"), ("s3", "ListObjectVersions"):
            // Keys may hold characters that XML cannot carry.
            if input["EncodingType"] == nil { input["EncodingType"] = "url" }
        case ("ec2", "RunInstances"), ("autoscaling", "CreateLaunchConfiguration"):
            // A script's text; launch templates take base64 as it is.
            switch input["UserData"] {
            case .string(let text): input["UserData"] = .string(Base64.encode(Array(text.utf8)))
            case .blob(let bytes): input["UserData"] = .string(Base64.encode(bytes))
            default: break
            }
        case ("route53", _): shortenIDs(&input, operation)
        case ("glacier", _):
            // "-" is the account that signs.
            if input["accountId"] == nil, operation.input?.member("accountId") != nil { input["accountId"] = "-" }
        default: break
        }
        return input
    }

    /// Answers call a zone "/hostedzone/Z1", requests want "Z1".
    private static func shortenIDs(_ input: inout AWSValue, _ operation: Operation) {
        for member in operation.input.map({ Array($0.members) }) ?? [] {
            guard ["ResourceId", "DelegationSetId", "ChangeId"].contains(member.shape.name),
                let id = input[member.name]?.string, let last = id.split(separator: "/").last
            else { continue }
            input[member.name] = .string(String(last))
        }
    }

    /// - Parameter given: the input before ``input(_:_:)``.
    static func output(_ output: AWSValue, _ operation: Operation, given: AWSValue) -> AWSValue {
        switch (operation.service.name, operation.name) {
        case ("iam", _): return operation.output.map { policies(output, $0) } ?? output
        case ("ec2", "GetConsoleOutput"):
            guard let text = output["Output"]?.string, let bytes = decodeBase64(text) else { return output }
            var output = output
            output["Output"] = .string(String(decoding: bytes, as: UTF8.self))
            return output
        case ("cloudformation", "GetTemplate"):
            guard let body = output["TemplateBody"]?.string, let template = try? JSON.parse(body), template.map != nil
            else {
                return output
            }
            var output = output
            output["TemplateBody"] = template
            return output
        case ("s3", "ListObjects"), ("s3", "ListObjectsV2"), ("s3", "ListObjectVersions"):
            return given["EncodingType"] == nil ? listing(output) : output
        default: return output
        }
    }

    // MARK: IAM

    /// Policy documents come as percent-encoded JSON in text.
    private static func policies(_ value: AWSValue, _ shape: Shape) -> AWSValue {
        switch (shape.kind, value) {
        case (.structure, .map(let map)):
            return .map(
                AWSMap(
                    map.map { name, item in
                        guard let member = shape.member(name)?.shape else { return (name, item) }
                        return (name, policies(item, member))
                    }))
        case (.list, .list(let elements)):
            guard let element = shape.element?.shape, element.kind == .structure else { return value }
            return .list(elements.map { policies($0, element) })
        case (.string, .string(let text)) where shape.name == "policyDocumentType":
            guard let plain = QueryString.decode(text), let document = try? JSON.parse(plain) else { return value }
            return document
        default: return value
        }
    }

    // MARK: S3

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

    private static func listing(_ output: AWSValue) -> AWSValue {
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

    private static func decodeBase64(_ text: String) -> [UInt8]? { Base64.decode(text) }
}
