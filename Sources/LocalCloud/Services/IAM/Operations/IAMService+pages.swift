import AWSModel

extension IAMService {
    /// A list in IAM's form: `Marker`, `MaxItems`, `IsTruncated`.
    func list(_ member: String, _ elements: [AWSValue], _ input: AWSValue) throws(ServiceError) -> AWSValue {
        let (page, next) = try Page.of(
            elements, token: input["Marker"]?.string, limit: input["MaxItems"]?.int ?? 100,
            invalidToken: "InvalidInput")
        return .structure([
            member: .list(page), "IsTruncated": .bool(next != nil), "Marker": next.map { .string($0) },
        ])
    }

    func matchesPath(_ path: String, _ input: AWSValue) -> Bool {
        input["PathPrefix"]?.string.map(path.hasPrefix) ?? true
    }
}
