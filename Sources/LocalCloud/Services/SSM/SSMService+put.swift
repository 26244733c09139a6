import AWSModel

extension SSMService {
    func putParameter(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = ParameterReference(input["Name"]?.string ?? "").name
        try checkName(name)
        let value = input["Value"]?.string ?? ""
        guard !value.isEmpty else {
            throw ServiceError(
                "ValidationException", ValidationText.one("value", must: .leastLength(1)) + ".")
        }
        let parameter = parameters[context.account, context.region, name]
        let overwrites = input["Overwrite"]?.bool ?? false
        if parameter != nil, !overwrites {
            throw ServiceError(
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
            )
        }
        if overwrites, input["Tags"] != nil {
            throw ServiceError(
                "ValidationException",
                "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please "
                    + "remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or "
                    + "RemoveTagsFromResource.")
        }
        guard let type = input["Type"]?.string ?? parameter?.type else {
            throw ServiceError("ValidationException", "A parameter type is required when you create a parameter.")
        }
        if let parameter, parameter.type != type {
            throw ServiceError(
                "HierarchyTypeMismatchException",
                "Parameter Store does not support changing a parameter type in a hierarchy.")
        }
        let dataType = input["DataType"]?.string ?? parameter?.dataType ?? "text"
        guard Self.dataTypes.contains(dataType) else {
            throw ServiceError(
                "ValidationException",
                "The following data type is not supported: \(dataType) (Data type names are all lowercase.)")
        }
        try Self.checkPolicies(input["Policies"]?.string)
        try Self.tagRules.check([Tag](input["Tags"]))
        let tier = try tier(input, value, parameter?.versions.last?.tier)
        let pattern = input["AllowedPattern"]?.string ?? parameter?.versions.last?.allowedPattern
        try checkPattern(pattern, value)
        let keyID = type == "SecureString" ? input["KeyId"]?.string ?? "alias/aws/ssm" : nil
        if let keyID, keyID != "alias/aws/ssm", cloud.service(KMSService.self).find(keyID, context) == nil {
            throw ServiceError("InvalidKeyId", "Invalid keyId \(keyID)")
        }
        let number = (parameter?.versions.last?.number ?? 0) + 1
        var record =
            parameter
            ?? Parameter(
                name: name, type: type, dataType: dataType,
                arn: arn(name, context.account, context.region), tags: [Tag](input["Tags"]), versions: [])
        record.versions.append(
            Parameter.Version(
                number: number, value: value, modified: cloud.clock.now, user: context.principal.arn,
                description: input["Description"]?.string ?? parameter?.versions.last?.description, keyID: keyID,
                allowedPattern: pattern, tier: tier))
        if record.versions.count > 100 { record.versions.removeFirst() }
        parameters[context.account, context.region, name] = record
        publishChange(parameter == nil ? "Create" : "Update", record, context)
        return ["Version": .integer(number), "Tier": .string(tier)]
    }

    private static let dataTypes: Set = ["text", "aws:ec2:image", "aws:ssm:integration"]

    /// Policies are refused when they are none, and told of when they are: nothing here lets parameters expire.
    private static func checkPolicies(_ text: String?) throws(ServiceError) {
        guard let text, !text.isEmpty else { return }
        guard let policies = (try? JSON.parse(text))?.list else {
            throw ServiceError("ValidationException", "Invalid policies input: \(text).")
        }
        guard policies.count <= 10 else {
            throw ServiceError(
                "PoliciesLimitExceededException", "You specified more than the maximum number of allowed policies: 10.")
        }
        let types: Set = ["Expiration", "ExpirationNotification", "NoChangeNotification"]
        for policy in policies where !types.contains(policy["Type"]?.string ?? "") {
            throw ServiceError(
                "InvalidPolicyTypeException",
                "The policy type isn't supported. Parameter Store supports the following policy types: Expiration, ExpirationNotification, and NoChangeNotification."
            )
        }
        guard policies.isEmpty else {
            throw ServiceError("ValidationException", "The local cloud does not carry out policies of parameters.")
        }
    }

    private func checkName(_ name: String) throws(ServiceError) {
        let lowered = name.lowercased()
        if lowered.hasPrefix("/aws") || lowered.hasPrefix("aws") {
            throw ServiceError("AccessDeniedException", "No access to reserved parameter name: \(name).")
        }
        let isAllowed = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || "/._-".utf8.contains(byte)
        }
        guard isAllowed, !name.isEmpty, !lowered.hasPrefix("ssm"), !lowered.hasPrefix("/ssm"), !name.contains("//"),
            !name.hasSuffix("/")
        else {
            throw ServiceError(
                "ValidationException",
                "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of "
                    + "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the "
                    + "following 3 symbols .-_")
        }
        if name.contains("/"), !name.hasPrefix("/") {
            throw ServiceError("ValidationException", "Parameter name must be a fully qualified name.")
        }
        guard name.split(separator: "/").count <= 15 else {
            throw ServiceError(
                "HierarchyLevelLimitExceededException",
                "A parameter name hierarchy can have a maximum of 15 levels.")
        }
    }

    private func tier(_ input: AWSValue, _ value: String, _ previous: String?) throws(ServiceError) -> String {
        let asked = input["Tier"]?.string ?? previous ?? "Standard"
        if asked == "Standard", previous == "Advanced" {
            throw ServiceError(
                "ValidationException",
                "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter."
            )
        }
        let size = value.utf8.count
        guard size <= 8192 else {
            throw ServiceError(
                "ValidationException", "Advanced tier parameters support a maximum parameter value of 8192 characters.")
        }
        if asked == "Intelligent-Tiering" { return size > 4096 || previous == "Advanced" ? "Advanced" : "Standard" }
        guard asked == "Advanced" || size <= 4096 else {
            throw ServiceError(
                "ValidationException",
                "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger "
                    + "parameter value, upgrade the parameter to use the advanced-parameter tier.")
        }
        return asked
    }

    private func checkPattern(_ pattern: String?, _ value: String) throws(ServiceError) {
        guard let pattern, !pattern.isEmpty else { return }
        guard let expression = try? Regex(pattern) else {
            throw ServiceError("InvalidAllowedPatternException", "The regular expression is not valid: \(pattern)")
        }
        guard (try? expression.firstMatch(in: value)) ?? nil != nil else {
            throw ServiceError(
                "ParameterPatternMismatchException",
                "Parameter value, cannot be validated against allowedPattern: \(pattern)")
        }
    }

    func publishChange(_ operation: String, _ parameter: Parameter, _ context: CallContext) {
        cloud.events.publish(
            source: "aws.ssm", detailType: "Parameter Store Change",
            detail: [
                "operation": .string(operation), "name": .string(parameter.name), "type": .string(parameter.type),
            ], resources: [parameter.arn], account: context.account, region: context.region, time: cloud.clock.now)
    }
}
