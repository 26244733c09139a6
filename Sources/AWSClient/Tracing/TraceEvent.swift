import AWSModel

/// What happens to a call, for `--trace` and for hosts. Holds no secret: inputs are masked, URLs are hosts and paths.
public enum TraceEvent: Sendable {
    case began(id: Int, service: String, operation: String, region: String?, input: String)
    /// An answer, or the lack of one: status 0. `seconds` includes signing and reading.
    case attempted(
        id: Int, service: String, operation: String, attempt: Int, status: Int, code: String?, requestID: String?,
        seconds: Double)
    /// A wait before the next attempt.
    case waits(id: Int, service: String, operation: String, attempt: Int, seconds: Double)
    case ended(id: Int, service: String, operation: String, attempts: Int, seconds: Double)

    /// One line, as `--trace` prints it.
    public var line: String {
        switch self {
        case .began(let id, let service, let operation, let region, let input):
            "[aws \(id)] \(service).\(operation) \(region ?? "no region") \(Self.short(input))"
        case .attempted(let id, _, _, let attempt, let status, let code, let requestID, let seconds):
            "[aws \(id)]   attempt \(attempt): \(status == 0 ? "no answer" : String(status))"
                + (code.flatMap { $0 == String(status) ? nil : " \($0)" } ?? "") + " \(Self.milliseconds(seconds))"
                + (requestID.map { " request \($0)" } ?? "")
        case .waits(let id, _, _, _, let seconds):
            "[aws \(id)]   waits \(Self.milliseconds(seconds))"
        case .ended(let id, let service, let operation, let attempts, let seconds):
            "[aws \(id)] \(service).\(operation) ended: \(attempts) attempt\(attempts == 1 ? "" : "s"), \(Self.milliseconds(seconds))"
        }
    }

    /// The same with whatever else is secret covered in what the caller gave.
    public func masked(_ mask: (String) -> String) -> TraceEvent {
        guard case .began(let id, let service, let operation, let region, let input) = self else { return self }
        return .began(id: id, service: service, operation: operation, region: region, input: mask(input))
    }

    private static func short(_ text: String) -> String { text.count > 1000 ? text.prefix(1000) + "…" : text }

    private static func milliseconds(_ seconds: Double) -> String {
        let tenths = Int((seconds * 10000).rounded())
        return "\(tenths / 10).\(tenths % 10) ms"
    }
}
