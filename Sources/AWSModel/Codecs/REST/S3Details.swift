/// Where S3 departs from rest-xml.
enum S3Details {
    /// GetBucketLocation answers with the location as the text of the outermost element.
    static func rootText(_ bytes: [UInt8], _ operation: Operation) throws -> (name: String, value: AWSValue)? {
        guard isRootText(operation), !bytes.isEmpty else { return nil }
        let tree = try XMLTreeParser.parse(bytes)
        let location = tree.string(tree.root)
        return ("LocationConstraint", location.isEmpty ? .null : .string(location))
    }

    static func isRootText(_ operation: Operation) -> Bool {
        operation.name == "GetBucketLocation" && operation.service.isS3
    }

    /// The header of an object that its owner may have given any text; as boto3 does, the text is an answer's `ExpiresString`.
    static func isExpires(_ member: Member, _ shape: Shape) -> Bool {
        member.name == "Expires" && member.shape.kind == .timestamp && ServiceModel(storage: shape.storage).isS3
    }

    /// S3 starts some answers before it knows how they end: status 200, and an error in the body.
    static func hasErrorBody(_ response: WireResponse, _ operation: Operation) -> Bool {
        guard operation.service.signingName == "s3" || operation.service.isS3, operation.httpMethod != "HEAD",
            case .bytes(let bytes) = response.body, !bytes.isEmpty
        else { return false }
        if RESTBody.isFree(operation) { return false }
        guard let start = elementStart(bytes) else { return false }
        return bytes[start...].starts(with: "<Error>".utf8) || bytes[start...].starts(with: "<Error ".utf8)
    }

    /// The first element's "<", past white space and the XML declaration.
    private static func elementStart(_ bytes: [UInt8]) -> Int? {
        var at = 0
        while at < bytes.count {
            guard bytes[at] == UInt8(ascii: "<") else {
                at += 1
                continue
            }
            guard at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "?") else { return at }
            guard let end = bytes[at...].firstIndex(of: UInt8(ascii: ">")) else { return nil }
            at = end + 1
        }
        return nil
    }
}
