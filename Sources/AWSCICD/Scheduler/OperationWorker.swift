/// A Swift task that runs the bodies of asynchronous functions, one after the other, on its runtime's thread.
///
/// It is a task that belongs to no actor and prefers the runtime's executor: a body's hops to the shared pool and back would
/// cost more than most bodies do, and so would a task made and ended for each of them. After a body the scheduler takes its
/// turn inside this task, where nothing else is to be done first: what the script calls next is then run without a wait of
/// the task's own. Else it rests.
///
/// Used on the runtime's thread alone, but for its task.
final class OperationWorker: @unchecked Sendable {
    /// Kept while a body runs, which may go on when its host has forgotten the runtime.
    private var runtime: Runtime?
    private var next: RunningOperation?
    private var resting: UnsafeContinuation<Void, Never>?
    private var task: Task<Void, Never>?
    /// Its task was cancelled: no other body may run in it.
    private var isCancelled = false
    private var isInTurn = false

    /// Runs an operation's body in its turn among the jobs of the executor. The worker is new, at hand, or rests.
    func run(_ operation: RunningOperation, of runtime: Runtime) {
        next = operation
        operation.worker = self
        self.runtime = runtime
        if let resting {
            self.resting = nil
            resting.resume()
        } else if task == nil {
            task = Task(executorPreference: runtime.executor.taskExecutor) { await self.work() }
        }
    }

    /// Cancels the body that it runs, or is about to run.
    func cancel() {
        isCancelled = true
        // While the scheduler takes its turn in the task, whatever else runs in that turn would find itself cancelled.
        if !isInTurn { task?.cancel() }
    }

    /// Ends one that rests.
    func end() {
        resting?.resume()
        resting = nil
    }

    private nonisolated(nonsending) func work() async {
        repeat {
            // Neither this nor the runtime by a name: what has one is held for as long as the worker rests.
            await next?.operation.run()
            guard settle() else { break }
            if next == nil { await withUnsafeContinuation { rest($0) } }
        } while next != nil
        runtime = nil
    }

    /// Tells of the end of the body; false when the worker ends, too.
    @inline(never)
    private func settle() -> Bool {
        guard let operation = next, let runtime else { return false }
        next = nil
        operation.worker = nil
        runtime.assumeIsolated { $0.scheduler.ended(operation) }
        if isCancelled || Task.isCancelled || !runtime.workers.hasRoom { return false }
        isInTurn = true
        runtime.workers.offer(self, in: runtime.executor)
        isInTurn = false
        if isCancelled { task?.cancel() }
        return true
    }

    /// The order matters: when the runtime is released, its last owner may be gone, and then all that rest are ended.
    private func rest(_ continuation: UnsafeContinuation<Void, Never>) {
        resting = continuation
        runtime?.workers.rest(self)
        let released = runtime
        runtime = nil
        withExtendedLifetime(released) {}
    }
}

/// The workers of a runtime that have no body to run.
///
/// Used on the runtime's thread, and when the runtime is no more.
final class OperationWorkers: @unchecked Sendable {
    /// As many rest as a script may well have calls at once again; those of a burst end with it.
    private static let most = 16
    private var resting: [OperationWorker] = []
    /// The one in whose task the scheduler takes its turn.
    private var atHand: OperationWorker?

    var hasRoom: Bool { resting.count < Self.most }

    func begin(_ operation: RunningOperation, of runtime: Runtime) {
        let worker = atHand ?? resting.popLast() ?? OperationWorker()
        atHand = nil
        worker.run(operation, of: runtime)
    }

    /// Lets the scheduler take a turn at once; the first operation that it begins is the worker's.
    func offer(_ worker: OperationWorker, in executor: RuntimeExecutor) {
        atHand = worker
        executor.takeTurnEarly()
        atHand = nil
    }

    func rest(_ worker: OperationWorker) { resting.append(worker) }

    func close() {
        for worker in resting { worker.end() }
        resting = []
    }
}
