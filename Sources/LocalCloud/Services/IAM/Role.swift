import AWSModel

/// A role as IAM keeps it.
struct Role: Codable, Sendable {
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
    /// JSON by name.
    var inlinePolicies: [String: String] = [:]
    /// ARNs, in the order of attachment.
    var attachedPolicies: [String] = []
}

public struct Tag: Codable, Sendable, Hashable {
    public var key: String
    public var value: String

    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}
