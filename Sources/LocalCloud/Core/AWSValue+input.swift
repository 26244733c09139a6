import AWSModel

extension AWSValue {
    /// A string that the operation cannot do without.
    public func require(_ member: String, code: String = "ValidationException") throws(ServiceError) -> String {
        guard let value = self[member]?.string, !value.isEmpty else {
            throw ServiceError(code, ValidationText.one(member, must: .required))
        }
        return value
    }
}
