import AWSModel
import FoundationEssentials
import Subprocess

#if canImport(System)
import System
#else
import SystemPackage
#endif
#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Runs the `git` program.
enum GitProgram {
    struct Failure: Error, Sendable, CustomStringConvertible {
        var description: String
    }

    struct Output: Sendable {
        var status: Int
        var bytes: [UInt8]
        var error: String
        var text: String { String(decoding: bytes, as: UTF8.self) }
        var line: String { text.trimmed }
    }

    /// Runs git in `directory` and returns what it wrote, whatever its exit status.
    ///
    /// The user's and the system's configuration are left out, so that a repository behaves the same on every host.
    static func run(
        _ arguments: [String], in directory: String, input: [UInt8] = [], environment: [String: String] = [:],
        limit: Int = 256 << 20
    ) async throws -> Output {
        try OpenFiles.checkRoomForProgram()
        let result = try await Subprocess.run(
            .name("git"), arguments: Arguments(arguments), environment: .inherit.updating(overrides(environment)),
            workingDirectory: .init(directory), input: .array(input), output: .bytes(limit: limit),
            error: .string(limit: 1 << 16))
        var status = 128
        if case .exited(let code) = result.terminationStatus { status = Int(code) }
        return Output(status: status, bytes: result.standardOutput, error: result.standardError)
    }

    /// Like ``run(_:in:input:environment:limit:)``, and a status other than 0 is an error.
    @discardableResult
    static func check(
        _ arguments: [String], in directory: String, input: [UInt8] = [], environment: [String: String] = [:]
    ) async throws -> Output {
        let output = try await run(arguments, in: directory, input: input, environment: environment)
        guard output.status == 0 else {
            throw Failure(description: "git \(arguments.first ?? "") failed: \(output.error.trimmed)")
        }
        return output
    }

    /// Runs git from one file to another: for bodies that do not belong in memory.
    static func run(
        _ arguments: [String], in directory: String, environment: [String: String], from input: UnlinkedFile,
        to output: UnlinkedFile
    ) async throws -> Int {
        try OpenFiles.checkRoomForProgram()
        let result = try await Subprocess.run(
            .name("git"), arguments: Arguments(arguments), environment: .inherit.updating(overrides(environment)),
            workingDirectory: .init(directory),
            input: .fileDescriptor(FileDescriptor(rawValue: input.descriptor), closeAfterSpawningProcess: false),
            output: .fileDescriptor(FileDescriptor(rawValue: output.descriptor), closeAfterSpawningProcess: false),
            error: .discarded)
        if case .exited(let code) = result.terminationStatus { return Int(code) }
        return 128
    }

    private static func overrides(_ environment: [String: String]) -> [Environment.Key: String?] {
        var all: [Environment.Key: String?] = [:]
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_CONFIG_PARAMETERS"] {
            if let key = Environment.Key(rawValue: name) { all[key] = .some(nil) }
        }
        let fixed = [
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C",
        ]
        for (name, value) in fixed.merging(environment, uniquingKeysWith: { $1 }) {
            if let key = Environment.Key(rawValue: name) { all[key] = value }
        }
        return all
    }
}

/// A temporary file without a name, which goes when the last user lets go of it.
final class UnlinkedFile: Sendable {
    let descriptor: Int32

    init(in directory: String) throws {
        var template = Array("\(directory)/body-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        guard file >= 0 else {
            throw GitProgram.Failure(
                description: "no temporary file in \(directory): \(String(cString: strerror(errno)))")
        }
        unlink(template)
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        descriptor = file
    }

    /// A file that holds a request's body, read from its start.
    convenience init(holding body: AWSBody, in directory: String) throws {
        try self.init(in: directory)
        switch body {
        case .bytes(let bytes):
            try bytes.withUnsafeBytes { try BundleReader.writeAll(descriptor, $0, name: "body") }
        case .file(let path, let offset, let length):
            let source = open(path, O_RDONLY | O_CLOEXEC)
            guard source >= 0 else { throw GitProgram.Failure(description: "the request's body is gone") }
            defer { close(source) }
            var at = offset
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while at < offset + length {
                let count = pread(source, &buffer, min(buffer.count, Int(offset + length - at)), off_t(at))
                guard count > 0 else { break }
                try buffer[..<count].withUnsafeBytes { try BundleReader.writeAll(descriptor, $0, name: "body") }
                at += Int64(count)
            }
        }
        lseek(descriptor, 0, SEEK_SET)
    }

    deinit { close(descriptor) }

    var count: Int64 {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
    }

    func read(at offset: Int64, count: Int) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let got = pread(descriptor, &buffer, count, off_t(offset))
        buffer.removeLast(count - max(0, got))
        return buffer
    }
}
