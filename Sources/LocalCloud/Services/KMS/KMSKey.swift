import AWSModel

struct KMSKey: Codable, Sendable {
    var id: String
    var arn: String
    var account: String
    var created: Double
    var description: String
    /// 32 bytes; they never leave the process but to the data directory.
    var material: [UInt8]
    var policy: String
    var isEnabled = true
    var isRotated = false
    /// Set while the key is scheduled for deletion.
    var deletion: Double?
    /// "AWS" for the keys of services (alias/aws/…), made when they are first used.
    var manager = "CUSTOMER"
    var tags: [Tag] = []

    var state: String { deletion != nil ? "PendingDeletion" : isEnabled ? "Enabled" : "Disabled" }

    var metadata: AWSValue {
        .structure([
            "AWSAccountId": .string(account), "KeyId": .string(id), "Arn": .string(arn),
            "CreationDate": .timestamp(created), "Enabled": .bool(isEnabled && deletion == nil),
            "Description": .string(description), "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": .string(state),
            "DeletionDate": deletion.map { .timestamp($0) }, "Origin": "AWS_KMS", "KeyManager": .string(manager),
            "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "KeySpec": "SYMMETRIC_DEFAULT",
            "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "MultiRegion": false,
        ])
    }
}

struct KMSAlias: Codable, Sendable {
    var name: String
    var arn: String
    var keyID: String
    var created: Double
}
