import AWSModel
import Synchronization

/// Tells the client's trace hook of one call.
struct Tracer {
    private static let counter = Atomic(0)

    private let hook: (@Sendable (TraceEvent) -> Void)?
    private let id: Int
    private let clock: any ClientClock
    private let started: Double

    init(context: ClientContext) {
        hook = context.configuration.trace
        clock = context.clock
        started = clock.now
        id = hook == nil ? 0 : Self.counter.add(1, ordering: .relaxed).newValue
    }

    func begin(_ call: Call) {
        guard let hook else { return }
        let text = String(decoding: JSON.write(Masking.mask(call.input, shape: call.operation.input)), as: UTF8.self)
        hook(
            .began(
                id: id, service: call.service.name, operation: call.operation.name, region: call.region,
                input: text))
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

    func end(_ call: Call) {
        hook?(
            .ended(
                id: id, service: call.service.name, operation: call.operation.name, attempts: call.attempt,
                seconds: clock.now - started))
    }
}
