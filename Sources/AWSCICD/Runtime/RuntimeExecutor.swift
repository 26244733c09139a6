import AWSClient
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Why there is no runtime: the system gives this process no further thread.
public struct RuntimeStartError: Error, Sendable, CustomStringConvertible {
    public let description: String
}

/// A thread that runs one runtime: the jobs of its actor and, between them, its scheduler.
///
/// A thread of its own, because a script may compute for as long as it likes without starving Swift's shared pool, and
/// because Lua's C stack needs room.
final class RuntimeExecutor: SerialExecutor, @unchecked Sendable {
    // Every field below is either written before the thread starts, used on the thread alone, or guarded by `condition`.
    fileprivate struct Entry {
        let job: UnownedJob
        let isForTaskExecutor: Bool
    }
    private let condition = MonotonicCondition()
    @exclusivity(unchecked) private var remoteJobs: [Entry] = []
    /// Written with the lock held, and looked at without it too.
    private let isWoken = Atomic(false)
    private var isStopped = false
    /// In place of a sleep, the thread performs the transfers that it has begun; then `driver` has to be woken.
    private var isDriving = false
    private let driver = TransportDriver()
    /// When it last had a chance to.
    private var lastDrive = ContinuousClock.now
    private var thread: pthread_t?

    /// Jobs that the thread itself added; no lock is needed for those.
    @exclusivity(unchecked) private var localJobs: [Entry] = []
    @exclusivity(unchecked) private var batch: [Entry] = []
    /// Jobs of the batch that have not begun.
    @exclusivity(unchecked) private var jobsLeft = 0
    /// Turns that were taken since the loop last looked for jobs of other threads.
    @exclusivity(unchecked) private var earlyTurns = 0
    private static let mostEarlyTurns = 64

    /// What to do after a turn.
    enum Next {
        /// There is more to do at once.
        case again
        /// Nothing before this many nanoseconds from now.
        case sleep(Int64)
        /// Nothing until something wakes the thread.
        case wait
    }
    /// Runs what is ready, and answers what to wait for. Called on the thread when its jobs are done.
    private var turn: (() -> Next)?

    private(set) lazy var taskExecutor = RuntimeTaskExecutor(self)

    func start(_ turn: @escaping () -> Next) throws(RuntimeStartError) {
        self.turn = turn
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        // Lua allows 200 levels of C calls; the deepest of them (patterns, the compiler) take some KB each.
        pthread_attr_setstacksize(&attributes, 16 << 20)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let context = Unmanaged.passRetained(self).toOpaque()
        // Held, so that no job can run before `thread` is known.
        condition.lock()
        defer { condition.unlock() }
        #if os(Linux)
        var thread = pthread_t()
        let status = pthread_create(
            &thread, &attributes,
            { context in
                if let context { Unmanaged<RuntimeExecutor>.fromOpaque(context).takeRetainedValue().loop() }
                return nil
            }, context)
        self.thread = thread
        #else
        let status = pthread_create(
            &thread, &attributes,
            { context in
                Unmanaged<RuntimeExecutor>.fromOpaque(context).takeRetainedValue().loop()
                return nil
            }, context)
        #endif
        if status != 0 {
            Unmanaged<RuntimeExecutor>.fromOpaque(context).release()
            throw RuntimeStartError(description: "no thread can be made: \(String(cString: strerror(status)))")
        }
    }

    /// The thread, as a number that C can signal.
    var threadNumber: UInt64 {
        guard let thread else { return 0 }
        #if os(Linux)
        return UInt64(thread)
        #else
        return UInt64(UInt(bitPattern: thread))
        #endif
    }

    var isOnThread: Bool {
        guard let thread else { return false }
        return pthread_equal(pthread_self(), thread) != 0
    }

    func enqueue(_ job: consuming ExecutorJob) {
        enqueue(Entry(job: UnownedJob(job), isForTaskExecutor: false))
    }

    fileprivate func enqueue(_ entry: Entry) {
        if isOnThread {
            localJobs.append(entry)
            return
        }
        condition.lock()
        remoteJobs.append(entry)
        signal()
        condition.unlock()
    }

    private func run(_ entry: Entry) {
        if entry.isForTaskExecutor {
            entry.job.runSynchronously(on: taskExecutor.asUnownedTaskExecutor())
        } else {
            entry.job.runSynchronously(on: asUnownedSerialExecutor())
        }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    func checkIsolated() {
        precondition(isOnThread, "a runtime was used on a thread that is not its own")
    }

    func isIsolatingCurrentContext() -> Bool? { isOnThread }

    /// Makes the thread take a turn.
    func wake() {
        condition.lock()
        signal()
        condition.unlock()
    }

    /// With the lock held.
    private func signal() {
        isWoken.store(true, ordering: .relaxed)
        if isDriving { driver.interrupt() } else { condition.signal() }
    }

    /// Ends the thread once its jobs are done.
    func stop() {
        condition.lock()
        isStopped = true
        signal()
        condition.unlock()
    }

    private func loop() {
        driver.attach()
        defer { driver.detach() }
        var next = Next.again
        while true {
            let hasDriven = driver.hasTransfers && drive(next)
            condition.lock()
            if !hasDriven, !isStopped, localJobs.isEmpty, remoteJobs.isEmpty, !isWoken.load(ordering: .relaxed) {
                switch next {
                case .again: break
                case .sleep(let nanoseconds):
                    // A wait that returns for no reason only makes the turn come early.
                    if nanoseconds > 0 { condition.wait(nanoseconds: nanoseconds) }
                case .wait: while !isWoken.load(ordering: .relaxed) { condition.wait(nanoseconds: nil) }
                }
            }
            isWoken.store(false, ordering: .relaxed)
            swap(&batch, &remoteJobs)
            let ends = isStopped && batch.isEmpty && localJobs.isEmpty
            condition.unlock()
            if ends { break }

            earlyTurns = 0
            runBatch()
            swap(&batch, &localJobs)
            runBatch()
            next = turn?() ?? .wait
        }
        turn = nil
    }

    private func runBatch() {
        jobsLeft = batch.count
        for job in batch {
            jobsLeft -= 1
            run(job)
        }
        batch.removeAll(keepingCapacity: true)
    }

    /// Takes the turn that would follow, inside the job that runs, when that is the last one for now. Asked again and again
    /// it declines, so that the jobs of other threads get theirs.
    func takeTurnEarly() {
        guard jobsLeft == 0, localJobs.isEmpty, earlyTurns < Self.mostEarlyTurns, !isWoken.load(ordering: .relaxed),
            !driver.hasTransfers || lastDrive.duration(to: .now) < .milliseconds(1)
        else { return }
        earlyTurns += 1
        _ = turn?()
    }

    /// Performs the thread's own transfers where it would else sleep. Where it has something to do they get a moment now
    /// and then, so that a script whose tasks take turns all the time does not keep its calls waiting.
    /// - Returns: false when nothing was done, or another thread performs them: a sleep is then an ordinary one.
    private func drive(_ next: Next) -> Bool {
        condition.lock()
        var isIdle =
            localJobs.isEmpty && remoteJobs.isEmpty && !isWoken.load(ordering: .relaxed) && !isStopped
        if case .again = next { isIdle = false }
        isDriving = isIdle
        condition.unlock()
        guard isIdle || lastDrive.duration(to: .now) >= .milliseconds(1) else { return false }
        let milliseconds: Int? =
            switch next {
            case .wait where isIdle: nil
            case .sleep(let nanoseconds) where isIdle: Int((max(0, nanoseconds) + 999_999) / 1_000_000)
            case .wait, .sleep, .again: 0
            }
        let hasDriven = driver.drive(milliseconds: milliseconds) { !localJobs.isEmpty }
        lastDrive = .now
        guard isIdle else { return hasDriven }
        condition.lock()
        isDriving = false
        condition.unlock()
        return hasDriven
    }
}

/// The same thread for functions that belong to no actor; what Swift tasks name as their preference.
final class RuntimeTaskExecutor: TaskExecutor {
    private unowned let executor: RuntimeExecutor

    init(_ executor: RuntimeExecutor) { self.executor = executor }

    func enqueue(_ job: consuming ExecutorJob) {
        executor.enqueue(RuntimeExecutor.Entry(job: UnownedJob(job), isForTaskExecutor: true))
    }
}
