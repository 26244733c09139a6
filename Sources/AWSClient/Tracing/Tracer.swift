import AWSModel
import Synchronization

/// Tells the client's trace hook of one call.
struct Tracer {
    private static let counter = Atomic(0)

    private let hook: (@Sendable (TraceEvent) -> Void)?
    private let id: Int
    private let call: Call
    private let clock: any ClientClock
    private let started: Double

    init(context: ClientContext, call: Call) {
        hook = context.configuration.trace
        self.call = call
        clock = context.clock
        started = clock.now
        id = hook == nil ? 0 : Self.counter.add(1, ordering: .relaxed).newValue
    }

    func begin() {
        guard let hook else { return }
        let text = String(decoding: JSON.write(Masking.mask(call.input, shape: call.operation.input)), as: UTF8.self)
        hook(
            .began(
                id: id, service: call.service.name, operation: call.operation.name, region: call.region,
                input: text.count > 1000 ? text.prefix(1000) + "…" : text))
    }

    func attempt(_ call: Call, _ result: AWSResult, since: Double) {
        guard let hook else { return }
        hook(
            .attempted(
                id: id, service: call.service.name, operation: call.operation.name, attempt: call.attempt,
                status: result.metadata.status, code: nil, requestID: result.metadata.requestID,
                seconds: clock.now - since))
    }

    func attempt(_ call: Call, _ error: AWSError, since: Double) {
        guard let hook else { return }
        hook(
            .attempted(
                id: id, service: call.service.name, operation: call.operation.name, attempt: call.attempt,
                status: error.status, code: error.code, requestID: error.requestID, seconds: clock.now - since))
    }

    func wait(_ call: Call, seconds: Double) {
        hook?(
            .waits(
                id: id, service: call.service.name, operation: call.operation.name, attempt: call.attempt,
                seconds: seconds))
    }

    func end(attempts: Int) {
        hook?(
            .ended(
                id: id, service: call.service.name, operation: call.operation.name, attempts: attempts,
                seconds: clock.now - started))
    }
}

/// Puts `***` in place of what must not be seen: members that the model calls sensitive, and those whose names say so.
public enum Masking {
    private static let words = ["secret", "password", "token", "credential", "privatekey", "passphrase"]
    /// Tokens that page or identify and open nothing.
    private static let harmless: Set = [
        "nexttoken", "clientrequesttoken", "clienttoken", "continuationtoken", "secretid", "secretname",
        "paginationtoken",
        "idempotencytoken", "nextcontinuationtoken", "secretarn", "startingtoken",
    ]

    public static func mask(_ value: AWSValue, shape: Shape?) -> AWSValue {
        if shape?.isSensitive == true { return .string("***") }
        switch value {
        case .map(let map):
            let isStructure = shape?.kind == .structure
            return .map(
                AWSMap(
                    map.map { key, value in
                        if isSecret(key) {
                            return (
                                key, isContainer(value) ? mask(value, shape: shape?.member(key)?.shape) : .string("***")
                            )
                        }
                        return (key, mask(value, shape: isStructure ? shape?.member(key)?.shape : shape?.value?.shape))
                    }))
        case .list(let list): return .list(list.map { mask($0, shape: shape?.element?.shape) })
        case .blob(let bytes): return .string("<\(bytes.count) bytes>")
        case .body(let body): return .string("<\(body.count) bytes>")
        default: return value
        }
    }

    private static func isSecret(_ name: String) -> Bool {
        let lowered = name.lowercased()
        return !harmless.contains(lowered) && words.contains { lowered.contains($0) }
    }

    private static func isContainer(_ value: AWSValue) -> Bool { value.map != nil || value.list != nil }
}
