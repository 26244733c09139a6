import AWSModel

struct ManagedPolicy: Tagged {
    struct Version: Codable, Sendable {
        var id: String
        /// JSON, as it was given.
        var document: String
        var created: Double

        func value(isDefault: Bool, withDocument: Bool) -> AWSValue {
            .structure([
                "Document": withDocument ? .string(QueryString.encode(document)) : nil, "VersionId": .string(id),
                "IsDefaultVersion": .bool(isDefault), "CreateDate": .timestamp(created),
            ])
        }
    }

    var name: String
    var id: String
    var path: String
    var arn: String
    var created: Double
    var updated: Double
    var description: String?
    var tags: [Tag] = []
    /// Newest last; five at most.
    var versions: [Version]
    var defaultVersion: String
    var nextVersion: Int

    var document: String { versions.first { $0.id == defaultVersion }?.document ?? "" }

    func value(attachments: Int, boundaries: Int = 0, isDetailed: Bool = true) -> AWSValue {
        .structure([
            "PolicyName": .string(name), "PolicyId": .string(id), "Arn": .string(arn), "Path": .string(path),
            "DefaultVersionId": .string(defaultVersion), "AttachmentCount": .integer(Int64(attachments)),
            "PermissionsBoundaryUsageCount": .integer(Int64(boundaries)), "IsAttachable": true,
            "Description": isDetailed ? description.map { .string($0) } : nil, "CreateDate": .timestamp(created),
            "UpdateDate": .timestamp(updated), "Tags": isDetailed && !tags.isEmpty ? tags.awsValue() : nil,
        ])
    }
}
