import AWSModel

/// What a call gave.
public struct AWSResult: Sendable {
    public var output: AWSValue
    public var metadata: ResponseMetadata

    public init(output: AWSValue, metadata: ResponseMetadata = ResponseMetadata()) {
        self.output = output
        self.metadata = metadata
    }
}

public struct ResponseMetadata: Sendable {
    public var requestID: String?
    public var attempts: Int
    public var status: Int
    public var headers: [(name: String, value: String)]

    public init(
        requestID: String? = nil, attempts: Int = 1, status: Int = 200, headers: [(name: String, value: String)] = []
    ) {
        self.requestID = requestID
        self.attempts = attempts
        self.status = status
        self.headers = headers
    }
}

/// A request that is ready to be sent, signed.
public struct PreparedRequest: Sendable {
    public var method: String
    public var url: String
    public var headers: [(name: String, value: String)]
    public var body: AWSBody

    /// The first value of a header, whatever the case of its name.
    public func header(_ name: String) -> String? { headers.first(named: name) }
}
