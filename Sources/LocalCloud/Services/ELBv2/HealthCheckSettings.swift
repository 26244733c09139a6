import AWSModel

/// A target group's health check as calls change it.
///
/// Source: ELBv2 API reference, CreateTargetGroup, ModifyTargetGroup and Matcher.
extension TargetGroupRecord.Check {
    /// - Parameters:
    ///   - protocolName: The target group's.
    ///   - targetType: The target group's.
    /// - Throws: `ValidationError` for what a health check cannot be; the check is unchanged then.
    mutating func change(by input: AWSValue, protocolName: String, targetType: String) throws(ServiceError) {
        var changed = self
        if input["HealthCheckEnabled"]?.bool == false {
            throw ServiceError(
                "ValidationError",
                "Health check enabled must be true for target groups with target type '\(targetType)'")
        }
        if let value = input["HealthCheckPath"]?.string {
            guard value.hasPrefix("/") else {
                throw ServiceError("ValidationError", "Health check path '\(value)' must begin with a '/' character")
            }
            changed.path = value
        }
        if let value = input["HealthCheckPort"]?.string {
            guard value == "traffic-port" || Self.isPort(value) else {
                throw ServiceError(
                    "ValidationError",
                    "Health check port '\(value)' must be 'traffic-port' or a number between 1 and 65535")
            }
            changed.port = value
        }
        if let value = input["HealthCheckProtocol"]?.string {
            // HTTP and HTTPS can check any target, TCP only those that speak no HTTP; the others check nothing.
            guard ["HTTP", "HTTPS"].contains(value) || value == "TCP" && !protocolName.hasPrefix("HTTP") else {
                throw ServiceError(
                    "ValidationError",
                    "Health check protocol '\(value)' is not supported for target groups with the protocol '\(protocolName)'"
                )
            }
            changed.protocolName = value
        }
        if let value = try Self.bounded("HealthCheckIntervalSeconds", 5...300, input) { changed.interval = value }
        if let value = try Self.bounded("HealthCheckTimeoutSeconds", 2...120, input) { changed.timeout = value }
        if let value = try Self.bounded("HealthyThresholdCount", 2...10, input) { changed.healthyThreshold = value }
        if let value = try Self.bounded("UnhealthyThresholdCount", 2...10, input) { changed.unhealthyThreshold = value }
        if let matcher = input["Matcher"] {
            changed.matcher = try Self.codes(matcher, protocolName: protocolName)
        }
        guard
            changed.timeout < changed.interval
                || changed.timeout <= 5 && changed.interval >= 5 && changed.timeout <= changed.interval
        else {
            throw ServiceError(
                "ValidationError",
                "Health check timeout '\(changed.timeout)' must be smaller than or equal to the interval '\(changed.interval)'"
            )
        }
        self = changed
    }

    private static func isPort(_ text: String) -> Bool {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            && (1...65535).contains(Int(text) ?? 0)
    }

    private static func bounded(
        _ member: String, _ range: ClosedRange<Int>, _ input: AWSValue
    ) throws(ServiceError) -> Int? {
        guard let value = input[member]?.int else { return nil }
        guard range.contains(value) else {
            throw ServiceError(
                "ValidationError", "\(member) '\(value)' must be between \(range.lowerBound) and \(range.upperBound)")
        }
        return value
    }

    /// The codes of healthy answers: "200", "200,202", "200-299".
    private static func codes(_ matcher: AWSValue, protocolName: String) throws(ServiceError) -> String {
        guard matcher["GrpcCode"] == nil else {
            throw ServiceError(
                "NotImplemented", "elbv2 health checks by gRPC codes are not built into the local cloud", status: 501)
        }
        let text = matcher["HttpCode"]?.string ?? ""
        guard !text.isEmpty else {
            throw ServiceError("ValidationError", "Health check matcher HTTP code cannot be empty")
        }
        let range = protocolName.hasPrefix("HTTP") ? 200...499 : 200...599
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map {
                $0.utf8.count == 3 ? Int($0) : nil
            }
            guard (1...2).contains(ends.count), let low = ends[0], let high = ends[ends.count - 1], low <= high,
                range.contains(low), range.contains(high)
            else {
                throw ServiceError(
                    "ValidationError",
                    "Health check matcher HTTP code '\(text)' must be within '\(range.lowerBound)-\(range.upperBound)' inclusive"
                )
            }
        }
        return text
    }
}
