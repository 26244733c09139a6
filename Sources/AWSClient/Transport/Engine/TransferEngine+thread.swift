import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The engine's own thread: it leads where no driver does, and runs the tasks that prefer it.
extension TransferEngine {
    func startThread() {
        #if canImport(Glibc)
        var thread = pthread_t()
        #else
        var thread: pthread_t?
        #endif
        let context = Unmanaged.passRetained(self).toOpaque()
        let failure = pthread_create(
            &thread, nil,
            { context in
                let pointer: UnsafeMutableRawPointer? = context
                if let pointer { Unmanaged<TransferEngine>.fromOpaque(pointer).takeRetainedValue().run() }
                return nil
            }, context)
        precondition(failure == 0, "cannot start the HTTP thread: \(String(cString: strerror(failure)))")
        pthread_detach(thread)
    }

    private static var currentThread: UInt {
        #if os(Linux)
        UInt(pthread_self())
        #else
        UInt(bitPattern: pthread_self())
        #endif
    }

    var isOnThread: Bool { threadNumber.load(ordering: .relaxed) == Self.currentThread }

    private enum Next { case jobs, lead, stop }

    private func run() {
        threadNumber.store(Self.currentThread, ordering: .relaxed)
        while true {
            runJobs()
            switch next() {
            case .jobs: continue
            case .lead: leadOnThread()
            case .stop: return close()
            }
        }
    }

    /// Waits for something to do on this thread; where that is leading, the lead is taken.
    private func next() -> Next {
        // The drivers' turns when the wait began; nil where nobody is watched.
        var turns: Int?
        return monitor.wait { state, isSignalled in
            let isOver = !isSignalled && turns != nil
            let isAbandoned = isOver && state.leader == nil && state.driverTurns == turns && state.unfinished > 0
            // A driver that leads, or begins a transfer later, sees to it that this is watched again.
            if isOver, state.leader != nil || state.unfinished == 0 { state.isWatching = false }
            if state.isStopping, state.leader == nil {
                state.leader = .thread
                return .done(.stop)
            }
            if !state.jobs.isEmpty || !localJobs.entries.isEmpty { return .done(.jobs) }
            if state.leader == nil, state.unfinished > 0, state.needsThread || isAbandoned {
                state.leader = .thread
                state.needsThread = false
                return .done(.lead)
            }
            turns = state.isWatching ? state.driverTurns : nil
            return .wait(milliseconds: state.isWatching ? Self.patience : nil)
        }
    }

    /// Leads until nothing is under way.
    private func leadOnThread() {
        while true {
            takeStep()
            runJobs()
            let goesOn = monitor.withLock { state in
                if state.isStopping || state.unfinished == 0 && state.commands.isEmpty {
                    state.leader = nil
                    return false
                }
                state.isPolling = state.commands.isEmpty && state.jobs.isEmpty && localJobs.entries.isEmpty
                return true
            }
            guard goesOn else { return }
            pollIfIdle(60_000)
        }
    }

    private func close() {
        let late = monitor.withLock { state in
            state.isClosed = true
            return state.commands
        }
        loop.close(late)
    }

    // MARK: Jobs

    func enqueue(_ entry: TransportExecutor.Entry) {
        if isOnThread { return localJobs.entries.append(entry) }
        let startsThread = monitor.withLock { state in
            state.jobs.append(entry)
            if state.leader == .thread {
                if state.isPolling { loop.wake() }
            } else {
                monitor.signal()
            }
            defer { state.hasThread = true }
            return !state.hasThread
        }
        if startsThread { startThread() }
    }

    /// Runs what is there; jobs that these add have their turn later, so that transfers get theirs in between.
    private func runJobs() {
        var jobs = monitor.withLock { state in
            defer { state.jobs.removeAll(keepingCapacity: true) }
            return state.jobs
        }
        jobs += localJobs.entries
        localJobs.entries.removeAll(keepingCapacity: true)
        for entry in jobs { entry.run() }
    }
}
