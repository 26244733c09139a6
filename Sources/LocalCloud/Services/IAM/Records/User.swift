import AWSModel

struct User: PolicyHolder, Tagged {
    var name: String
    var id: String
    var path: String
    var arn: String
    var created: Double
    var permissionsBoundary: String?
    var tags: [Tag] = []
    var inlinePolicies: [String: String] = [:]
    var attachedPolicies: [String] = []
    var accessKeys: [AccessKey] = []

    func value(isDetailed: Bool = true) -> AWSValue {
        .structure([
            "Path": .string(path), "UserName": .string(name), "UserId": .string(id), "Arn": .string(arn),
            "CreateDate": .timestamp(created),
            "PermissionsBoundary": isDetailed
                ? permissionsBoundary.map {
                    ["PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": .string($0)]
                } : nil,
            "Tags": isDetailed && !tags.isEmpty ? tags.awsValue() : nil,
        ])
    }
}

struct AccessKey: Codable, Sendable {
    var id: String
    var secret: String
    var isActive = true
    var created: Double
}

/// Users that share policies.
struct Group: PolicyHolder {
    var name: String
    var id: String
    var path: String
    var arn: String
    var created: Double
    var inlinePolicies: [String: String] = [:]
    var attachedPolicies: [String] = []
    /// Names of users.
    var members: [String] = []

    var value: AWSValue {
        .structure([
            "Path": .string(path), "GroupName": .string(name), "GroupId": .string(id), "Arn": .string(arn),
            "CreateDate": .timestamp(created),
        ])
    }
}
