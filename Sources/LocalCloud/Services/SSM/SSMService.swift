import AWSModel

/// AWS Systems Manager's Parameter Store.
@CloudActor
final class SSMService: CloudService {
    static let model = "ssm"
    let cloud: Cloud
    let parameters: Table<Parameter>

    init(cloud: Cloud) throws {
        self.cloud = cloud
        parameters = try cloud.store.table("ssm.parameters", of: Parameter.self)
    }

    var operations: [String: OperationHandler] {
        [
            "PutParameter": putParameter, "GetParameter": getParameter, "GetParameters": getParameters,
            "GetParametersByPath": getParametersByPath, "GetParameterHistory": getParameterHistory,
            "DescribeParameters": describeParameters, "DeleteParameter": deleteParameter,
            "DeleteParameters": deleteParameters, "LabelParameterVersion": labelParameterVersion,
            "UnlabelParameterVersion": unlabelParameterVersion, "AddTagsToResource": addTags,
            "RemoveTagsFromResource": removeTags, "ListTagsForResource": listTags,
        ]
    }

    func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] {
        if context.principal.kind == .root { return [] }
        func permission(_ name: String) -> Permission {
            Permission(
                action: "ssm:\(operation)",
                resource: name == "*" ? "*" : arn(ParameterReference(name).name, context.account, context.region))
        }
        switch operation {
        case "GetParameters", "DeleteParameters": return (input["Names"]?.strings ?? []).map(permission)
        case "DescribeParameters": return [permission("*")]
        case "GetParametersByPath": return [permission(input["Path"]?.string ?? "/")]
        case "AddTagsToResource", "RemoveTagsFromResource", "ListTagsForResource":
            return [permission(input["ResourceId"]?.string ?? "*")]
        default: return [permission(input["Name"]?.string ?? "*")]
        }
    }

    func arn(_ name: String, _ account: String, _ region: String) -> String {
        "arn:aws:ssm:\(region):\(account):parameter\(name.hasPrefix("/") ? "" : "/")\(name)"
    }

    func existing(_ name: String, _ context: CallContext) throws(ServiceError) -> Parameter {
        guard let parameter = parameters[context.account, context.region, name] else { throw .parameterNotFound(name) }
        return parameter
    }

    static let tagRules = TagRules(
        duplicate: "ValidationException", reserved: "ValidationException", tooMany: "TooManyTagsError")

    private func addTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var parameter = try tagged(input, context)
        let tags = [Tag](input["Tags"])
        try Self.tagRules.check(tags, over: parameter.tags)
        parameter.tags.set(tags)
        parameters[context.account, context.region, parameter.name] = parameter
        return [:]
    }

    private func removeTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var parameter = try tagged(input, context)
        parameter.tags.unset(input["TagKeys"]?.strings ?? [])
        parameters[context.account, context.region, parameter.name] = parameter
        return [:]
    }

    private func listTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        .map(["TagList": try tagged(input, context).tags.awsValue()])
    }

    private func tagged(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> Parameter {
        let id = input["ResourceId"]?.string ?? ""
        guard input["ResourceType"]?.string == "Parameter" else {
            throw ServiceError("InvalidResourceType", "Only parameters can be tagged in the local cloud.")
        }
        guard let parameter = parameters[context.account, context.region, id] else {
            throw ServiceError("InvalidResourceId", "The resource ID \(id) is not valid. Verify that it exists.")
        }
        return parameter
    }
}

extension ServiceError {
    static func parameterNotFound(_ name: String) -> ServiceError {
        ServiceError("ParameterNotFound", "Parameter \(name) not found.", status: 400)
    }
}

/// A parameter as requests name it: `name`, `name:version`, `name:label`, or an ARN.
struct ParameterReference {
    let name: String
    let selector: String?

    init(_ text: String) {
        var text = text
        var isARN = false
        if text.hasPrefix("arn:"), let range = text.firstRange(of: ":parameter/") {
            text = String(text[range.upperBound...])
            isARN = true
        }
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        // An ARN does not show whether the name began with a slash: one with several levels did.
        let first = parts.first ?? ""
        name = isARN && first.contains("/") ? "/" + first : first
        selector = parts.count > 1 ? parts[1] : nil
    }
}
