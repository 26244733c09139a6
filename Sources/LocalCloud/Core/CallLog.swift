/// What the log says of one call.
struct CallLog {
    var service: String
    var operation: String
    var region: String?
    /// Who made it, where that is a service in a user's name and not a client.
    var caller: String?
    var status = 200
    var code: String?
    var started = CloudClock.realNow

    /// "autoscaling CreateAutoScalingGroup us-east-1 200 1.2 ms by arn:aws:sts::123456789012:assumed-role/deploy/d-ABC"
    var line: String {
        let milliseconds = ((CloudClock.realNow - started) * 10000).rounded() / 10
        let outcome = code.map { "\(status) \($0)" } ?? "\(status)"
        let by = caller.map { " by \($0)" } ?? ""
        return "\(service) \(operation) \(region ?? "-") \(outcome) \(milliseconds) ms\(by)"
    }

    /// Whether what a service does is worth a line: what it only looks at, over and over while it waits, is not, nor are the
    /// lines that it writes to a log itself.
    static func isChange(_ service: String, _ operation: String) -> Bool {
        !["Describe", "List", "Get", "BatchGet", "Head", "Receive"].contains { operation.hasPrefix($0) }
            && operation != "PutLogEvents"
    }
}
