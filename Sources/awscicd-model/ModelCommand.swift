import AWSModel
import ArgumentParser

/// Compiles the published API models into the image that the binaries carry; for maintainers.
@main
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "awscicd-model",
        abstract: "Compile the published API models into the image that the binaries carry.",
        subcommands: [CompileCommand.self, CompareCommand.self, ListCommand.self, MeasureCommand.self])
}
