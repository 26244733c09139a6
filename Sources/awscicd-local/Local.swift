import ArgumentParser
import LocalCloud

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension ClockMode: ExpressibleByArgument {}

@main
struct Local: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "awscicd-local",
        abstract: "An embedded AWS for pipelines: serves the AWS CLI, boto3, terraform and git on loopback.",
        discussion: """
            Prints one line of exports for your shell, then one line for each call. Stop it with Ctrl-C or SIGTERM.
            """)

    @Option(help: "The port on 127.0.0.1; 0 picks a free one.")
    var port = 4566

    @Option(help: ArgumentHelp("Keep state in this directory, so that it survives the server.", valueName: "dir"))
    var data: String?

    @Option(help: "AWS's own waits: fast shortens them, real keeps them, manual waits for POST /_awscicd/clock.")
    var clock = ClockMode.fast

    @Option(help: ArgumentHelp("Forward operations that are not built here to this endpoint.", valueName: "url"))
    var upstream: String?

    @Option(help: "The account of the built-in credentials.")
    var account = "123456789012"

    @Option(help: "The region that the printed exports name.")
    var region = "us-east-1"

    @Flag(help: "Throttle calls beyond the services' published limits a second.")
    var callLimits = false

    @Flag(help: "Do not log calls.")
    var quiet = false

    @Flag(help: "Print which operations are built, as a Markdown table, and end.")
    var operations = false

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port must be between 0 and 65535.") }
        guard data != "" else { throw ValidationError("--data must name a directory.") }
        guard !region.isEmpty,
            region.utf8.allSatisfy({ $0 == 0x2d || (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) })
        else {
            throw ValidationError("--region must be a region's name: us-east-1, for instance.")
        }
        guard account.utf8.count == 12, account.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw ValidationError("--account must be twelve digits.")
        }
    }

    func run() async throws {
        if operations {
            let cloud = try await Cloud(CloudConfiguration(port: 0))
            writeLine(await cloud.operationTable, to: STDOUT_FILENO)
            return await cloud.stop()
        }
        // A program that ends before it has read its input is an error of its call.
        signal(SIGPIPE, SIG_IGN)
        let signals = Signals([SIGINT, SIGTERM, SIGHUP])
        let log: (@Sendable (String) -> Void)? = quiet ? nil : { @Sendable in writeLine($0, to: STDERR_FILENO) }
        var configuration = CloudConfiguration(
            port: port, dataDirectory: data, clock: clock, accountID: account, upstream: upstream, log: log)
        configuration.limitsCalls = callLimits
        let cloud = try await Cloud(configuration)
        let endpoint: String
        do {
            endpoint = try await cloud.start()
        } catch {
            writeLine("awscicd-local cannot start on port \(port): \(error)", to: STDERR_FILENO)
            await cloud.stop()
            throw ExitCode.failure
        }
        writeLine(
            "export AWS_ENDPOINT_URL=\(endpoint) AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test "
                + "AWS_DEFAULT_REGION=\(region) AWS_REGION=\(region)", to: STDOUT_FILENO)
        await signals.wait()
        await cloud.stop()
    }
}
