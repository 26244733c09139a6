import Foundation
import Testing

/// One script under Cases/: it passes when `awscicd-run` ends with exit code 0.
///
/// A case whose first line is `-- Needs: the local cloud` runs on a local cloud of its own, so cases run side by side.
struct ScriptCase: Sendable, CustomTestStringConvertible {
    let path: String
    let needsCloud: Bool

    var testDescription: String { path }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

    /// All cases, by their path below Cases/.
    static let all: [ScriptCase] = {
        let cases = folder.appendingPathComponent("Cases")
        guard let found = FileManager.default.enumerator(atPath: cases.path) else { return [] }
        return found.compactMap { $0 as? String }.filter { $0.hasSuffix(".lua") }.sorted().map { path in
            let text = (try? String(contentsOf: cases.appendingPathComponent(path), encoding: .utf8)) ?? ""
            return ScriptCase(path: path, needsCloud: text.hasPrefix("-- Needs: the local cloud\n"))
        }
    }()

    /// Runs the case; the result holds standard output and standard error in the order in which they came.
    func run() throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = Self.binary
        process.currentDirectoryURL = Self.folder.appendingPathComponent("Cases")
        process.arguments = (needsCloud ? ["--local"] : []) + [path]
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("AWS") }
        environment["AWSCICD_PATH"] = Self.folder.appendingPathComponent("Support").path + "/?.lua"
        environment["NO_COLOR"] = "1"
        environment["AWS_EC2_METADATA_DISABLED"] = "true"
        environment["AWS_CONFIG_FILE"] = "/dev/null"
        environment["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null"
        process.environment = environment
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self))
    }

    /// The command, built beside the tests.
    static let binary = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("awscicd-run")
}
