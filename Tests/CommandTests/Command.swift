import Foundation
import ServerSupport
import Testing

/// Runs the built `awscicd-run` as a user does.
struct Command {
    var arguments: [String]
    var input: String?
    var environment: [String: String?] = [:]
    var directory: String?
    /// What is run in the command's place: a shell that starts it, for instance.
    var program = Self.program

    struct Result {
        let status: Int32
        let output: String
        let error: String
    }

    /// The folder of the built programs: the test program is one of them.
    static let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    /// The PATH of a local cloud whose builds call the AWS CLI, pip and pytest, as on CodeBuild's own images.
    static var toolsPath: String {
        let variables = ProcessInfo.processInfo.environment
        let tools = variables["AWSCICD_TEST_VENV"] ?? package.appendingPathComponent(".build/python").path
        return "\(tools)/bin:\(variables["PATH"] ?? "/usr/bin:/bin")"
    }
    static var program: URL { products.appendingPathComponent("awscicd-run") }

    /// - Parameters:
    ///   - timeout: ends a program that would never end, and nothing else.
    ///   - whileRunning: called with the process id once the program has written a line.
    func run(timeout: Double = 900, whileRunning: ((Int32) -> Void)? = nil) throws -> Result {
        var variables = ProcessInfo.processInfo.environment
        variables["NO_COLOR"] = "1"
        for name in ["AWSCICD_PATH", "AWSCICD_STDLIB", "LUA_PATH", "LUA_PATH_5_4", "LUA_INIT"] { variables[name] = nil }
        for (name, value) in environment { variables[name] = value }
        // From a file: a program that does not read its input must not make the test wait.
        let inputFile = FileManager.default.temporaryDirectory.appendingPathComponent("input-\(UUID().uuidString)")
        try Data((input ?? "").utf8).write(to: inputFile)
        defer { try? FileManager.default.removeItem(at: inputFile) }
        let program = try Program(
            [self.program.path] + arguments, environment: variables, directory: directory, input: inputFile.path,
            output: .pipe, error: .pipe)

        let watchdog = DispatchWorkItem { program.send(SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + timeout, execute: watchdog)
        let errorReader = Reader(program.error)
        var output = Data()
        if let whileRunning {
            output = program.output?.some() ?? Data()
            whileRunning(program.id)
        }
        output += program.output?.all() ?? Data()
        let error = errorReader.data()
        let status = program.wait()
        watchdog.cancel()
        return Result(
            status: status, output: String(decoding: output, as: UTF8.self),
            error: String(decoding: error, as: UTF8.self))
    }

    /// Reads a stream to its end on a thread of its own.
    private final class Reader: @unchecked Sendable {
        private var result = Data()
        private let done = DispatchSemaphore(value: 0)

        init(_ stream: ReadingEnd?) {
            Thread.detachNewThread {
                self.result = stream?.all() ?? Data()
                self.done.signal()
            }
        }

        func data() -> Data {
            done.wait()
            return result
        }
    }
}

func run(_ arguments: String..., input: String? = nil, environment: [String: String?] = [:]) throws -> Command.Result {
    try Command(arguments: arguments, input: input, environment: environment).run()
}

/// A folder that goes when the test ends.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("awscicd-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, and the folders above it; gives its path.
    @discardableResult
    func write(_ name: String, _ content: String) throws -> String { try write(name, Data(content.utf8)) }

    @discardableResult
    func write(_ name: String, _ content: Data) throws -> String {
        let file = path + "/" + name
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try content.write(to: URL(fileURLWithPath: file))
        return file
    }
}
