import CCurlShim
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// All transfers of an ``HTTPTransport``, on one multi handle of libcurl's.
///
/// A connection cache must not be used by two threads at once, so one thread at a time has the lead: it alone touches the
/// multi handle (``TransferLoop``), all others leave commands. Who leads:
///  1. a thread with a loop of its own that has begun transfers leads when it would else sleep (``TransportDriver``): the
///     answer then arrives on the thread that waits for it, and no thread has to be woken;
///  2. the engine's own thread leads for everybody else, and for a driver that stays away for longer than ``patience``
///     while its transfers are under way.
final class TransferEngine: Sendable {
    enum Command: Sendable {
        case start(Transfer)
        case cancel(Transfer)
        case unpause(Transfer)
    }

    enum Leader { case thread, driver }

    struct State {
        var commands: [Command] = []
        /// Jobs of tasks that prefer the engine's thread: see ``TransportExecutor``.
        var jobs: [TransportExecutor.Entry] = []
        var leader: Leader?
        /// The leader sleeps in `curl_multi_poll`, or is about to.
        var isPolling = false
        /// The driver that leads has something else to do.
        var isInterrupted = false
        /// What is there cannot wait for a driver to come.
        var needsThread = false
        /// The engine's thread will look at the state within ``patience`` by itself.
        var isWatching = false
        var hasThread = false
        /// How often a driver has taken the lead.
        var driverTurns = 0
        /// Transfers from the moment in which they are handed over to their end.
        var unfinished = 0
        var isStopping = false
        var isClosed = false
    }

    /// Milliseconds for which transfers may lie with a driver that does something else.
    static let patience = 20

    let monitor = Monitor(State())
    let loop = TransferLoop()
    let localJobs = LocalJobs()
    /// The engine's thread, as a number; 0 before it runs.
    let threadNumber = Atomic<UInt>(0)

    /// Loads libcurl and sets it up; a second caller waits until that is done.
    static func load() { _ = prepareProcess }

    /// Once per process. A peer that closes must not kill us; a host that set a handler of its own keeps it.
    private static let prepareProcess: Void = {
        curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        var action = sigaction()
        sigaction(SIGPIPE, nil, &action)
        #if canImport(Glibc)
        let isDefault = action.__sigaction_handler.sa_handler == nil
        #else
        let isDefault = action.__sigaction_u.__sa_handler == nil
        #endif
        if isDefault { signal(SIGPIPE, SIG_IGN) }
    }()

    // MARK: From any thread

    func start(_ transfer: Transfer) {
        transfer.driver = TransportDriver.current?.join(self)
        send(.start(transfer), comesBack: transfer.driver != nil)
    }

    func cancel(_ transfer: Transfer) {
        send(.cancel(transfer), comesBack: TransportDriver.current?.drives(self) == true)
    }
    func unpause(_ transfer: Transfer) {
        send(.unpause(transfer), comesBack: TransportDriver.current?.drives(self) == true)
    }

    /// - Parameter comesBack: whether the calling thread is a driver that will lead as soon as it has nothing else to do.
    private func send(_ command: Command, comesBack: Bool) {
        let (isRefused, startsThread) = monitor.withLock { state -> (Bool, Bool) in
            if state.isClosed { return (true, false) }
            state.commands.append(command)
            if case .start = command { state.unfinished += 1 }
            if state.leader != nil {
                if state.isPolling { loop.wake() }
            } else if !comesBack {
                state.needsThread = true
                monitor.signal()
            } else if !state.isWatching {
                state.isWatching = true
                monitor.signal()
            }
            defer { state.hasThread = true }
            return (false, !state.hasThread)
        }
        if startsThread { startThread() }
        if isRefused, case .start(let transfer) = command {
            transfer.driver?.leave()
            transfer.finish(with: TransportError(.cancelled, "the transport was closed"))
        }
    }

    /// Ends the engine and all transfers that are under way.
    func stop() {
        monitor.withLock { state in
            state.isStopping = true
            if !state.hasThread { state.isClosed = true }
            if state.isPolling { loop.wake() }
            monitor.signal()
        }
    }

    // MARK: Leading

    /// Performs transfers on the calling thread, a driver's, until `isWanted` says that it has something else to do, it is
    /// interrupted, none of its own transfers is left or the time is over.
    /// - Returns: false when another thread leads.
    func lead(_ driver: TransportDriver, milliseconds: Int?, until isWanted: () -> Bool) -> Bool {
        let leads = monitor.withLock { state in
            guard state.leader == nil, !state.isStopping, !state.needsThread else { return false }
            state.leader = .driver
            state.driverTurns &+= 1
            return true
        }
        guard leads else { return false }
        let deadline = milliseconds.map { ContinuousClock.now + .milliseconds($0) }
        while true {
            takeStep()
            guard !isWanted(), driver.hasTransfers else { break }
            var timeout = 60_000
            if let deadline {
                timeout = Int((ContinuousClock.now.duration(to: deadline) / .milliseconds(1)).rounded(.up))
                if timeout <= 0 { break }
            }
            let mayPoll = monitor.withLock { state in
                if state.isInterrupted || state.isStopping { return false }
                state.isPolling = state.commands.isEmpty
                return true
            }
            guard mayPoll else { break }
            pollIfIdle(timeout)
        }
        monitor.withLock { state in
            state.leader = nil
            state.isInterrupted = false
            // Nobody else comes back for these.
            if state.isStopping || state.unfinished > driver.transfers {
                state.needsThread = true
                monitor.signal()
            } else if state.unfinished > 0, !state.isWatching {
                state.isWatching = true
                monitor.signal()
            }
        }
        return true
    }

    /// Makes a driver that leads return.
    func interrupt() {
        monitor.withLock { state in
            state.isInterrupted = true
            if state.isPolling { loop.wake() }
        }
    }

    /// The leader's: carries out commands and lets libcurl do what it can without waiting.
    func takeStep() {
        let commands = monitor.withLock { state in
            defer { state.commands.removeAll(keepingCapacity: true) }
            return state.commands
        }
        loop.carryOut(commands)
        loop.perform()
        let finished = loop.takeFinished()
        if finished > 0 { monitor.withLock { $0.unfinished -= finished } }
    }

    /// The leader's, after it has set `isPolling` if there are no commands to carry out first.
    func pollIfIdle(_ milliseconds: Int) {
        guard monitor.withLock({ $0.isPolling }) else { return }
        loop.poll(milliseconds)
        monitor.withLock { $0.isPolling = false }
    }
}
