import Foundation
import ServerSupport

/// A server that a test starts. It ends with this object, or after ten minutes.
final class DetachedProcess {
    private let program: Program

    init(_ command: [String]) throws { program = try Program(["timeout", "600"] + command) }

    // The whole group: `timeout` ends without its command when it is killed.
    deinit { program.send(SIGKILL, toGroup: true) }

    var isRunning: Bool { program.isRunning }
}
