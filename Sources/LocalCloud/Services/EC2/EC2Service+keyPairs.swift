import AWSModel
import AWSSigning

/// Key pairs: records only, for nobody logs in to these instances over SSH.
extension EC2Service {
    var keyPairOperations: [String: OperationHandler] {
        [
            "ImportKeyPair": importKeyPair, "DeleteKeyPair": deleteKeyPair, "DescribeKeyPairs": describeKeyPairs,
        ]
    }

    private func importKeyPair(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = try input.require("KeyName", code: "MissingParameter")
        if keyPairs[context.account, context.region, name] != nil {
            throw ServiceError("InvalidKeyPair.Duplicate", "The keypair '\(name)' already exists.")
        }
        let material = input["PublicKeyMaterial"]?.blob ?? []
        let text = String(decoding: material, as: UTF8.self)
        guard text.contains("ssh-") || text.contains("BEGIN") else {
            throw ServiceError("InvalidKey.Format", "Key is not in valid OpenSSH public key format")
        }
        let digits = Hex.encode(Digest.hash(material, .md5))
        let fingerprint = stride(from: 0, to: 32, by: 2).map { String(digits.dropFirst($0).prefix(2)) }.joined(
            separator: ":")
        let pair = KeyPair(
            id: "key-" + Identifier.hex(17), name: name, fingerprint: fingerprint,
            type: text.contains("ed25519") ? "ed25519" : "rsa", createdAt: cloud.clock.now, publicKey: text)
        keyPairs[context.account, context.region, name] = pair
        applyTags(input, kind: "key-pair", to: pair.id, context)
        return [
            "KeyFingerprint": .string(pair.fingerprint), "KeyName": .string(name), "KeyPairId": .string(pair.id),
            "Tags": tagValue(of: pair.id, context) ?? [],
        ]
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
                    [
                        "KeyPairId": .string(pair.id), "KeyFingerprint": .string(pair.fingerprint),
                        "KeyName": .string(pair.name), "KeyType": .string(pair.type),
                        "CreateTime": .timestamp(pair.createdAt), "Tags": tagValue(of: pair.id, context) ?? [],
                    ]
                })
        ]
    }
}
