/// What has policies of its own: a role, a user, a group.
protocol PolicyHolder: Codable, Sendable {
    var name: String { get }
    var arn: String { get }
    var id: String { get }
    /// JSON by name.
    var inlinePolicies: [String: String] { get set }
    /// ARNs, in the order of attachment.
    var attachedPolicies: [String] { get set }
}

/// What carries tags in IAM.
protocol Tagged: Codable, Sendable {
    var tags: [Tag] { get set }
}
