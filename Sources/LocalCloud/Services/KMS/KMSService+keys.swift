import AWSModel

extension KMSService {
    func createKey(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let spec = input["KeySpec"]?.string ?? input["CustomerMasterKeySpec"]?.string ?? "SYMMETRIC_DEFAULT"
        guard spec == "SYMMETRIC_DEFAULT", input["KeyUsage"]?.string ?? "ENCRYPT_DECRYPT" == "ENCRYPT_DECRYPT" else {
            throw ServiceError(
                "UnsupportedOperationException", "The local cloud has symmetric keys for encryption only, not \(spec).")
        }
        if let policy = input["Policy"]?.string, (try? PolicyDocument.parse(policy)) == nil {
            throw ServiceError("MalformedPolicyDocumentException", "The policy is not valid.")
        }
        var key = newKey(context, description: input["Description"]?.string ?? "", policy: input["Policy"]?.string)
        key.tags = [Tag](input["Tags"], key: "TagKey", value: "TagValue")
        save(key, context)
        return .map(["KeyMetadata": key.metadata])
    }

    private func key(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> KMSKey {
        try existing(input["KeyId"]?.string ?? "", context)
    }

    private func change(_ input: AWSValue, _ context: CallContext, _ body: (inout KMSKey) -> Void) throws -> AWSValue {
        var key = try key(input, context)
        body(&key)
        save(key, context)
        return [:]
    }

    func describeKey(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        .map(["KeyMetadata": try key(input, context).metadata])
    }

    func listKeys(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let (page, next) = try Page.of(
            keys.all(account: context.account, region: context.region), token: input["Marker"]?.string,
            limit: input["Limit"]?.int ?? 100, invalidToken: "InvalidMarkerException")
        return .structure([
            "Keys": .list(page.map { ["KeyId": .string($0.id), "KeyArn": .string($0.arn)] }),
            "NextMarker": next.map { .string($0) }, "Truncated": .bool(next != nil),
        ])
    }

    func enableKey(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try change(input, context) { $0.isEnabled = true }
    }
    func disableKey(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try change(input, context) { $0.isEnabled = false }
    }
    func getKeyRotationStatus(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        ["KeyRotationEnabled": .bool(try key(input, context).isRotated)]
    }
    func enableKeyRotation(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try change(input, context) { $0.isRotated = true }
    }
    func disableKeyRotation(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try change(input, context) { $0.isRotated = false }
    }

    func scheduleKeyDeletion(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let days = input["PendingWindowInDays"]?.int ?? 30
        guard (7...30).contains(days) else {
            throw ServiceError("ValidationException", "PendingWindowInDays must be between 7 and 30 days.")
        }
        var key = try key(input, context)
        guard key.deletion == nil else {
            throw ServiceError("KMSInvalidStateException", "\(key.arn) is pending deletion.")
        }
        key.deletion = cloud.clock.now + Double(days) * 86400
        save(key, context)
        schedule(key, context.account, context.region)
        return [
            "KeyId": .string(key.arn), "DeletionDate": .timestamp(key.deletion ?? 0), "KeyState": "PendingDeletion",
            "PendingWindowInDays": .integer(Int64(days)),
        ]
    }

    func cancelKeyDeletion(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var key = try key(input, context)
        guard key.deletion != nil else {
            throw ServiceError("KMSInvalidStateException", "\(key.arn) is not pending deletion.")
        }
        key.deletion = nil
        key.isEnabled = false
        save(key, context)
        return ["KeyId": .string(key.arn)]
    }

    func createAlias(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = input["AliasName"]?.string ?? ""
        guard name.hasPrefix("alias/"), name.count > 6 else {
            throw ServiceError("InvalidAliasNameException", "Alias must start with the prefix \"alias/\".")
        }
        guard !name.hasPrefix("alias/aws/") else {
            throw ServiceError("NotAuthorizedException", "Aliases that begin with alias/aws/ are reserved.")
        }
        let arn = "arn:aws:kms:\(context.region):\(context.account):\(name)"
        guard aliases[context.account, context.region, name] == nil else {
            throw ServiceError("AlreadyExistsException", "An alias with the name \(arn) already exists")
        }
        let key = try usable(input["TargetKeyId"]?.string ?? "", context)
        aliases[context.account, context.region, name] = KMSAlias(
            name: name, arn: arn, keyID: key.id, created: cloud.clock.now)
        return [:]
    }

    func updateAlias(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let key = try usable(input["TargetKeyId"]?.string ?? "", context)
        let name = input["AliasName"]?.string ?? ""
        guard aliases.update(context.account, context.region, name, { $0.keyID = key.id }) != nil else {
            throw ServiceError("NotFoundException", "Alias \(name) is not found.")
        }
        return [:]
    }

    func deleteAlias(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = input["AliasName"]?.string ?? ""
        guard aliases.remove(account: context.account, region: context.region, key: name) != nil else {
            throw ServiceError(
                "NotFoundException", "Alias arn:aws:kms:\(context.region):\(context.account):\(name) is not found.")
        }
        return [:]
    }

    func listAliases(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let wanted = try input["KeyId"]?.string.map { try existing($0, context).id }
        let matching = aliases.all(account: context.account, region: context.region).filter { alias in
            wanted.map { $0 == alias.keyID } ?? true
        }
        let (page, next) = try Page.of(
            matching, token: input["Marker"]?.string, limit: input["Limit"]?.int ?? 50,
            invalidToken: "InvalidMarkerException")
        return .structure([
            "Aliases": .list(
                page.map {
                    [
                        "AliasName": .string($0.name), "AliasArn": .string($0.arn), "TargetKeyId": .string($0.keyID),
                        "CreationDate": .timestamp($0.created), "LastUpdatedDate": .timestamp($0.created),
                    ]
                }), "NextMarker": next.map { .string($0) }, "Truncated": .bool(next != nil),
        ])
    }

    func getKeyPolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        ["Policy": .string(try key(input, context).policy), "PolicyName": "default"]
    }

    func putKeyPolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let policy = input["Policy"]?.string ?? ""
        guard (try? PolicyDocument.parse(policy)) != nil else {
            throw ServiceError("MalformedPolicyDocumentException", "The policy is not valid.")
        }
        return try change(input, context) { $0.policy = policy }
    }

    func tagResource(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try change(input, context) { $0.tags.set([Tag](input["Tags"], key: "TagKey", value: "TagValue")) }
    }
    func untagResource(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try change(input, context) { $0.tags.unset(input["TagKeys"]?.strings ?? []) }
    }
    func listResourceTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        .map(["Tags": try key(input, context).tags.awsValue(key: "TagKey", value: "TagValue"), "Truncated": false])
    }
}
