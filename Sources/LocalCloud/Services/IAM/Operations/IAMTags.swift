import AWSModel

/// What IAM takes as tags: keys that differ in more than the case of their letters ("Tags for AWS Identity and Access
/// Management resources", IAM User Guide).
enum IAMTags {
    private static let rules = TagRules(duplicate: "InvalidInput", reserved: "InvalidInput", tooMany: "LimitExceeded")

    /// - Parameter present: those that the entity has.
    static func check(_ input: AWSValue, over present: [Tag] = []) throws(ServiceError) {
        let given = [Tag](input["Tags"])
        guard Set(given.map { $0.key.lowercased() }).count == given.count else {
            throw ServiceError(
                rules.duplicate, "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        }
        try rules.check(given, over: present)
    }
}
