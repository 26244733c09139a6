import AWSModel

/// AWS Security Token Service: who am I, and sessions of roles.
@CloudActor
final class STSService: CloudService {
    static let model = "sts"
    let cloud: Cloud

    init(cloud: Cloud) throws { self.cloud = cloud }

    var operations: [String: OperationHandler] {
        [
            "GetCallerIdentity": getCallerIdentity, "AssumeRole": assumeRole, "GetSessionToken": getSessionToken,
            "GetAccessKeyInfo": getAccessKeyInfo,
        ]
    }

    /// AssumeRole asks the role's trust policy first; GetCallerIdentity needs no permission at all.
    func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] { [] }

    private func getCallerIdentity(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        [
            "UserId": .string(context.principal.userID), "Account": .string(context.principal.account),
            "Arn": .string(context.principal.arn),
        ]
    }

    private func assumeRole(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let arn = try input.require("RoleArn", code: "ValidationError")
        let session = try input.require("RoleSessionName", code: "ValidationError")
        guard arn.hasPrefix("arn:") else {
            throw ServiceError("ValidationError", "\(arn) is invalid", status: 400)
        }
        let isValid =
            (2...64).contains(session.utf8.count)
            && session.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                    || "_+=,.@-".utf8.contains(byte)
            }
        guard isValid else {
            throw ServiceError(
                "ValidationError",
                ValidationText.one(
                    "roleSessionName", value: session, must: "satisfy regular expression pattern: [\\w+=,.@-]*"),
                status: 400)
        }
        var keys: [String: [String]] = ["sts:RoleSessionName": [session]]
        if let external = input["ExternalId"]?.string { keys["sts:ExternalId"] = [external] }
        let (principal, role) = try cloud.iam.assume(
            roleARN: arn, as: context.principal, session: session, context: keys)
        let duration = input["DurationSeconds"]?.int ?? 3600
        guard duration >= 900 else {
            throw ServiceError(
                "ValidationError", ValidationText.one("durationSeconds", value: "\(duration)", must: .least(900)),
                status: 400)
        }
        guard duration <= role.maxSessionDuration else {
            throw ServiceError(
                "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
                status: 400)
        }
        let policy = input["Policy"]?.string
        if let policy { try PolicyGrammar.check(policy, .identity) }
        let managed = (input["PolicyArns"]?.list ?? []).compactMap { $0["arn"]?.string }
        guard managed.count <= 10 else {
            throw ServiceError(
                "ValidationError", "A session takes 10 policies of PolicyArns at most, not \(managed.count)",
                status: 400)
        }
        for arn in managed where cloud.iam.managedPolicy(arn) == nil {
            throw ServiceError(
                "MalformedPolicyDocument", "The policy \(arn) of PolicyArns does not exist or cannot be attached.",
                status: 400)
        }
        let credentials = cloud.iam.temporaryCredentials(
            for: principal, duration: Double(duration), policy: policy, managedPolicies: managed)
        return [
            "Credentials": credentials.value,
            "AssumedRoleUser": ["AssumedRoleId": .string(principal.userID), "Arn": .string(principal.arn)],
        ]
    }

    private func getSessionToken(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        if case .assumedRole = context.principal.kind {
            throw ServiceError("AccessDenied", "Cannot call GetSessionToken with session credentials", status: 403)
        }
        let duration = input["DurationSeconds"]?.double ?? 43200
        return ["Credentials": cloud.iam.temporaryCredentials(for: context.principal, duration: duration).value]
    }

    private func getAccessKeyInfo(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let id = try input.require("AccessKeyId", code: "ValidationError")
        let owner = cloud.iam.keyOwners["", "", id]?.account ?? cloud.iam.sessions["", "", id]?.principal.account
        return ["Account": .string(owner ?? context.account)]
    }
}
