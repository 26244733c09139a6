import LuaVM

extension Runtime {
    public enum Stop: Sendable {
        /// As ^C does: clean-ups have their grace time; a second one ends it.
        case interrupt
        /// At once: clean-ups too.
        case kill
    }

    /// Ends all that runs: scripts raise "interrupted" where they are, which no `pcall` catches, close their `<close>`
    /// values (within the grace time) and fail with an error of kind `.interrupted`. Callable from any thread, but not
    /// from a signal handler.
    public nonisolated func interrupt(_ stop: Stop = .interrupt) {
        let isSecond = stops.note()
        self.stop(TaskCancelled(.interrupt), isSecond || stop == .kill ? .kill : .interrupt)
    }

    nonisolated func stop(_ cancellation: TaskCancelled, _ reason: LuaStopper.Reason) {
        stopper.stop(reason, grace: configuration.grace, thread: executor.threadNumber)
        watchForStandstill()
        Task { await self.stopTasks(cancellation, endsGrace: reason == .kill) }
    }

    private func stopTasks(_ cancellation: TaskCancelled, endsGrace: Bool) {
        guard !scheduler.runs.isEmpty else {
            if configuration.keepsInterrupts, cancellation.cause == .interrupt { isInterruptKept = true }
            return clearStop()
        }
        if (scheduler.stopping?.cause.rawValue ?? -1) < cancellation.cause.rawValue {
            scheduler.stopping = cancellation
        }
        scheduler.cancelAll(cancellation)
        if endsGrace { for task in scheduler.tasks.values { scheduler.endGrace(of: task) } }
    }

    /// Ends the script that runs now with an exit code: throw what this returns from a host function.
    public func exit(code: Int32) -> any Error {
        scheduler.exitCode = code
        let cancellation = TaskCancelled(.exit)
        if scheduler.stopping == nil { scheduler.stopping = cancellation }
        stopper.stop(.exit, grace: configuration.grace, thread: 0)
        let current = scheduler.current
        scheduler.cancelAll(cancellation) { $0 !== current }
        scheduler.vm.isUnwinding = true
        return cancellation
    }

    /// `os.exit` ends the script, not the host's process.
    func installExit() throws {
        guard let os = try vm.globals.get("os", as: LuaTable.self) else { return }
        let owner = UnownedRuntime(runtime: self)
        try os.set(
            "exit",
            try vm.rawFunction { arguments, _ in
                let code: Int32 =
                    switch try arguments.next(LuaValue.self) {
                    case .nil, .boolean(true): 0
                    case .boolean(false): 1
                    case .integer(let code): Int32(truncatingIfNeeded: code)
                    default: throw LuaArgumentError(index: 1, "a number or a boolean expected")
                    }
                throw owner.runtime.assumeIsolated { $0.exit(code: code) }
            })
    }

    // The runtime owns the VM, which owns the functions made here: they must not own the runtime in turn.
    private struct UnownedRuntime: Sendable { unowned let runtime: Runtime }

    /// What ends the script, when a hook was faster than the news of it.
    func noteStop() {
        guard scheduler.stopping == nil, let reason = stopper.reason else { return }
        switch reason {
        case .exit: scheduler.stopping = TaskCancelled(.exit)
        case .timeLimit: scheduler.stopping = TaskCancelled(.timeLimit)
        case .processorTime: scheduler.stopping = TaskCancelled(.processorTime)
        case .interrupt, .kill: scheduler.stopping = TaskCancelled(.interrupt)
        }
    }

    func clearStop() {
        stopper.clear()
        stops.clear()
        scheduler.stopping = nil
        scheduler.alarms.removeAll()
    }

    /// Arms the limits for a run that begins; the result ends them.
    func armLimits() -> Task<Void, Never>? {
        let limits = configuration.limits
        let deadline = limits.wallTime.map(scheduler.deadline(after:))
        if let deadline {
            scheduler.alarms.add(at: deadline) { [weak self] in
                // On the runtime's own thread: at once, before the clock goes on.
                guard let self else { return }
                self.stopper.stop(.timeLimit, grace: self.configuration.grace, thread: 0)
                self.assumeIsolated { $0.stopTasks(TaskCancelled(.timeLimit), endsGrace: false) }
            }
        }
        let clock = configuration.clock
        guard limits.processorTime != nil || (deadline != nil && clock.isReal) else { return nil }
        let thread = executor.threadNumber
        let started = LuaStopper.processorTime(of: thread)
        // A script that computes does not let the scheduler look at the time: this one does, from outside.
        return Task.detached { [weak self] in
            await withTaskGroup { group in
                if let deadline, clock.isReal {
                    group.addTask { [weak self] in
                        while clock.now < deadline {
                            guard (try? await Task.sleep(for: .nanoseconds(deadline - clock.now))) != nil else {
                                return
                            }
                        }
                        self?.stop(TaskCancelled(.timeLimit), .timeLimit)
                    }
                }
                if let processorTime = limits.processorTime {
                    group.addTask { [weak self] in
                        while true {
                            let left = processorTime - (LuaStopper.processorTime(of: thread) - started)
                            if left <= 0 { break }
                            guard (try? await Task.sleep(for: .seconds(max(left, 0.001)))) != nil else { return }
                        }
                        self?.stop(TaskCancelled(.processorTime), .processorTime)
                    }
                }
            }
        }
    }
}
