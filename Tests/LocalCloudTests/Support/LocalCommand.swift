import Foundation
import ServerSupport
import Testing

/// The built `awscicd-local`, run as a user runs it.
final class LocalCommand: Sendable {
    let program: Program
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
    ///
    /// - Parameter launcher: A command that runs the one that follows it.
    init(
        _ arguments: [String], environment: [String: String] = [:], launcher: [String] = [], path: String? = nil
    ) async throws {
        // Errors in a file: a server that outlived the tests with their own stream would keep the stream's reader waiting.
        let program = try Program(
            launcher + [try path ?? Self.path, "--port", "0", "--quiet"] + arguments,
            environment: ProcessInfo.processInfo.environment.merging(environment) { _, own in own }, output: .pipe,
            error: .file(log.path))
        self.program = program
        exports = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: program.output?.line() ?? "") }
        }
        let start = try #require(
            exports.firstRange(of: "AWS_ENDPOINT_URL="), "\((try? String(contentsOf: log, encoding: .utf8)) ?? "")")
        endpoint = String(exports[start.upperBound...].prefix { $0 != " " })
    }

    /// A test that failed on its way leaves no server behind. What the server complained of is told.
    deinit {
        program.send(SIGKILL)
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

    /// Ends it with a signal and gives its exit status; the signal's negative number when that ended it at once.
    @discardableResult
    func end(_ signal: Int32) async -> Int32 {
        program.send(signal)
        return await program.end()
    }
}
