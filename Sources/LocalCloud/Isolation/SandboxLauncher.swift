import Dispatch
import FoundationEssentials
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Starts the processes that hold sandboxes.
///
/// bwrap asks the kernel to be killed when the thread that started it ends (PR_SET_PDEATHSIG goes by thread), so all are
/// started by one thread that lives as long as this process, and none by a thread of a pool.
final class SandboxLauncher: Sendable {
    static let shared = SandboxLauncher()

    private struct Queue {
        var jobs: [@Sendable () -> Void] = []
        var isRunning = false
    }
    private let queue = Mutex(Queue())
    private let wake = DispatchSemaphore(value: 0)

    /// Starts a program with `control` as its descriptor 3 and `log` as its outputs.
    func start(_ arguments: [String], control: Descriptor, log: Descriptor) async throws(SandboxError) -> pid_t {
        let result: Result<pid_t, SandboxError> = await withCheckedContinuation { continuation in
            perform { continuation.resume(returning: Self.spawn(arguments, control: control, log: log)) }
        }
        return try result.get()
    }

    private func perform(_ job: @escaping @Sendable () -> Void) {
        let isFirst = queue.withLock { queue in
            queue.jobs.append(job)
            defer { queue.isRunning = true }
            return !queue.isRunning
        }
        if isFirst { startThread() }
        wake.signal()
    }

    private func startThread() {
        var thread = pthread_t()
        let launcher = Unmanaged.passUnretained(self)  // `shared` lives for ever
        pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let launcher = Unmanaged<SandboxLauncher>.fromOpaque(context).takeUnretainedValue()
                while true {
                    launcher.wake.wait()
                    let job = launcher.queue.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
                    job?()
                }
            }, launcher.toOpaque())
    }

    private static func spawn(
        _ arguments: [String], control: Descriptor, log: Descriptor
    ) -> Result<pid_t, SandboxError> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, log.number, 1)
        posix_spawn_file_actions_adddup2(&actions, log.number, 2)
        posix_spawn_file_actions_adddup2(&actions, control.number, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        // A session of its own: Ctrl-C at the terminal is the local cloud's to handle.
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | 0x80 /* POSIX_SPAWN_SETSID */))
        var vector = arguments.map { strdup($0) } + [nil]
        defer { for argument in vector { free(argument) } }
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("LC_ALL=C"), nil]
        defer { for variable in environment { free(variable) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, arguments[0], &actions, &attributes, &vector, &environment)
        guard code == 0 else {
            return .failure(SandboxError(reason: "\(arguments[0]): \(errorText(code))"))
        }
        return .success(pid)
    }

    /// Waits for the end of a process that is about to end; kills it when it does not. Counts looks, not time: on a machine
    /// that is slow or stands still, the process is too.
    static func reap(_ pid: pid_t) async {
        // A task of its own, so that whoever is cancelled leaves neither a process that was given no time nor a zombie.
        await Task.detached {
            for round in 0..<6000 {
                var status: Int32 = 0
                if waitpid(pid, &status, WNOHANG) != 0 { return }
                if round == 200 { kill(pid, SIGKILL) }
                try? await Task.sleep(nanoseconds: round < 20 ? 1_000_000 : 10_000_000)
            }
        }.value
    }
}
