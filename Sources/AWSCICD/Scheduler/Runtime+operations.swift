// The Swift tasks that run the bodies of asynchronous functions.

extension Runtime {
    /// Runs an operation's body in a task that stays on the runtime's thread, also in functions that belong to no actor: a
    /// hop to the shared pool and back would cost more than most calls do.
    ///
    /// The task itself belongs to no actor either. One that did would leave the actor for each body and come back, two jobs
    /// of the executor for every call.
    nonisolated func begin(_ running: RunningOperation) {
        running.task = Task(executorPreference: executor.taskExecutor) {
            await running.operation.run()
            self.ended(running)
        }
    }

    private nonisolated func ended(_ running: RunningOperation) {
        assumeIsolated { $0.scheduler.ended(running) }
    }
}
