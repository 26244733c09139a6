import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The helper programs that run now. They end with this process, however it comes to its end: at a script's last line, by
/// `exit`, by an error, by ^C. (A helper may wait for a person for two minutes, and nobody would know what it belongs to.)
enum RunningHelpers {
    private struct State {
        var processes: Set<pid_t> = []
        var isEnding = false
    }

    /// Seconds that a helper has to put away what it holds.
    private static let grace = 0.5
    private static let state = Mutex(State())
    private static let endsWithProcess: Void = { _ = atexit { RunningHelpers.end() } }()

    /// - Parameter spawn: starts the program; 0, or the number of the error.
    /// - Returns: what `spawn` gives, or ECANCELED when the process is ending.
    static func start(_ process: inout pid_t, _ spawn: (inout pid_t) -> Int32) -> Int32 {
        _ = endsWithProcess
        return state.withLock { state in
            if state.isEnding { return ECANCELED }
            let failure = spawn(&process)
            if failure == 0 { state.processes.insert(process) }
            return failure
        }
    }

    /// Waits for the program's end and gives its status, as `waitpid` does.
    static func wait(for process: pid_t) -> Int32 {
        var information = siginfo_t()
        while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) < 0 && errno == EINTR {}
        // Its id is free for another program from here on.
        return state.withLock { state in
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0 && errno == EINTR {}
            state.processes.remove(process)
            return status
        }
    }

    private static func end() {
        state.withLock { state in
            state.isEnding = true
            for process in state.processes { kill(process, SIGTERM) }
        }
        var left = Int(grace * 100)
        while left > 0, state.withLock({ !$0.processes.isEmpty }) {
            usleep(10_000)
            left -= 1
        }
        state.withLock { state in
            for process in state.processes { kill(process, SIGKILL) }
        }
    }
}
