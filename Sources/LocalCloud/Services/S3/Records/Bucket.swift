import AWSModel

struct Bucket: Codable, Sendable {
    var name: String
    var account: String
    var region: String
    var created: Double
    /// "Enabled" or "Suspended"; nil before it was ever set.
    var versioning: String?
    /// JSON, as it was given.
    var policy: String?
    var tags: [Tag] = []
    /// Settings that are kept as they were put, by the name of their operation: "BucketCors".
    var settings: [String: AWSValue] = [:]

    var arn: String { "arn:aws:s3:::\(name)" }

    /// A flag of the public access block; all four are on in a new bucket.
    func blocksPublic(_ flag: String) -> Bool { settings["PublicAccessBlock"]?[flag]?.bool ?? false }

    static let publicAccessBlock: AWSValue = [
        "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true,
    ]
    static let encryption: AWSValue = [
        "Rules": [
            ["ApplyServerSideEncryptionByDefault": ["SSEAlgorithm": "AES256"], "BucketKeyEnabled": false]
        ]
    ]
    static let ownership: AWSValue = ["Rules": [["ObjectOwnership": "BucketOwnerEnforced"]]]
}
