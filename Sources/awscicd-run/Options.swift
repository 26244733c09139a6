import AWSCICD
import ArgumentParser

/// What a script may do, and how much it may take.
struct LimitOptions: ParsableArguments {
    @Flag(help: "Run a shared script: only what computes, nothing that touches this machine or the network.")
    var sandbox = false

    @Option(
        help: ArgumentHelp(
            "Refuse Lua more memory than this, such as 256M: an error, \"not enough memory\".", valueName: "size"),
        transform: ByteCount.init(argument:))
    var memoryLimit: ByteCount?

    @Option(
        help: ArgumentHelp("End the script after this time, such as 90s or 10m (exit code 124).", valueName: "time"),
        transform: TimeSpan.init(argument:))
    var timeLimit: TimeSpan?

    @Option(
        help: ArgumentHelp("The same for processor time.", valueName: "time"), transform: TimeSpan.init(argument:))
    var cpuLimit: TimeSpan?

    func apply(to configuration: inout Runtime.Configuration) throws {
        if sandbox { configuration.profile = .sandbox }
        configuration.limits = Runtime.Limits(
            memory: memoryLimit?.bytes, wallTime: timeLimit?.seconds, processorTime: cpuLimit?.seconds)
    }
}

/// How the script's output looks.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Ask the script for JSON on standard output, for machines (script.json is true).")
    var json = false

    @Option(name: .customLong("log"), help: "The least level of log lines that are shown.")
    var logLevel = LogLevel.info

    @Option(help: "How log lines look, on standard error.")
    var logFormat = LogSettings.Format.text

    func apply(to configuration: inout Runtime.Configuration) {
        configuration.script.wantsJSON = json
        configuration.log.level = logLevel
        configuration.log.format = logFormat
    }
}

extension LogLevel: ExpressibleByArgument {}
extension LogSettings.Format: ExpressibleByArgument {}

/// A number of bytes as people write it.
struct ByteCount {
    let bytes: Int

    /// "4096", "64K", "256M", "1.5G"; powers of 1024.
    init(argument: String) throws {
        var digits = argument.uppercased()
        if digits.hasSuffix("B") { digits.removeLast() }
        if digits.hasSuffix("I") { digits.removeLast() }
        let units: [Character: Double] = ["K": 1024, "M": 1_048_576, "G": 1_073_741_824]
        let factor = digits.last.flatMap { units[$0] }
        if factor != nil { digits.removeLast() }
        guard let number = Double(digits), number > 0, number * (factor ?? 1) < 1e15 else {
            throw ValidationError("'\(argument)' is not a size such as 64M or 1.5G")
        }
        bytes = Int(number * (factor ?? 1))
    }
}

/// A length of time as people write it.
struct TimeSpan {
    let seconds: Double

    init(argument: String) throws {
        guard let seconds = Duration.seconds(parsing: argument), seconds > 0 else {
            throw ValidationError("'\(argument)' is not a length of time such as 90s, 10m or 1h30m")
        }
        self.seconds = seconds
    }
}

/// The command's own options, for "did you mean".
enum OptionNames {
    private static let all = [
        "-e", "-i", "--region", "--profile", "--endpoint", "--trace", "--sandbox", "--memory-limit", "--time-limit",
        "--cpu-limit", "--json", "--log", "--log-format", "--local", "--local-data",
        "--doctor", "--help", "--version", "--generate-completion-script",
    ]

    static func suggestion(for option: String) -> String {
        let name = option.prefix { $0 != "=" }
        let nearest = all.map { ($0, distance(Array(name.utf8), Array($0.utf8))) }.min { $0.1 < $1.1 }
        guard let nearest, nearest.1 <= 3, nearest.1 < nearest.0.count - 2 else { return "" }
        return "; did you mean \(nearest.0)?"
    }

    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, left) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, right) in b.enumerated() {
                (diagonal, row[j + 1]) = (
                    row[j + 1], min(row[j + 1] + 1, row[j] + 1, diagonal + (left == right ? 0 : 1))
                )
            }
        }
        return row[b.count]
    }
}
