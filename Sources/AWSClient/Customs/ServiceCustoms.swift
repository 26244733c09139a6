import AWSModel

/// Where a service's values need more than its model says, the way boto3 does it: policies as structures, console output
/// as text, S3's copy sources, its customers' keys, and the encoding of keys in its listings.
///
/// Nearly all services have none, and are known by it without a look at their names for each call.
enum ServiceCustoms: String {
    case apigateway, autoscaling, cloudformation, docdb, ec2, glacier, iam, neptune, polly, rds, route53, s3

    init?(_ service: ServiceModel) { self.init(rawValue: service.name) }

    /// What a script gave, as the operation takes it; applied before the input is checked.
    func input(_ input: AWSValue, _ operation: Operation) -> AWSValue {
        var input = input
        switch (self, operation.name) {
        case (.s3, _): Self.s3(&input, operation)
        case (.ec2, "RunInstances"), (.autoscaling, "CreateLaunchConfiguration"):
            // A script's text; launch templates take base64 as it is.
            switch input["UserData"] {
            case .string(let text): input["UserData"] = .string(Base64.encode(Array(text.utf8)))
            case .blob(let bytes): input["UserData"] = .string(Base64.encode(bytes))
            default: break
            }
        case (.route53, _): Self.shortenIDs(&input, operation)
        case (.glacier, _):
            // "-" is the account that signs.
            if input["accountId"] == nil, operation.input?.member("accountId") != nil { input["accountId"] = "-" }
        default: break
        }
        return input
    }

    /// Headers that a service wants on each request.
    func headers(_ service: ServiceModel) -> [(name: String, value: String)] {
        switch self {
        // It would answer in HAL, whose members are others.
        case .apigateway: [("Accept", "application/json")]
        case .glacier: [("x-amz-glacier-version", service.apiVersion)]
        default: []
        }
    }

    /// Polly alone of the services that take JSON also takes a request whose input is in the URL: what a browser plays.
    func presignedQuery(_ body: [UInt8]) -> [(name: String, value: String?)]? {
        guard self == .polly, let input = try? JSON.parse(body).map else { return nil }
        return input.flatMap { name, value in
            (value.list ?? [value]).compactMap { item -> (name: String, value: String?)? in
                let text = item.string ?? item.int.map { String($0) }
                return text.map { (QueryString.encode(name), QueryString.encode($0)) }
            }
        }
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

    /// What a script gets instead of an operation's output; nil where it is the output as it came.
    ///
    /// - Parameter given: the input before ``input(_:_:)``.
    func outputChange(_ operation: Operation, given: AWSValue) -> ((AWSValue) -> AWSValue)? {
        switch (self, operation.name) {
        case (.iam, _):
            guard let shape = operation.output else { return nil }
            return { Self.policies($0, shape) }
        case (.ec2, "GetConsoleOutput"):
            return { output in
                guard let text = output["Output"]?.string, let bytes = Base64.decode(text) else { return output }
                var output = output
                output["Output"] = .string(String(decoding: bytes, as: UTF8.self))
                return output
            }
        case (.cloudformation, "GetTemplate"):
            return { output in
                guard let body = output["TemplateBody"]?.string, let template = try? JSON.parse(body),
                    template.map != nil
                else { return output }
                var output = output
                output["TemplateBody"] = template
                return output
            }
        case (.s3, "ListObjects"), (.s3, "ListObjectsV2"), (.s3, "ListObjectVersions"):
            guard given["EncodingType"] == nil else { return nil }
            return { Self.listing($0) }
        default: return nil
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
}
