import Foundation
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
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, own in own }
        if let directory { process.currentDirectoryURL = URL(filePath: directory) }
        let log = FileManager.default.temporaryDirectory.appending(path: "awscicd-test-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: log) }
        let handle = try FileHandle(forWritingTo: log)
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        let (ended, continuation) = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
        await withTaskCancellationHandler {
            for await _ in ended {}
        } onCancel: {
            kill(process.processIdentifier, signal)
        }
        process.waitUntilExit()
        try handle.close()
        return Result(
            status: process.terminationStatus,
            output: String(decoding: try Data(contentsOf: log), as: UTF8.self))
    }
}
