import LuaVM

/// One script or call that the host has started: its first task and all that descend from it.
///
/// It is over when they all have ended. Tasks that are left when the first one has returned are waited for, those in the
/// background are cancelled; when the first one fails, all are.
final class ScriptRun {
    let main: ScriptTask
    private var foreground = 1
    private var background = 0
    /// The background tasks that there are have been cancelled; to ask them all again at each one's end would take a time
    /// that grows with the square of their number.
    private var endsBackground = false
    private var completion: (() -> Void)?

    init(_ main: ScriptTask) {
        self.main = main
        main.isJoined = true
    }

    /// Calls `completion` when it is over, at once when it is already.
    func onEnd(_ completion: @escaping () -> Void) {
        if main.state.hasEnded, foreground == 0, background == 0 {
            completion()
        } else {
            self.completion = completion
        }
    }

    func taskAdded(_ task: ScriptTask) {
        if task.isBackground {
            background += 1
            endsBackground = false
        } else {
            foreground += 1
        }
    }

    func taskEnded(_ task: ScriptTask, _ scheduler: Scheduler) {
        if task.isBackground { background -= 1 } else { foreground -= 1 }
        guard main.state.hasEnded else { return }
        if main.state != .finished, task === main {
            scheduler.cancelAll(TaskCancelled(.end)) { $0.root == main.id }
        }
        if foreground > 0 { return }
        if background > 0 {
            if !endsBackground { scheduler.cancelAll(TaskCancelled(.end)) { $0.root == main.id } }
            endsBackground = true
            return
        }
        completion?()
        completion = nil
    }

    /// The error that the run ends with, if it does.
    func error(_ scheduler: Scheduler) -> (any Error)? {
        if let stopping = scheduler.stopping, var error = main.rare?.error ?? stopping.asLuaError {
            if stopping.cause == .exit { return ScriptExit(code: scheduler.exitCode) }
            if main.state == .finished { return nil }
            error.kind = stopping.kind
            // A `pcall` that had just caught something else passed that on.
            if !error.message.contains(stopping.reason) { error.message = stopping.reason }
            return error
        }
        if var error = main.rare?.error {
            if let cancelled = error.underlying as? TaskCancelled { error.kind = cancelled.kind }
            return error
        }
        guard let failed = scheduler.unclaimed.first(where: { $0.root == main.id }) else { return nil }
        return failed.rare?.error
    }
}

extension TaskCancelled {
    var kind: LuaError.Kind {
        switch cause {
        case .script, .end, .host, .exit: .cancelled
        case .timeLimit, .processorTime: .timeLimit
        case .interrupt: .interrupted
        }
    }

    var asLuaError: LuaError? { LuaError(reason, kind: kind) }
}
