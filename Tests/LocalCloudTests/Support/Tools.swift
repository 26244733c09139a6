import Foundation
import ServerSupport
import Testing

/// Programs that tests use: Python with boto3 and the AWS CLI, as scripts/setup.sh --tests installs them.
enum Tools {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The Python of the tests' environment, else the one in PATH.
    static let python: String = {
        let named = ProcessInfo.processInfo.environment["AWSCICD_TEST_VENV"].map { "\($0)/bin/python3" }
        let own = root.appending(path: ".build/python/bin/python3").path
        return [named, own].compactMap { $0 }.first { FileManager.default.isExecutableFile(atPath: $0) } ?? "python3"
    }()

    static let searchPath = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"

    struct Result {
        let status: Int32
        let output: String
    }

    /// Runs a program to its end; both of its streams are the output. Cancelling, as a test's time limit does,
    /// ends it with a signal.
    static func run(
        _ command: [String], environment: [String: String] = [:], directory: String? = nil,
        endingWith signal: Int32 = SIGTERM
    ) async throws -> Result {
        // A file: what the program leaves running may hold a pipe open.
        let log = FileManager.default.temporaryDirectory.appending(path: "awscicd-test-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: log) }
        let program = try Program(
            command, environment: ProcessInfo.processInfo.environment.merging(environment) { _, own in own },
            directory: directory, output: .file(log.path), error: .output)
        let status = await withTaskCancellationHandler {
            await program.end()
        } onCancel: {
            program.send(signal)
        }
        return Result(status: status, output: String(decoding: try Data(contentsOf: log), as: UTF8.self))
    }
}
