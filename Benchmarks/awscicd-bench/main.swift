import AWSClient
import AWSModel
import AWSSigning

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

// The client's own loop of signed ListPipelines: what scripts/bench-client.sh puts beside the same loop in C.
// Usage: awscicd-bench-client PORT CALLS

guard CommandLine.arguments.count == 3, let calls = Int(CommandLine.arguments[2]),
    let service = Catalog.builtIn.service("codepipeline"), let operation = service.operation("ListPipelines")
else {
    print("usage: awscicd-bench-client PORT CALLS")
    exit(2)
}

var configuration = ClientConfiguration(
    session: AWSSession(environment: Environment(variables: [:], home: "/nonexistent")))
configuration.endpoint = "http://127.0.0.1:\(CommandLine.arguments[1])"
configuration.region = "eu-west-1"
configuration.credentials = .fixed(
    Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"))
let client = AWSClient(service: service, configuration: configuration)

let clock = ContinuousClock()
let started = clock.now
// Where the answers arrive, as a host would do that makes many small calls.
try await Task(executorPreference: configuration.session.transport.executor) {
    for _ in 0..<calls {
        let result = try await client.call(operation, [:])
        precondition(result.output["pipelines"]?.list?.count == 2)
    }
}.value
let wall = started.duration(to: clock.now) / Duration.seconds(1)
var usage = rusage()
#if canImport(Glibc)
getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
#else
getrusage(RUSAGE_SELF, &usage)
#endif
let cpu =
    Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
    / 1e6

/// A number with a fixed count of decimals, right-aligned.
func column(_ value: Double, decimals: Int, width: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let units = Int((value * scale).rounded())
    var text = String(units / Int(scale))
    if decimals > 0 {
        let fraction = String(units % Int(scale))
        text += "." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }
    return String(repeating: " ", count: max(0, width - text.count)) + text
}
print(
    "awscicd               \(column(Double(calls) / wall, decimals: 0, width: 8)) calls/s  "
        + "\(column(cpu * 1000 / Double(calls), decimals: 4, width: 0)) ms CPU a call  \(usage.ru_maxrss) KB")
