import LuaVM

/// The Swift tasks that run the bodies of asynchronous functions.
///
/// They are kept and woken by continuation: that takes a tenth of the time that a new `Task` for each call does. They run
/// on the runtime's executor until a body goes elsewhere, and end when the runtime has nothing more to run.
final class OperationPool {
    private var idle: [OperationWorker] = []
    weak var runtime: Runtime?

    func start(_ running: RunningOperation) {
        if let worker = idle.popLast() {
            worker.give(running)
        } else if let runtime {
            OperationWorker.make(for: runtime, running)
        }
    }

    func add(_ worker: OperationWorker) { idle.append(worker) }

    /// Ends the workers that have nothing to do.
    func drain() {
        for worker in idle { worker.give(nil) }
        idle = []
    }
}

/// One Swift task of the pool. Used on the runtime's executor alone.
final class OperationWorker: @unchecked Sendable {
    private var next: RunningOperation?
    private var continuation: UnsafeContinuation<Void, Never>?
    private(set) var task: Task<Void, Never>?

    static func make(for runtime: Runtime, _ first: RunningOperation) {
        let worker = OperationWorker()
        worker.next = first
        first.worker = worker
        worker.task = runtime.assumeIsolated { $0.startTask { runtime in await runtime.work(worker) } }
    }

    func give(_ running: RunningOperation?) {
        next = running
        running?.worker = self
        continuation?.resume()
        continuation = nil
    }

    /// The next operation, nil when the worker is to end.
    func take(isolation: isolated Runtime, idle: Bool) async -> RunningOperation? {
        if idle {
            // Into the pool only with a continuation to wake: an `await` may let other jobs run before its closure does.
            let pool = isolation.scheduler.pool
            await withUnsafeContinuation { made in
                continuation = made
                pool.add(self)
            }
        }
        let running = next
        next = nil
        return running
    }
}

extension Runtime {
    /// A Swift task that stays on the runtime's thread even in functions that belong to no actor: a hop to the shared
    /// pool and back would cost more than most calls do.
    func startTask(_ body: @escaping @Sendable (Runtime) async -> Void) -> Task<Void, Never> {
        if #available(macOS 15, *) {
            return Task(executorPreference: executor.taskExecutor) { await body(self) }
        }
        return Task { await body(self) }
    }

    func work(_ worker: OperationWorker) async {
        var running = await worker.take(isolation: self, idle: false)
        while let now = running {
            running = nil
            await now.operation.run(isolation: self)
            now.worker = nil
            scheduler.ended(now)
            // A Swift task stays cancelled, so one that was is of no further use.
            if Task.isCancelled { return }
            running = await worker.take(isolation: self, idle: true)
        }
    }
}
