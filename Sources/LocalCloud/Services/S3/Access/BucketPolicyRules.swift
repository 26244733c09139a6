/// What S3 refuses of a bucket policy's statements, in its words.
///
/// From "Policies and permissions in Amazon S3" of the S3 user guide, and the actions and their resources in the service
/// authorization reference.
enum BucketPolicyRules {
    /// In bytes.
    static let longest = 20 * 1024

    /// What is wrong with a statement about a bucket's own `resources`; nil when nothing is.
    static func fault(of statement: PolicyStatement, _ resources: [String], bucket arn: String) -> String? {
        let actions = statement.actions ?? statement.notActions ?? []
        guard actions.allSatisfy({ $0 == "*" || $0.lowercased().hasPrefix("s3:") }) else {
            return "Policy has invalid action"
        }
        guard statement.actions != nil, statement.resources != nil else { return nil }
        let isOfBucket = resources.contains { $0 == arn || $0 == arn + "*" }
        let isOfObjects = resources.contains { $0 != arn }
        for action in actions where !action.contains("*") && !action.contains("?") {
            guard isAboutObjects(String(action.dropFirst("s3:".count))) ? isOfObjects : isOfBucket else {
                return "Action does not apply to any resource(s) in statement"
            }
        }
        return nil
    }

    private static func isAboutObjects(_ action: String) -> Bool {
        objectActions.contains(action.lowercased())
            || action.lowercased().contains("object") && !action.lowercased().contains("bucket")
    }

    /// Those of objects whose names do not say so.
    private static let objectActions: Set<String> = [
        "abortmultipartupload", "listmultipartuploadparts", "replicatedelete", "replicatetags", "initiatereplication",
        "bypassgovernanceretention",
    ]
}
