// What a call between Lua and Swift costs, against a bare C function that does the same. Run by scripts/bench-host.sh; figures
// are only worth something in a release build. Words on the command line choose what is measured: `awscicd-bench async`.
import AWSCICD
import CLuaBench
import LuaVM

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A way of doing something, as Lua that does it `n` times, and what it is compared with.
struct Measure {
    let title: String
    let body: String
    var baseline: String?
    /// The most that the ratio to the baseline should be, or the nanoseconds on top of it.
    var wanted: Wanted?
    /// How many calls one round makes.
    var calls = 300_000

    enum Wanted {
        case ratio(Double)
        case onTop(Double)
    }
}

let all = [
    Measure(title: "C: nothing()", body: "c_nothing()"),
    Measure(title: "Swift: nothing()", body: "nothing()", baseline: "C: nothing()", wanted: .ratio(2)),
    Measure(title: "C: add(int, int)", body: "c_add(i, 2)"),
    Measure(title: "Swift: add(Int, Int)", body: "add(i, 2)", baseline: "C: add(int, int)", wanted: .ratio(1.5)),
    Measure(title: "C: text(32 bytes)", body: "c_text(s)"),
    Measure(title: "Swift: text(lent bytes)", body: "bytes(s)", baseline: "C: text(32 bytes)", wanted: .ratio(1.5)),
    Measure(title: "Swift: text([UInt8])", body: "array(s)", baseline: "C: text(32 bytes)"),
    Measure(title: "Swift: text(String)", body: "text(s)", baseline: "C: text(32 bytes)", wanted: .ratio(2.5)),
    Measure(title: "table of 4 entries", body: "record()"),
    Measure(title: "yield and resume", body: "resume(co)"),
    Measure(title: "task.yield()", body: "task_yield()"),
    Measure(
        title: "async, completes at once", body: "later()", baseline: "task.yield()", wanted: .onTop(1000),
        calls: 50_000),
    Measure(title: "spawn and join", body: "spawn(nothing):join()", calls: 50_000),
]

let words = CommandLine.arguments.dropFirst()
let measures = words.isEmpty ? all : all.filter { measure in words.contains { measure.title.contains($0) } }

let runtime = try await Runtime()
try await runtime.prepareBenchmark()
var costs: [String: Double] = [:]

// The least of many rounds, all measures in each: noise of the machine only ever adds, and hits all of them alike.
let rounds = 15
for _ in 0..<rounds {
    for measure in measures {
        let source = """
            local c_nothing, c_add, c_text, nothing, add, bytes, array, text, record, later =
              c_nothing, c_add, c_text, nothing, add, bytes, array, text, record, later
            local spawn, task_yield, resume = task.spawn, task.yield, coroutine.resume
            local yield = coroutine.yield
            local co = coroutine.create(function() while true do yield() end end)
            local s = ("x"):rep(32)
            local n = \(measure.calls)
            local from = monotonic()
            for i = 1, n do \(measure.body) end
            return (monotonic() - from) / n
            """
        costs[measure.title] = min(costs[measure.title] ?? .infinity, try await runtime.evaluate(source))
    }
}

print("\("what".padded(28)) \("ns a call".padded(12)) ratio")
for measure in measures {
    let nanoseconds = costs[measure.title] ?? .nan
    print("\(measure.title.padded(28)) \(nanoseconds.rounded1.padded(12)) \(measure.verdict(nanoseconds, costs))")
}

extension Runtime {
    func prepareBenchmark() throws {
        try vm.globals.setFunction("nothing") { () -> Void in }
        try vm.globals.setFunction("add") { (a: Int, b: Int) -> Int in a &+ b }
        try vm.globals.setFunction("bytes") { (bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer in bytes }
        try vm.globals.setFunction("array") { (bytes: [UInt8]) -> [UInt8] in bytes }
        try vm.globals.setFunction("text") { (text: String) -> String in text }
        try vm.globals.setFunction("record") { () -> LuaWriter in
            var writer = LuaWriter()
            writer.table(entries: 4) { table in
                table["name"] = "awscicd"
                table["count"] = 4
                table["ratio"] = 0.5
                table["done"] = true
            }
            return writer
        }
        try vm.globals.set("later", try vm.asyncFunction { () async throws -> Void in })
        let clock = SystemClock()
        try vm.globals.setFunction("monotonic") { () -> Double in Double(clock.now) }
        vm.withState { clua_bench_open($0) }
    }
}

extension Measure {
    func verdict(_ nanoseconds: Double, _ costs: [String: Double]) -> String {
        guard let baseline, let base = costs[baseline] else { return "" }
        switch wanted {
        case nil: return (nanoseconds / base).rounded2
        case .ratio(let limit):
            let ratio = nanoseconds / base
            return "\(ratio.rounded2) (wanted \(limit.rounded2))\(ratio > limit ? "  TOO SLOW" : "")"
        case .onTop(let limit):
            let extra = nanoseconds - base
            return "+\(extra.rounded1) ns (wanted \(limit.rounded1))\(extra > limit ? "  TOO SLOW" : "")"
        }
    }
}

extension String {
    func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

extension Double {
    var rounded1: String { String((self * 10).rounded() / 10) }
    var rounded2: String { String((self * 100).rounded() / 100) }
}
