import AWSCICD
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// ^C and its kin: the first asks the script to end (its `<close>` values are closed, its clean-ups may take their grace
/// time), the second ends clean-ups too.
///
/// The signals are blocked in every thread, so that they wait for the watch's `sigwait`. That does not suffice: swift-subprocess
/// waits for its programs with `epoll_pwait` and a mask that lets every signal through, and one that arrives there would end
/// the process at once. A handler hands it on to the watch.
final class SignalWatch: Sendable {
    /// Blocks the signals, so that they wait for a watch: to be called before other threads are made.
    static func prepare() {
        var set = Self.set
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// What was ignored from the start stays so: nohup, a shell's background jobs.
    private static let watched = [SIGINT, SIGTERM, SIGHUP].filter { number in
        var action = sigaction()
        sigaction(number, nil, &action)
        #if canImport(Glibc)
        let handler = action.__sigaction_handler.sa_handler
        #else
        let handler = action.__sigaction_u.__sa_handler
        #endif
        return unsafeBitCast(handler, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self)
    }

    private static var set: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in watched { sigaddset(&set, signal) }
        return set
    }

    private struct State {
        var runtime: Runtime?
        var received: Int32?
        var count = 0
        var isEnded = false
        /// Where signals are told instead, while a prompt waits for a line.
        var listener: Int32?
    }
    private let state = Mutex(State())

    /// The signal that came first.
    var received: Int32? { state.withLock { $0.received } }

    #if os(Linux)
    /// The watch's thread, for the handler; 0 before there is one.
    private static let thread = Atomic<UInt>(0)
    #endif

    init() {
        let watch = Unmanaged.passRetained(self).toOpaque()
        #if os(Linux)
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<SignalWatch>.fromOpaque(context).takeRetainedValue().loop() }
                return nil
            }, watch)
        Self.thread.store(UInt(thread), ordering: .sequentiallyConsistent)
        pthread_detach(thread)
        handOnStraySignals()
        #else
        var thread: pthread_t?
        pthread_create(
            &thread, nil,
            { context in
                Unmanaged<SignalWatch>.fromOpaque(context).takeRetainedValue().loop()
                return nil
            }, watch)
        if let thread { pthread_detach(thread) }
        #endif
    }

    #if os(Linux)
    private func handOnStraySignals() {
        for number in Self.watched {
            signal(number) { number in
                let thread = SignalWatch.thread.load(ordering: .sequentiallyConsistent)
                if thread != 0 { pthread_kill(pthread_t(thread), number) }
            }
        }
    }
    #endif

    /// Interrupts this runtime from now on, at once if a signal has come already.
    func watch(for runtime: Runtime) {
        let count = state.withLock { state in
            state.runtime = runtime
            return state.count
        }
        if count > 0 { runtime.interrupt(count == 1 ? .interrupt : .kill) }
    }

    /// The script is over, and the process is about to end with its exit code: one more signal is ignored, a second ends the
    /// process at once (a finalizer of Lua's may go on for ever).
    func end() {
        let runtime = state.withLock { state in
            defer { state.runtime = nil }
            state.isEnded = true
            state.count = 0
            return state.runtime
        }
        // Released out here: its finalizers must not run inside the lock.
        withExtendedLifetime(runtime) {}
    }

    /// Forgets what came: a prompt goes on after ^C.
    func reset() {
        state.withLock { state in
            state.received = nil
            state.count = 0
        }
    }

    /// From now on a signal is written to the descriptor, as a byte that is its number, and interrupts nothing; nil ends
    /// that.
    func handOver(to descriptor: Int32?) { state.withLock { $0.listener = descriptor } }

    private func loop() {
        var set = Self.set
        while true {
            var signal: Int32 = 0
            guard sigwait(&set, &signal) == 0 else { continue }
            let (count, runtime) = state.withLock { state -> (Int, Runtime?) in
                if state.isEnded {
                    state.count += 1
                    return (state.count > 1 ? .max : 0, nil)
                }
                if let listener = state.listener {
                    var number = UInt8(truncatingIfNeeded: signal)
                    _ = write(listener, &number, 1)
                    return (0, nil)
                }
                if state.received == nil { state.received = signal }
                state.count += 1
                return (state.count, state.runtime)
            }
            switch count {
            case 0: continue
            case 1: runtime?.interrupt(.interrupt)
            case 2: runtime?.interrupt(.kill)
            default:
                // The script does not end even so: it sits in C code that cannot be interrupted.
                _exit(128 + signal)
            }
        }
    }
}
