import AWSModel

/// The names or ids of one call: some, and not more than the operation takes.
enum Batch {
    /// - Parameters:
    ///   - member: The list in the input.
    ///   - most: What the operation's documentation gives as the maximum.
    ///   - required: The error when there is none.
    ///   - limit: The error when there are more.
    static func read(
        _ input: AWSValue, _ member: String, most: Int, required: String, limit: String = "BatchLimitExceededException"
    ) throws(ServiceError) -> [AWSValue] {
        let all = input[member]?.list ?? []
        guard !all.isEmpty else { throw CodeDeployInput.missing(member, required) }
        guard all.count <= most else {
            throw ServiceError(limit, "At most \(most) \(member) can be specified in a call")
        }
        return all
    }
}
