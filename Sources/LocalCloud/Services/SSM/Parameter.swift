import AWSModel

struct Parameter: Codable, Sendable {
    struct Version: Codable, Sendable {
        var number: Int64
        var value: String
        var modified: Double
        var user: String
        var description: String?
        var keyID: String?
        var allowedPattern: String?
        var tier: String
        var labels: [String] = []
    }

    var name: String
    /// String, StringList or SecureString.
    var type: String
    var dataType: String
    var arn: String
    var tags: [Tag] = []
    /// Oldest first; the last hundred.
    var versions: [Version]

    /// What a reader may see of a value: a SecureString's own only when decryption was asked for.
    func value(_ version: Version, isDecrypted: Bool) -> AWSValue {
        .string(type == "SecureString" && !isDecrypted ? Self.sealed(arn, version.number) : version.value)
    }

    /// Stands for the ciphertext, which has no meaning outside KMS; it tells nothing of the value.
    private static func sealed(_ arn: String, _ version: Int64) -> String {
        "AQICAH" + AWSModel.Base64.encode(Array("\(arn):\(version)".utf8))
    }

    func answer(_ version: Version, selector: String? = nil, isDecrypted: Bool) -> AWSValue {
        .structure([
            "Name": .string(name), "Type": .string(type), "Value": value(version, isDecrypted: isDecrypted),
            "Version": .integer(version.number), "Selector": selector.map { .string($0) },
            "LastModifiedDate": .timestamp(version.modified), "ARN": .string(arn), "DataType": .string(dataType),
        ])
    }

    func metadata(_ version: Version) -> AWSValue {
        .structure([
            "Name": .string(name), "ARN": .string(arn), "Type": .string(type),
            "KeyId": version.keyID.map { .string($0) }, "LastModifiedDate": .timestamp(version.modified),
            "LastModifiedUser": .string(version.user), "Description": version.description.map { .string($0) },
            "AllowedPattern": version.allowedPattern.map { .string($0) }, "Version": .integer(version.number),
            "Tier": .string(version.tier), "Policies": [], "DataType": .string(dataType),
        ])
    }
}
