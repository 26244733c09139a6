import AWSModel

/// The services' limits of calls a second, as AWS enforces them: a bucket of tokens for each operation, account and region.
///
/// Off unless asked for: most scripts want the local cloud as fast as it is, and few tests are about throttling.
@CloudActor
final class CallLimits {
    private struct Bucket {
        var tokens: Double
        var filled: Double
    }

    private var buckets: [String: Bucket] = [:]

    nonisolated init() {}

    /// Takes a token for a call.
    ///
    /// - Throws: ``ServiceError`` with the code that the service throttles with, when there is none.
    func admit(
        _ operation: Operation, of service: ServiceModel, account: String, region: String, now: Double
    ) throws(ServiceError) {
        let limit = CallLimit.of(service.name, operation.name)
        let key = "\(account) \(region) \(service.name) \(operation.name)"
        var bucket = buckets[key] ?? Bucket(tokens: limit.burst, filled: now)
        bucket.tokens = min(limit.burst, bucket.tokens + max(0, now - bucket.filled) * limit.perSecond)
        bucket.filled = now
        defer { buckets[key] = bucket }
        guard bucket.tokens >= 1 else { throw Self.refusal(service) }
        bucket.tokens -= 1
    }

    private static func refusal(_ service: ServiceModel) -> ServiceError {
        switch service.wireProtocol {
        case .ec2: ServiceError("RequestLimitExceeded", "Request limit exceeded.", status: 503)
        case .restXML where service.name == "s3":
            ServiceError("SlowDown", "Please reduce your request rate.", status: 503)
        case .query: ServiceError("Throttling", "Rate exceeded", status: 400)
        default: ServiceError("ThrottlingException", "Rate exceeded", status: 400)
        }
    }
}

/// How many calls a second an operation takes, and how many at once after a rest.
struct CallLimit {
    let perSecond: Double
    let burst: Double

    init(_ perSecond: Double, burst: Double? = nil) {
        self.perSecond = perSecond
        self.burst = burst ?? perSecond
    }

    /// The published limit, else that of the service's reads or writes, else a modest one: AWS does not publish what IAM, the
    /// Auto Scaling and the delivery services take.
    static func of(_ service: String, _ operation: String) -> CallLimit {
        if let limit = operations["\(service).\(operation)"] { return limit }
        let reads = ["Describe", "List", "Get", "BatchGet", "Head"].contains { operation.hasPrefix($0) }
        return services[service].map { reads ? $0.reads : $0.writes }
            ?? (reads ? CallLimit(20, burst: 40) : CallLimit(10, burst: 20))
    }

    private static let services: [String: (reads: CallLimit, writes: CallLimit)] = [
        // "Request throttling for the Amazon EC2 API", "Request throttling for the ELB API"
        "ec2": (CallLimit(20, burst: 100), CallLimit(5, burst: 50)),
        "elbv2": (CallLimit(10, burst: 40), CallLimit(3, burst: 20)),
        // The services' pages of "Endpoints and quotas"
        "logs": (CallLimit(10), CallLimit(10)),
        "secretsmanager": (CallLimit(50), CallLimit(50)),
        "events": (CallLimit(50), CallLimit(50)),
        "s3": (CallLimit(5500), CallLimit(3500)),
    ]

    private static let operations: [String: CallLimit] = [
        "cloudwatch.DeleteAlarms": CallLimit(3), "cloudwatch.DescribeAlarms": CallLimit(9),
        "cloudwatch.PutMetricAlarm": CallLimit(3), "cloudwatch.SetAlarmState": CallLimit(3),
        "sns.ListTopics": CallLimit(30), "sns.ListTagsForResource": CallLimit(10), "sns.TagResource": CallLimit(10),
        "sns.UntagResource": CallLimit(10),
    ]
}
