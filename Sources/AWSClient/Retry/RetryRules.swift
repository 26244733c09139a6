import AWSModel

/// How often and after what wait a failed attempt is repeated.
public enum RetryMode: String, Sendable, CaseIterable {
    /// The rules of 2026.
    case standard
    /// The same, with the rate of requests held down after throttling.
    case adaptive
    /// Older settings' name for what is the standard now.
    case legacy
}

/// Which failures are worth another attempt.
enum RetryRules {
    enum Class: Sendable, Hashable {
        case transient, throttling
    }

    private static let transientCodes: Set = ["RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete"]
    private static let throttlingCodes: Set = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled",
        "TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
        "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown",
        "PriorRequestNotComplete", "EC2ThrottledException",
    ]
    private static let transientStatuses: Set = [500, 502, 503, 504]

    /// nil when another attempt would end as this one did.
    static func classify(_ error: AWSError, operation: Operation, service: ServiceModel) -> Class? {
        guard error.kind == .service else { return error.isRetryable ? .transient : nil }
        if throttlingCodes.contains(error.code) { return .throttling }
        if let shape = operation.errors.first(where: { ($0.errorCode ?? $0.name) == error.code }) {
            if shape.throttling { return .throttling }
            if shape.retryable { return .transient }
        }
        // A balancer's answer without a code of AWS's.
        if error.status == 429 { return .throttling }
        if transientCodes.contains(error.code) || transientStatuses.contains(error.status) { return .transient }
        if service.name == "sts", error.code == "IDPCommunicationError" { return .transient }
        return nil
    }

    static func maximumAttempts(_ service: ServiceModel) -> Int { isDynamoDB(service) ? 4 : 3 }

    /// rand · min(b · 2^i, 20 s), where the service's own wish counts within 5 s.
    static func delay(
        _ kind: Class, retry: Int, random: Double, service: ServiceModel, headers: [(name: String, value: String)]
    ) -> Double {
        let base = kind == .throttling ? 1 : isDynamoDB(service) ? 0.025 : 0.05
        // 2^30 is past the limit already; more would only risk infinity.
        let delay = random * min(base * Double(1 << min(retry, 30)), 20)
        guard let wish = wish(headers) else { return delay }
        return max(delay, min(wish, delay + 5))
    }

    /// How many seconds the answer asks to wait: AWS's services in milliseconds, proxies and balancers before them by
    /// HTTP's own header (RFC 9110, 10.2.3), whose form as a date none of them uses.
    private static func wish(_ headers: [(name: String, value: String)]) -> Double? {
        let wish =
            headers.first(named: "x-amz-retry-after").flatMap(Int64.init).map { Double($0) / 1000 }
            ?? headers.first(named: "retry-after").flatMap(Int64.init).map(Double.init)
        return wish.flatMap { $0 >= 0 ? $0 : nil }
    }

    private static func isDynamoDB(_ service: ServiceModel) -> Bool {
        service.name == "dynamodb" || service.name == "dynamodbstreams"
    }
}
