/// Runs tasks on the thread of an ``HTTPTransport``, where their answers arrive: for loops of many small calls.
///
/// ```swift
/// Task(executorPreference: HTTPTransport.shared.executor) {
///     for name in names { try await client.call(operation, ["name": .string(name)]) }
/// }
/// ```
/// What runs here must not compute for long nor block: all transfers wait meanwhile.
public final class TransportExecutor: TaskExecutor {
    struct Entry: Sendable {
        let job: UnownedJob
        let executor: TransportExecutor

        func run() { job.runSynchronously(on: executor.asUnownedTaskExecutor()) }
    }

    /// Held, so that the engine runs for as long as tasks need it.
    private let transport: HTTPTransport

    init(_ transport: HTTPTransport) { self.transport = transport }

    public func enqueue(_ job: consuming ExecutorJob) {
        transport.engine.enqueue(Entry(job: UnownedJob(job), executor: self))
    }
}

/// Jobs that the engine's thread has added itself. Unchecked: only that thread uses it.
final class LocalJobs: @unchecked Sendable {
    var entries: [TransportExecutor.Entry] = []
}
