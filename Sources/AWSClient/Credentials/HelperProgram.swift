#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Runs a small program and collects what it prints. Blocks: call it on a ``BlockingThread``.
enum HelperProgram {
    /// Seconds that it may take: long enough for a person to touch a key.
    static let timeout = 120
    private static let outputLimit = 1 << 20

    static func run(
        _ words: [String], environment: Environment
    ) throws -> (status: Int32, output: [UInt8], errors: [UInt8]) {
        let output = try Pipe()
        let errors = try Pipe()
        var actions = unsafe_actions()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output.write, 1)
        posix_spawn_file_actions_adddup2(&actions, errors.write, 2)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)

        var attributes = unsafe_attributes()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A command blocks ^C in its threads; a helper is to be ended by it, and by us.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] =
            environment.variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var process = pid_t()
        let failure = RunningHelpers.start(&process) { process in
            posix_spawnp(&process, words[0], &actions, &attributes, &arguments, &variables)
        }
        output.closeWriting()
        errors.closeWriting()
        if failure != 0 {
            throw CredentialsFailure("cannot run \(words[0]): \(String(cString: strerror(failure)))")
        }
        let collected = collect([output.read, errors.read])
        if collected == nil { kill(process, SIGKILL) }
        let status = RunningHelpers.wait(for: process)
        guard let collected else {
            throw CredentialsFailure(
                "\(words[0]) took longer than \(timeout) s, or printed more than \(outputLimit >> 10) KB")
        }
        // The low seven bits hold a signal, the next eight the exit status.
        let code = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + status & 0x7f
        return (code, collected[0], collected[1])
    }

    #if canImport(Glibc)
    private static func unsafe_actions() -> posix_spawn_file_actions_t { posix_spawn_file_actions_t() }
    private static func unsafe_attributes() -> posix_spawnattr_t { posix_spawnattr_t() }
    #else
    private static func unsafe_actions() -> posix_spawn_file_actions_t? { nil }
    private static func unsafe_attributes() -> posix_spawnattr_t? { nil }
    #endif

    /// Reads both until they end; nil when it takes too long or is too much.
    private static func collect(_ descriptors: [Int32]) -> [[UInt8]]? {
        var collected = [[UInt8]](repeating: [], count: descriptors.count)
        var open = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let end = time(nil) + timeout
        while open.contains(where: { $0.fd >= 0 }) {
            let left = end - time(nil)
            if left <= 0 || poll(&open, nfds_t(open.count), Int32(left * 1000)) == 0 { return nil }
            for at in open.indices where open[at].fd >= 0 && open[at].revents != 0 {
                let count = read(open[at].fd, &buffer, buffer.count)
                if count > 0 {
                    collected[at] += buffer[..<count]
                    if collected[at].count > outputLimit { return nil }
                } else if count == 0 || errno != EINTR {
                    open[at].fd = -1
                }
            }
        }
        return collected
    }

    /// Both ends are closed on exec, so that other programs started meanwhile do not hold them open.
    private final class Pipe {
        let read: Int32
        private(set) var write: Int32

        init() throws {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw CredentialsFailure("no pipe: \(String(cString: strerror(errno)))") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            read = ends[0]
            write = ends[1]
        }

        func closeWriting() {
            if write >= 0 { close(write) }
            write = -1
        }

        deinit {
            closeWriting()
            close(read)
        }
    }
}
