import AWSModel

struct Role: PolicyHolder, Tagged {
    var name: String
    var id: String
    var path: String
    var arn: String
    var created: Double
    /// JSON, as it was given.
    var trustPolicy: String
    var description: String?
    var maxSessionDuration = 3600
    var permissionsBoundary: String?
    var tags: [Tag] = []
    var inlinePolicies: [String: String] = [:]
    var attachedPolicies: [String] = []
    var lastUsed: Double?
    var lastUsedRegion: String?

    /// The API's form; a list of roles leaves out the details.
    func value(isDetailed: Bool = true) -> AWSValue {
        .structure([
            "Path": .string(path), "RoleName": .string(name), "RoleId": .string(id), "Arn": .string(arn),
            "CreateDate": .timestamp(created),
            "AssumeRolePolicyDocument": .string(QueryString.encode(trustPolicy)),
            "Description": description.map { .string($0) },
            "MaxSessionDuration": .integer(Int64(maxSessionDuration)),
            "PermissionsBoundary": isDetailed
                ? permissionsBoundary.map {
                    ["PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": .string($0)]
                } : nil,
            "Tags": isDetailed && !tags.isEmpty ? tags.awsValue() : nil,
            "RoleLastUsed": isDetailed
                ? .structure([
                    "LastUsedDate": lastUsed.map { .timestamp($0) }, "Region": lastUsedRegion.map { .string($0) },
                ]) : nil,
        ])
    }
}
