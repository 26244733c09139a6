import AWSModel

/// AWS Secrets Manager.
@CloudActor
final class SecretsManagerService: CloudService {
    static let model = "secretsmanager"
    let cloud: Cloud
    let secrets: Table<Secret>

    init(cloud: Cloud) throws {
        self.cloud = cloud
        secrets = try cloud.store.table("secretsmanager.secrets", of: Secret.self)
    }

    var operations: [String: OperationHandler] {
        [
            "CreateSecret": createSecret, "GetSecretValue": getSecretValue, "BatchGetSecretValue": batchGetSecretValue,
            "PutSecretValue": putSecretValue, "UpdateSecret": updateSecret, "DescribeSecret": describeSecret,
            "ListSecrets": listSecrets, "ListSecretVersionIds": listSecretVersionIDs, "DeleteSecret": deleteSecret,
            "RestoreSecret": restoreSecret, "UpdateSecretVersionStage": updateSecretVersionStage,
            "GetRandomPassword": getRandomPassword, "TagResource": tagResource, "UntagResource": untagResource,
            "GetResourcePolicy": getResourcePolicy, "PutResourcePolicy": putResourcePolicy,
            "DeleteResourcePolicy": deleteResourcePolicy,
        ]
    }

    func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] {
        if context.principal.kind == .root { return [] }
        let action = "secretsmanager:\(operation)"
        if let id = input["SecretId"]?.string {
            guard let secret = find(id, context) else {
                let resource =
                    id.hasPrefix("arn:")
                    ? id : "arn:aws:secretsmanager:\(context.region):\(context.account):secret:\(id)"
                return [Permission(action: action, resource: resource)]
            }
            return [Permission(action: action, resource: secret.arn, resourcePolicy: secret.policy)]
        }
        if let name = input["Name"]?.string {
            return [
                Permission(
                    action: action,
                    resource: "arn:aws:secretsmanager:\(context.region):\(context.account):secret:\(name)",
                    context: ["secretsmanager:Name": [name]])
            ]
        }
        return [Permission(action: action, resource: "*")]
    }

    func start() async {
        for (account, region, _, secret) in secrets.everything() where secret.purge != nil {
            schedulePurge(secret, account, region)
        }
    }

    /// By name, ARN, or an ARN without its random end.
    func find(_ id: String, _ context: CallContext) -> Secret? {
        guard id.hasPrefix("arn:") else { return secrets[context.account, context.region, id] }
        let parts = id.split(separator: ":", maxSplits: 6, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 7, parts[4] == context.account else { return nil }
        let name = parts[6]
        if let secret = secrets[parts[4], parts[3], name] { return secret }
        guard name.count > 7, let secret = secrets[parts[4], parts[3], String(name.dropLast(7))], secret.arn == id
        else {
            return nil
        }
        return secret
    }

    /// - Parameter isReadable: refuses one that is scheduled for deletion.
    func existing(
        _ input: AWSValue, _ context: CallContext, isReadable: Bool = true
    ) throws(ServiceError) -> Secret {
        guard let secret = find(input["SecretId"]?.string ?? "", context) else {
            throw ServiceError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
        }
        if isReadable, secret.deletion != nil {
            throw ServiceError(
                "InvalidRequestException",
                "You can't perform this operation on the secret because it was marked for deletion.")
        }
        return secret
    }

    func save(_ secret: Secret, _ context: CallContext) {
        secrets[context.account, context.region, secret.name] = secret
    }

    /// Removes a secret for good when its recovery window is over.
    func schedulePurge(_ secret: Secret, _ account: String, _ region: String) {
        guard let purge = secret.purge else { return }
        let clock = cloud.clock
        let rest = max(0, purge - clock.now)
        cloud.spawn { [self] in
            // The window was shortened when it was set; what is left of it passes as it is.
            do { try await clock.sleep(limit: rest) } catch { return }
            guard let now = secrets[account, region, secret.name], now.purge == purge, now.arn == secret.arn else {
                return
            }
            secrets[account, region, secret.name] = nil
        }
    }
}
