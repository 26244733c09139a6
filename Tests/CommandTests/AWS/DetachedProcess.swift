import Foundation

/// A server that a test starts, and that inherits nothing: with the pipes of programs that other tests run at the same
/// time it would keep them waiting for their end. It ends with this object, or after ten minutes.
final class DetachedProcess {
    private let id: Int32

    struct NotStarted: Error {
        let command: [String]
    }

    init(_ command: [String]) throws {
        let launcher = Process()
        launcher.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        launcher.arguments =
            [
                "python3", "-c",
                "import subprocess, sys; print(subprocess.Popen(sys.argv[1:], stdin=-3, stdout=-3, stderr=-3, process_group=0).pid)",
                "timeout", "600",
            ] + command
        let output = Pipe()
        launcher.standardOutput = output
        try launcher.run()
        // One line: not to the end of the stream, which a program that was started meanwhile may hold open.
        var line = Data()
        while !line.contains(0x0A) {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { break }
            line += more
        }
        guard let id = Int32(String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
        else {
            throw NotStarted(command: command)
        }
        self.id = id
    }

    // The whole group, and SIGKILL: it may have been started with its signals blocked, as threads of a pool have them.
    deinit { kill(-id, SIGKILL) }

    var isRunning: Bool { kill(id, 0) == 0 }
}
