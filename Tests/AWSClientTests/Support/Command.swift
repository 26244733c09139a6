import Foundation

/// Programs that tests need, run without blocking the threads that tests share.
struct Command {
    let process: Process
    private let pipe: Pipe

    static func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Command {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        return Command(process: process, pipe: pipe)
    }

    /// The first line of its output; nil when it ends without one.
    func firstLine() async -> String? {
        await onThread {
            var text = ""
            while !text.contains("\n") {
                let data = pipe.fileHandleForReading.availableData
                if data.isEmpty { return nil }
                text += String(decoding: data, as: UTF8.self)
            }
            return text.split(separator: "\n").first.map(String.init)
        }
    }

    static func run(_ arguments: [String], environment: [String: String] = [:]) async -> (status: Int32, output: String)
    {
        await onThread {
            do {
                let command = try start(arguments, environment: environment)
                let output = command.pipe.fileHandleForReading.readDataToEndOfFile()
                command.process.waitUntilExit()
                return (command.process.terminationStatus, String(decoding: output, as: UTF8.self))
            } catch {
                return (-1, "\(error)")
            }
        }
    }
}

/// Runs what blocks on a thread of its own.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: body()) }
    }
}
