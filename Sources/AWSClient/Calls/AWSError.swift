import AWSModel

/// Why a call failed.
public struct AWSError: Error, Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable, Hashable {
        /// The service answered with an error.
        case service
        /// The input does not fit the model; nothing was sent.
        case validation
        /// No credentials, or none that could be fetched.
        case credentials
        /// A setting is missing or wrong: a region, an endpoint, a profile.
        case configuration
        /// No answer: the network, TLS, a proxy.
        case network
        /// The service or the call's own limit took too long.
        case timeout
        /// An answer that cannot be read.
        case response
        /// An interceptor did not let the call through.
        case refused
        case cancelled
    }

    public var kind: Kind
    /// The service's code ("NoSuchBucket"), or one of ours for what went wrong before an answer: "ParamValidation",
    /// "NoCredentials", "Configuration", "EndpointConnectionError", "Timeout", "InvalidResponse", "Cancelled".
    public var code: String
    /// The name that the model has for it, where the service goes on to send an older code: SQS's "QueueDoesNotExist".
    public var modelledCode: String?
    public var message: String
    /// "codepipeline"
    public var service: String
    /// "ListPipelines"
    public var operation: String
    /// The HTTP status; 0 when there was no answer.
    public var status: Int
    public var requestID: String?
    /// The members that the model gives this error, and what S3 adds.
    public var fields: AWSMap
    /// The answer's headers.
    public var headers: [(name: String, value: String)]
    /// How often the request was sent.
    public var attempts: Int
    /// For inputs that do not fit: each problem.
    public var problems: [ValidationProblem]
    /// Whether the answer, or the lack of one, may be another next time.
    public var isRetryable: Bool

    public init(
        _ kind: Kind, code: String, message: String, service: String, operation: String, status: Int = 0,
        requestID: String? = nil, fields: AWSMap = [:], headers: [(name: String, value: String)] = [],
        attempts: Int = 0, problems: [ValidationProblem] = [],
        isRetryable: Bool = false
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.service = service
        self.operation = operation
        self.status = status
        self.requestID = requestID
        self.fields = fields
        self.headers = headers
        self.attempts = attempts
        self.problems = problems
        self.isRetryable = isRetryable
    }

    public var description: String {
        var text = "\(service).\(operation): \(code)"
        if !message.isEmpty { text += ": \(message)" }
        var details: [String] = []
        if status != 0 { details.append("HTTP \(status)") }
        if let requestID { details.append("request \(requestID)") }
        if attempts > 1 { details.append("\(attempts) attempts") }
        return details.isEmpty ? text : "\(text) (\(details.joined(separator: ", ")))"
    }
}
