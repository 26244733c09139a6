import Synchronization

/// The transfer that a task waits for. Cancellation may come before there is one.
final class TransferBox: Sendable {
    private let state = Mutex<(transfer: Transfer?, isCancelled: Bool)>((nil, false))

    func set(_ transfer: Transfer) {
        let isCancelled = state.withLock { state in
            state.transfer = transfer
            return state.isCancelled
        }
        if isCancelled { transfer.isCancelled.store(true, ordering: .relaxed) }
    }

    func with(_ body: (Transfer) -> Void) {
        if let transfer = state.withLock({ $0.transfer }) { body(transfer) }
    }

    /// Marks the transfer, so that one that is not started yet never is, and tells the engine through `body`.
    func cancel(_ body: (Transfer) -> Void) {
        let transfer = state.withLock { state in
            state.isCancelled = true
            return state.transfer
        }
        guard let transfer else { return }
        transfer.isCancelled.store(true, ordering: .relaxed)
        body(transfer)
    }
}

/// A continuation that two events may want to resume: the first one does.
final class OneShot<Value: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Value, Never>?>

    init(_ continuation: CheckedContinuation<Value, Never>) { self.continuation = Mutex(continuation) }

    func resume(_ value: Value) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(returning: value)
    }
}

/// The same where the event may come before the continuation.
final class OneShotBox<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case waiting(CheckedContinuation<Value, Never>)
        case early(Value)
        case done
    }

    private let state = Mutex(State.empty)

    func set(_ continuation: CheckedContinuation<Value, Never>) {
        let early: Value? = state.withLock { state in
            if case .early(let value) = state {
                state = .done
                return value
            }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(returning: early) }
    }

    func resume(_ value: Value) {
        let waiting: CheckedContinuation<Value, Never>? = state.withLock { state in
            switch state {
            case .waiting(let continuation):
                state = .done
                return continuation
            case .empty:
                state = .early(value)
                return nil
            case .early, .done: return nil
            }
        }
        waiting?.resume(returning: value)
    }
}
