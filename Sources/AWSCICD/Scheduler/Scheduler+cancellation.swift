import LuaVM

extension Scheduler {
    /// Seconds for which a cancelled operation's body may go on before the task that waits for it is resumed without it.
    private static let patience = 5.0

    /// A task that goes on after it was told this often is told again only after a pause, so that a loop around a `pcall`
    /// leaves the others their turns.
    private static let patientTellings = 3
    private static let pause = 0.01

    /// The cancellation that a task has to raise now, if it has one.
    func raiseCancellation(of task: ScriptTask) throws {
        guard let rare = task.rare, let cancellation = rare.cancellation, mayInterrupt(task) else { return }
        rare.tellings += 1
        vm.isUnwinding = true
        throw cancellation
    }

    /// Begins the wait of a task that has not listened to its cancellation; false when it is to be told at once.
    func pausesCancelled(_ task: ScriptTask) -> Bool {
        guard let rare = task.rare, rare.cancellation != nil, rare.tellings >= Self.patientTellings, mayInterrupt(task)
        else { return false }
        task.state = .waiting
        task.purpose = .cancelled
        addTimer(Waiter(task), after: Self.pause)
        return true
    }

    /// Looks at the running task where it computes. A cancelled one that was never told is told here; one whose grace time
    /// is over is ended, whatever it catches.
    func watch() throws {
        for id in cancelRequests.take() { cancel(run: id) }
        guard let task = current, let rare = task.rare, let cancellation = rare.cancellation else {
            vm.isWatched = false
            return
        }
        if clock.now >= rare.graceEnd { task.isGraceOver = true }
        if task.isGraceOver {
            vm.endsTask = true
        } else if rare.tellings > 0 || !mayInterrupt(task) {
            return
        }
        rare.tellings += 1
        vm.isUnwinding = true
        throw cancellation
    }

    /// The host no longer wants what it has started.
    func cancel(run id: UInt32) {
        if let run = runs[id] { cancel(run.main, TaskCancelled(.host)) }
    }

    /// Whether a cancellation may end what a task does now.
    func mayInterrupt(_ task: ScriptTask) -> Bool {
        if task.isGraceOver { return true }
        if task.shields > 0 { return false }
        let unwinding = task === current ? vm.isUnwinding : task.isUnwinding
        return !unwinding && !task.coroutine.isInCloseHandler
    }

    /// Asks a task to end: it raises where it waits, or where it will wait next.
    func cancel(_ task: ScriptTask, _ cancellation: TaskCancelled) {
        guard !task.state.hasEnded else { return }
        let details = task.details
        if let earlier = details.cancellation, earlier.cause.rawValue >= cancellation.cause.rawValue { return }
        if details.cancellation == nil {
            details.graceEnd = deadline(after: grace)
            // A task that is still there when its time is over is in `tasks`; one that has ended needs no alarm.
            alarms.add(at: details.graceEnd, unless: { [weak task] in task?.state.hasEnded ?? true }) {
                [weak self, weak task] in
                if let self, let task { self.endGrace(of: task) }
            }
        }
        details.cancellation = cancellation
        interrupt(task)
    }

    /// Ends the grace time of a cancelled task: its clean-up may no longer wait.
    func endGrace(of task: ScriptTask) {
        guard !task.state.hasEnded, task.isCancelled else { return }
        task.isGraceOver = true
        interrupt(task)
    }

    private func interrupt(_ task: ScriptTask) {
        guard task.state == .waiting, let cancellation = task.rare?.cancellation, mayInterrupt(task) else { return }
        guard let running = task.rare?.operation, !task.isGraceOver else {
            wake(Waiter(task), .failure(cancellation))
            return
        }
        // The body ends first, so that nothing goes on behind the back of a clean-up.
        guard !running.isCancelled else { return }
        running.isCancelled = true
        running.worker?.cancel()
        let waiter = running.waiter
        alarms.add(at: deadline(after: Self.patience), unless: { !waiter.isValid }) { [weak self] in
            self?.wake(waiter, .failure(cancellation))
        }
    }

    /// Ends all tasks.
    func cancelAll(_ cancellation: TaskCancelled, where condition: (ScriptTask) -> Bool = { _ in true }) {
        for task in tasks.values.filter(condition).sorted(by: { $0.id < $1.id }) { cancel(task, cancellation) }
    }

    // MARK: - Deadlocks

    /// Raises in the tasks that the host started, since nothing can wake any task any more; false when there are none.
    func reportDeadlock() -> Bool {
        let waiting = tasks.values.filter { $0.state == .waiting }.sorted { $0.id < $1.id }
        let roots = waiting.filter { $0.id == $0.root }
        guard !roots.isEmpty else { return false }
        if waiting.allSatisfy(\.isBackground) { return false }
        var lines = waiting.prefix(20).map { task in
            let name = task.id == task.root ? "the main task" : "task \(task.id)"
            return "\n\t\(name) \(task.purpose.text) at \(task.coroutine.position ?? "?")"
        }
        if waiting.count > 20 { lines.append("\n\tand \(waiting.count - 20) more") }
        for task in unclaimed { lines.append("\n\ttask \(task.id) has failed: \(task.rare?.error?.message ?? "?")") }
        let error = LuaError("deadlock: every task waits for another" + lines.joined(), kind: .deadlock)
        for root in roots { wake(Waiter(root), .failure(error)) }
        return true
    }
}
