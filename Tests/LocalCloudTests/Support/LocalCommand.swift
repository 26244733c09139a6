import Foundation
import Testing

/// The built `awscicd-local`, run as a user runs it.
final class LocalCommand: @unchecked Sendable {  // nothing changes after `init`; Process may be used from any thread
    let process = Process()
    let endpoint: String
    /// The first line that it printed.
    let exports: String
    private let log = FileManager.default.temporaryDirectory.appending(path: "awscicd-test-\(UUID().uuidString)")

    /// The binary, beside that of the tests.
    static var path: String {
        get throws {
            let beside = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            let places = [beside, Bundle.main.bundleURL, Tools.root.appending(path: ".build/debug")]
            let found = places.map { $0.appending(path: "awscicd-local").path }
                .first { FileManager.default.isExecutableFile(atPath: $0) }
            return try #require(found, "awscicd-local is not built: swift build --product awscicd-local")
        }
    }

    /// Starts it and waits for its line of exports.
    init(_ arguments: [String], environment: [String: String] = [:]) async throws {
        process.executableURL = URL(filePath: try Self.path)
        process.arguments = ["--port", "0", "--quiet"] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, own in own }
        let output = Pipe()
        process.standardOutput = output
        // In a file: a server that outlived the tests with their own stream would keep the stream's reader waiting.
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        process.standardError = try FileHandle(forWritingTo: log)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let reader = output.fileHandleForReading
        exports = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var line = Data()
                while let byte = try? reader.read(upToCount: 1), let first = byte.first, first != 0x0a {
                    line.append(first)
                }
                continuation.resume(returning: String(decoding: line, as: UTF8.self))
            }
        }
        let start = try #require(exports.firstRange(of: "AWS_ENDPOINT_URL="))
        endpoint = String(exports[start.upperBound...].prefix { $0 != " " })
    }

    /// A test that failed on its way leaves no server behind. What the server complained of is told.
    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        if let complaints = try? Data(contentsOf: log), !complaints.isEmpty {
            FileHandle.standardError.write(complaints)
        }
        try? FileManager.default.removeItem(at: log)
    }

    func run(script: String, arguments: [String] = []) async throws -> Tools.Result {
        try await Tools.run(
            [Tools.python, "\(ScriptedCloud.directory)/\(script).py"] + arguments,
            environment: ScriptedCloud.environment(endpoint))
    }

    /// Ends it with a signal and gives its exit status.
    @discardableResult
    func end(_ signal: Int32) async -> Int32 {
        if process.isRunning { kill(process.processIdentifier, signal) }
        let process = process
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async {
                process.waitUntilExit()
                continuation.resume()
            }
        }
        return process.terminationStatus
    }
}
