import AWSModel

/// AWS Key Management Service: symmetric keys and their aliases.
@CloudActor
final class KMSService: CloudService {
    static let model = "kms"
    let cloud: Cloud
    let keys: Table<KMSKey>
    let aliases: Table<KMSAlias>

    init(cloud: Cloud) throws {
        self.cloud = cloud
        keys = try cloud.store.table("kms.keys", of: KMSKey.self)
        aliases = try cloud.store.table("kms.aliases", of: KMSAlias.self)
    }

    var operations: [String: OperationHandler] {
        [
            "CreateKey": createKey, "DescribeKey": describeKey, "ListKeys": listKeys, "EnableKey": enableKey,
            "DisableKey": disableKey, "ScheduleKeyDeletion": scheduleKeyDeletion,
            "CancelKeyDeletion": cancelKeyDeletion,
            "CreateAlias": createAlias, "UpdateAlias": updateAlias, "DeleteAlias": deleteAlias,
            "ListAliases": listAliases, "Encrypt": encrypt, "Decrypt": decrypt, "ReEncrypt": reEncrypt,
            "GenerateDataKey": generateDataKey, "GenerateDataKeyWithoutPlaintext": generateDataKeyWithoutPlaintext,
            "GenerateRandom": generateRandom, "GetKeyPolicy": getKeyPolicy, "PutKeyPolicy": putKeyPolicy,
            "GetKeyRotationStatus": getKeyRotationStatus, "EnableKeyRotation": enableKeyRotation,
            "DisableKeyRotation": disableKeyRotation, "TagResource": tagResource, "UntagResource": untagResource,
            "ListResourceTags": listResourceTags,
        ]
    }

    func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] {
        let action = "kms:\(operation)"
        guard let id = input["KeyId"]?.string ?? input["TargetKeyId"]?.string, let key = find(id, context) else {
            return context.principal.kind == .root ? [] : [Permission(action: action, resource: "*")]
        }
        return [Permission(action: action, resource: key.arn, resourcePolicy: key.policy)]
    }

    func start() async {
        for (account, region, _, key) in keys.everything() where key.deletion != nil { schedule(key, account, region) }
    }

    /// By id, ARN, alias or the alias's ARN. The keys of services are made when they are first asked for.
    func find(_ id: String, _ context: CallContext) -> KMSKey? {
        let name = id.hasPrefix("arn:") ? id.split(separator: ":", maxSplits: 5).last.map(String.init) ?? id : id
        if name.hasPrefix("alias/") {
            if let alias = aliases[context.account, context.region, name] {
                return keys[context.account, context.region, alias.keyID]
            }
            return name.hasPrefix("alias/aws/") ? serviceKey(name, context) : nil
        }
        let plain = name.hasPrefix("key/") ? String(name.dropFirst(4)) : name
        return keys[context.account, context.region, plain]
    }

    /// Whether a service may be told to use the key: it is there, or is another account's or region's, of which nothing is
    /// known here.
    func isUsable(_ id: String, _ context: CallContext) -> Bool {
        let own = "arn:aws:kms:\(context.region):\(context.account):"
        return id.hasPrefix("arn:aws:kms:") && !id.hasPrefix(own) || find(id, context) != nil
    }

    func existing(_ id: String, _ context: CallContext) throws(ServiceError) -> KMSKey {
        if let key = find(id, context) { return key }
        let isAlias = id.contains("alias/")
        let arn =
            id.hasPrefix("arn:") ? id : "arn:aws:kms:\(context.region):\(context.account):\(isAlias ? "" : "key/")\(id)"
        throw ServiceError(
            "NotFoundException", isAlias ? "Alias \(arn) is not found." : "Key '\(arn)' does not exist", status: 400)
    }

    /// A key that can be used now.
    func usable(_ id: String, _ context: CallContext) throws(ServiceError) -> KMSKey {
        let key = try existing(id, context)
        if key.deletion != nil {
            throw ServiceError("KMSInvalidStateException", "\(key.arn) is pending deletion.", status: 400)
        }
        guard key.isEnabled else { throw ServiceError("DisabledException", "\(key.arn) is disabled.", status: 400) }
        return key
    }

    func save(_ key: KMSKey, _ context: CallContext) { keys[context.account, context.region, key.id] = key }

    func newKey(_ context: CallContext, description: String, policy: String?) -> KMSKey {
        let id = Identifier.uuid()
        let open =
            #"{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions","Effect":"#
            + #""Allow","Principal":{"AWS":"arn:aws:iam::"# + context.account
            + #":root"},"Action":"kms:*","Resource":"*"}]}"#
        return KMSKey(
            id: id, arn: "arn:aws:kms:\(context.region):\(context.account):key/\(id)", account: context.account,
            created: cloud.clock.now, description: description, material: SealedBox.randomBytes(32),
            policy: policy ?? open)
    }

    private func serviceKey(_ alias: String, _ context: CallContext) -> KMSKey {
        let service = alias.dropFirst("alias/aws/".count)
        var key = newKey(
            context, description: "Default key that protects my \(service) data when no other key is defined",
            policy: nil)
        key.manager = "AWS"
        save(key, context)
        aliases[context.account, context.region, alias] = KMSAlias(
            name: alias, arn: "arn:aws:kms:\(context.region):\(context.account):\(alias)", keyID: key.id,
            created: key.created)
        return key
    }

    /// Removes the key and its aliases when its waiting period is over.
    func schedule(_ key: KMSKey, _ account: String, _ region: String) {
        guard let deletion = key.deletion else { return }
        let rest = max(0, deletion - cloud.clock.now)
        cloud.spawn { [self] in
            do { try await cloud.clock.sleep(aws: rest) } catch { return }
            guard keys[account, region, key.id]?.deletion == deletion else { return }
            keys[account, region, key.id] = nil
            for alias in aliases.all(account: account, region: region) where alias.keyID == key.id {
                aliases[account, region, alias.name] = nil
            }
        }
    }
}
