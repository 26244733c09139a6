import Foundation
import ServerSupport

/// Programs that tests need, run without blocking the threads that tests share.
struct Command {
    let program: Program

    static func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Command {
        Command(
            program: try Program(
                arguments, environment: ProcessInfo.processInfo.environment.merging(environment) { $1 }, output: .pipe,
                error: .output))
    }

    /// The first line of its output; nil when it ends without one.
    func firstLine() async -> String? { await onThread { program.output?.line() } }

    static func run(_ arguments: [String], environment: [String: String] = [:]) async -> (status: Int32, output: String)
    {
        await onThread {
            do {
                let command = try start(arguments, environment: environment)
                let output = command.program.output?.all() ?? Data()
                return (command.program.wait(), String(decoding: output, as: UTF8.self))
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
