import AWSModel

/// Key pairs: records only, for nobody logs in to these instances over SSH.
extension EC2Service {
    var keyPairOperations: [String: OperationHandler] {
        [
            "CreateKeyPair": createKeyPair, "ImportKeyPair": importKeyPair, "DeleteKeyPair": deleteKeyPair,
            "DescribeKeyPairs": describeKeyPairs,
        ]
    }

    private func createKeyPair(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let name = try newName(input, context)
        let type = input["KeyType"]?.string ?? "rsa"
        guard ["rsa", "ed25519"].contains(type) else {
            throw ServiceError("InvalidParameterValue", "Value (\(type)) for parameter KeyType is invalid.")
        }
        guard input["KeyFormat"]?.string ?? "pem" == "pem" else {
            throw ServiceError("InvalidParameterValue", "The local cloud makes keys in KeyFormat pem only.")
        }
        let key = try await Task.detached {
            type == "rsa" ? try GeneratedKey.rsa() : try GeneratedKey.ed25519(comment: name)
        }.value
        _ = try newName(input, context)  // another call may have been faster
        let pair = keep(key.publicKey, name: name, fingerprint: key.fingerprint, input, context)
        return [
            "KeyFingerprint": .string(pair.fingerprint), "KeyMaterial": .string(key.material), "KeyName": .string(name),
            "KeyPairId": .string(pair.id), "Tags": tagValue(of: pair.id, context) ?? [],
        ]
    }

    private func importKeyPair(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = try newName(input, context)
        let key = try SSHPublicKey(text: String(decoding: input["PublicKeyMaterial"]?.blob ?? [], as: UTF8.self))
        let pair = keep(key, name: name, fingerprint: key.fingerprint, input, context)
        return [
            "KeyFingerprint": .string(pair.fingerprint), "KeyName": .string(name), "KeyPairId": .string(pair.id),
            "Tags": tagValue(of: pair.id, context) ?? [],
        ]
    }

    private func newName(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> String {
        let name = try input.require("KeyName", code: "MissingParameter")
        guard keyPairs[context.account, context.region, name] == nil else {
            throw ServiceError("InvalidKeyPair.Duplicate", "The keypair '\(name)' already exists.")
        }
        return name
    }

    private func keep(
        _ key: SSHPublicKey, name: String, fingerprint: String, _ input: AWSValue, _ context: CallContext
    ) -> KeyPair {
        let pair = KeyPair(
            id: "key-" + Identifier.hex(17), name: name, fingerprint: fingerprint, type: key.type,
            createdAt: cloud.clock.now, publicKey: key.text(comment: name))
        keyPairs[context.account, context.region, name] = pair
        applyTags(input, kind: "key-pair", to: pair.id, context)
        return pair
    }

    private func deleteKeyPair(_ input: AWSValue, _ context: CallContext) -> AWSValue {
        let found = keyPairs.all(account: context.account, region: context.region).first {
            $0.name == input["KeyName"]?.string || $0.id == input["KeyPairId"]?.string
        }
        if let found {
            keyPairs[context.account, context.region, found.name] = nil
            tags[context.account, context.region, found.id] = nil
        }
        return .structure(["Return": true, "KeyPairId": found.map { .string($0.id) }])
    }

    private func describeKeyPairs(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var found = keyPairs.all(account: context.account, region: context.region)
        let ids = input["KeyPairIds"]?.strings ?? []
        for id in ids where !found.contains(where: { $0.id == id }) {
            throw ServiceError("InvalidKeyPair.NotFound", "The key pair '\(id)' does not exist")
        }
        if !ids.isEmpty { found = found.filter { ids.contains($0.id) } }
        let showsKey = input["IncludePublicKey"]?.bool ?? false
        for name in input["KeyNames"]?.strings ?? [] where !found.contains(where: { $0.name == name }) {
            throw ServiceError("InvalidKeyPair.NotFound", "The key pair '\(name)' does not exist")
        }
        if let names = input["KeyNames"]?.strings, !names.isEmpty { found = found.filter { names.contains($0.name) } }
        let filters = EC2Filters(input)
        found = try found.filter { pair in
            try filters.matches(tags: tags(of: pair.id, context)) { name in
                switch name {
                case "key-name": [pair.name]
                case "key-pair-id": [pair.id]
                case "fingerprint": [pair.fingerprint]
                default: nil
                }
            }
        }
        return [
            "KeyPairs": .list(
                found.map { pair in
                    .structure([
                        "KeyPairId": .string(pair.id), "KeyFingerprint": .string(pair.fingerprint),
                        "KeyName": .string(pair.name), "KeyType": .string(pair.type),
                        "CreateTime": .timestamp(pair.createdAt), "Tags": tagValue(of: pair.id, context) ?? [],
                        "PublicKey": showsKey ? .string(pair.publicKey) : nil,
                    ])
                })
        ]
    }
}
