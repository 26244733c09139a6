import FoundationEssentials
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The one shell in which a build's commands run, one after the other, inside of the build's sandbox.
///
/// Commands share the shell's directory, variables and functions. A command that ends the shell (`exit`, a failure after
/// `set -e`) gets the status it ended with; the next command runs in a new shell with the exported variables and the
/// directory of the last one, as on AWS.
///
/// The shell reads the numbers of steps from a named pipe in a folder that it sees read-only; each step is a file beside it.
final class BuildShell: Sendable {
    private struct State {
        var session: Task<Void, Never>?
        var waiting: CheckedContinuation<Int32, Never>?
        var markers: StepMarkers
        var steps = 0
        /// As whom commands run; nil as root.
        var user: String?
    }

    /// Where the steps' folder and the saved environment are, inside.
    static let stepsInside = "/codebuild/steps"
    static let savedInside = "/codebuild/output/tmp"

    private let sandbox: Sandbox
    private let steps: String
    private let shell: String
    private let environment: [String: String]
    private let directory: String
    private let word: String
    private let pipe: Int32
    private let onOutput: @Sendable ([UInt8]) -> Void
    private let state: Mutex<State>

    /// - Parameters:
    ///   - steps: The host's folder that is shown at ``stepsInside``.
    ///   - shell: "/bin/sh" or "bash".
    ///   - directory: The source's root inside, where the first command starts.
    ///   - onOutput: What commands write, as it comes.
    init(
        sandbox: Sandbox, steps: String, shell: String, environment: [String: String], directory: String,
        onOutput: @escaping @Sendable ([UInt8]) -> Void
    ) throws {
        self.sandbox = sandbox
        self.steps = steps
        self.shell = shell.hasSuffix("bash") ? "bash" : "/bin/sh"
        self.environment = environment
        self.directory = directory
        self.onOutput = onOutput
        word = Identifier.alphanumeric(24)
        state = Mutex(State(markers: StepMarkers(word: word)))
        let path = steps + "/next"
        guard mkfifo(path, 0o644) == 0 || errno == EEXIST else {
            throw BundleError(.fileSystem, "cannot make the build's command pipe: \(String(cString: strerror(errno)))")
        }
        chmod(path, 0o644)
        // Both ways, so that neither side waits for the other to open it and what is written is kept between shells.
        pipe = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard pipe >= 0 else {
            throw BundleError(.fileSystem, "cannot open the build's command pipe: \(String(cString: strerror(errno)))")
        }
        try BundleFiles.write(Array(session.utf8), to: steps + "/session")
        try BundleFiles.makeDirectories(steps + "/bin")
        for (name, text) in BuildPrograms.all {
            try BundleFiles.write(Array(text.utf8), to: "\(steps)/bin/\(name)")
            chmod("\(steps)/bin/\(name)", 0o755)
        }
    }

    deinit { close(pipe) }

    /// Runs one command (of any number of lines) and returns its exit status.
    func run(_ command: String) async -> Int32 {
        let number = state.withLock { state in
            state.steps += 1
            return state.steps
        }
        do {
            try BundleFiles.write(Array((command + "\n").utf8), to: "\(steps)/step-\(number)")
        } catch {
            onOutput(Array("\(error)\n".utf8))
            return 126
        }
        return await withCheckedContinuation { continuation in
            state.withLock { state in
                state.waiting = continuation
                if state.session == nil { state.session = Task { await self.runSession() } }
            }
            let line = Array("\(number)\n".utf8)
            if write(pipe, line, line.count) != line.count { resume(126) }
        }
    }

    /// From now on commands run as a user: with its HOME and USER, since all users inside of a sandbox are one.
    /// - Returns: false when the build environment has no such user.
    func become(_ user: String?) async -> Bool {
        guard user != state.withLock({ $0.user }) else { return true }
        if let user, user != "root" {
            let found = await sandbox.run(["getent", "passwd", user], timeout: 60)
            guard found.isSuccess else { return false }
        }
        // The next command starts a shell of the new user's, with the variables and the directory of this one.
        if state.withLock({ $0.session }) != nil { _ = await run("exit 0") }
        state.withLock { $0.user = user }
        return true
    }

    /// The value that a variable has now; nil when it is not exported.
    func value(of variable: String) async -> String? {
        guard variable.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else { return nil }
        return await expand("${\(variable)?}")
    }

    /// What a double-quoted word of the shell becomes: `name-$(date +%F)`. Nil when the shell refuses it.
    func expand(_ word: String) async -> String? {
        let script = """
            PATH=$PATH:\(Self.stepsInside)/bin
            cd "$(cat \(Self.savedInside)/dir.txt 2>/dev/null || echo '\(directory)')"
            if [ -f \(Self.savedInside)/env.sh ]; then . \(Self.savedInside)/env.sh; fi
            printf '%s' "\(word)"
            """
        let result = await sandbox.run([shell, "-c", script], environment: environment, timeout: 60)
        return result.isSuccess ? result.text : nil
    }

    private func runSession() async {
        let user = state.withLock { $0.user }
        let environment = user == nil ? environment : environment.filter { $0.key != "HOME" }
        let result = await sandbox.run(
            [shell, Self.stepsInside + "/session"], environment: environment, directory: "/", user: user,
            onOutput: { [weak self] _, bytes in self?.receive(bytes) })
        let rest = state.withLock { state in
            state.session = nil
            return state.markers.finish()
        }
        if !rest.isEmpty { onOutput(rest) }
        resume(result.exitCode)
    }

    private func receive(_ bytes: [UInt8]) {
        for piece in state.withLock({ $0.markers.push(bytes) }) {
            switch piece {
            case .output(let bytes): onOutput(bytes)
            case .ended(let status): resume(status)
            }
        }
    }

    private func resume(_ status: Int32) {
        let waiting = state.withLock { state in
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: status)
    }

    /// What the shell runs: read a step's number, run the step, save the environment, tell the status.
    ///
    /// The status goes out by a descriptor that the steps do not have, since one may send the shell's output elsewhere
    /// (`exec > build.log`), and by programs of the shell's own, which a step's functions do not hide.
    private var session: String {
        """
        exec 2>&1
        mkdir -p \(Self.savedInside)
        cd "$(cat \(Self.savedInside)/dir.txt 2>/dev/null || echo '\(directory)')" || cd /
        CODEBUILD_OWN_HOME=$HOME CODEBUILD_OWN_USER=$USER
        if [ -f \(Self.savedInside)/env.sh ]; then . \(Self.savedInside)/env.sh; fi
        export HOME="$CODEBUILD_OWN_HOME" USER="$CODEBUILD_OWN_USER" LOGNAME="$CODEBUILD_OWN_USER"
        unset CODEBUILD_OWN_HOME CODEBUILD_OWN_USER
        set -a
        exec 8>&1 9<\(Self.stepsInside)/next
        while IFS= command read -r CODEBUILD_STEP <&9; do
        . "\(Self.stepsInside)/step-$CODEBUILD_STEP" 8>&- 9<&- </dev/null
        CODEBUILD_LAST_EXIT=$?
        export -p > \(Self.savedInside)/env.sh
        command pwd > \(Self.savedInside)/dir.txt
        command printf '\\036\(word) %s\\n' "$CODEBUILD_LAST_EXIT" >&8
        done

        """
    }
}
