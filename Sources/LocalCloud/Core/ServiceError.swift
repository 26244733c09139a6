import AWSModel

/// An error of the API, answered to the caller in the form that the protocol has for it.
public struct ServiceError: Error, Sendable, CustomStringConvertible {
    /// The name of the model's error shape, or the error code where the service has no shapes (EC2).
    public var code: String
    public var message: String
    /// The status that was given; otherwise the model's own for this error, else 400.
    public var explicitStatus: Int?
    /// Further members of the error's shape.
    public var fields: AWSMap
    /// The code of the service's earlier query API, where clients of the JSON one still see it (SQS).
    public var queryCode: String?

    public init(
        _ code: String, _ message: String, status: Int? = nil, fields: AWSMap = [:],
        queryCode: String? = nil
    ) {
        self.code = code
        self.message = message
        self.explicitStatus = status
        self.fields = fields
        self.queryCode = queryCode
    }

    public var status: Int { explicitStatus ?? 400 }
    public var description: String { "\(code): \(message)" }
}
