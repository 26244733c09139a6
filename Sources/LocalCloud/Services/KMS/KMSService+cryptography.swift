import AWSModel

extension KMSService {
    private static let invalid = ServiceError("InvalidCiphertextException", "", status: 400)

    /// The encryption context as it is authenticated: sorted, so that order does not matter.
    private func authenticated(_ context: AWSValue?) -> [UInt8] {
        var bytes: [UInt8] = []
        for (key, value) in (context?.map ?? [:]).sorted(by: { $0.key < $1.key }) {
            for text in [key, value.string ?? ""] {
                withUnsafeBytes(of: UInt32(text.utf8.count).bigEndian) { bytes += $0 }
                bytes += Array(text.utf8)
            }
        }
        return bytes
    }

    /// A ciphertext starts with the id of its key.
    private func seal(_ plaintext: [UInt8], _ key: KMSKey, _ context: AWSValue?) throws(ServiceError) -> [UInt8] {
        guard let box = SealedBox.seal(plaintext, key: key.material, authenticated: authenticated(context)) else {
            throw ServiceError("KMSInternalException", "The data could not be encrypted.", status: 500)
        }
        return [1] + Array(key.id.utf8) + box
    }

    private func open(_ input: AWSValue, _ blob: String, _ pairs: String, _ context: CallContext) throws(ServiceError)
        -> (
            KMSKey, [UInt8]
        )
    {
        let ciphertext = input[blob]?.blob ?? []
        guard ciphertext.count > 37, ciphertext[0] == 1 else { throw Self.invalid }
        let id = String(decoding: ciphertext[1..<37], as: UTF8.self)
        guard keys[context.account, context.region, id] != nil else { throw Self.invalid }
        let key = try usable(id, context)
        if context.principal.kind != .root, input["KeyId"] == nil {
            try cloud.iam.authorize(
                context.principal, action: "kms:Decrypt", resource: key.arn, resourcePolicy: key.policy, service: "kms")
        }
        if let wanted = input["KeyId"]?.string, try existing(wanted, context).id != key.id {
            throw ServiceError(
                "IncorrectKeyException",
                "The key ID in the request does not identify a CMK that can perform this operation.", status: 400)
        }
        guard
            let plaintext = SealedBox.open(
                Array(ciphertext[37...]), key: key.material, authenticated: authenticated(input[pairs]))
        else { throw Self.invalid }
        return (key, plaintext)
    }

    func encrypt(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let key = try usable(input["KeyId"]?.string ?? "", context)
        let plaintext = input["Plaintext"]?.blob ?? []
        guard (1...4096).contains(plaintext.count) else {
            throw ServiceError(
                "ValidationException", ValidationText.one("plaintext", must: .greatestLength(4096)))
        }
        return [
            "CiphertextBlob": .blob(try seal(plaintext, key, input["EncryptionContext"])), "KeyId": .string(key.arn),
            "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        ]
    }

    func decrypt(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let (key, plaintext) = try open(input, "CiphertextBlob", "EncryptionContext", context)
        return [
            "KeyId": .string(key.arn), "Plaintext": .blob(plaintext), "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        ]
    }

    func reEncrypt(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var source = input
        source["KeyId"] = input["SourceKeyId"]
        let (old, plaintext) = try open(source, "CiphertextBlob", "SourceEncryptionContext", context)
        let key = try usable(input["DestinationKeyId"]?.string ?? "", context)
        return [
            "CiphertextBlob": .blob(try seal(plaintext, key, input["DestinationEncryptionContext"])),
            "SourceKeyId": .string(old.arn), "KeyId": .string(key.arn),
            "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT", "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        ]
    }

    func generateDataKey(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let key = try usable(input["KeyId"]?.string ?? "", context)
        let length: Int
        switch (input["KeySpec"]?.string, input["NumberOfBytes"]?.int) {
        case ("AES_256", nil): length = 32
        case ("AES_128", nil): length = 16
        case (nil, let count?) where (1...1024).contains(count): length = count
        default:
            throw ServiceError(
                "ValidationException", "Please specify either number of bytes or key spec.")
        }
        let plaintext = SealedBox.randomBytes(length)
        return [
            "CiphertextBlob": .blob(try seal(plaintext, key, input["EncryptionContext"])),
            "Plaintext": .blob(plaintext),
            "KeyId": .string(key.arn),
        ]
    }

    func generateDataKeyWithoutPlaintext(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var answer = try generateDataKey(input, context)
        answer["Plaintext"] = nil
        return answer
    }

    func generateRandom(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let length = input["NumberOfBytes"]?.int ?? 32
        guard (1...1024).contains(length) else {
            throw ServiceError("ValidationException", "NumberOfBytes must be between 1 and 1024.")
        }
        return ["Plaintext": .blob(SealedBox.randomBytes(length))]
    }
}
