import AWSCICD
import LuaVM
import Synchronization
import Testing

/// Runs a script under a clock that jumps, and gives what it returns.
func evaluate<R: LuaArgument & Sendable>(
    _ source: String, configure: (inout Runtime.Configuration) -> Void = { _ in }
) async throws -> R {
    try await makeRuntime(configure).evaluate(source)
}

func makeRuntime(_ configure: (inout Runtime.Configuration) -> Void = { _ in }) async throws -> Runtime {
    var configuration = Runtime.Configuration()
    configuration.clock = VirtualClock()
    configuration.modules = [CounterModule.self]
    configure(&configuration)
    return try await Runtime(configuration)
}

/// The machine's time from the moment at which a script says that it is there: what a script is limited in does not depend
/// on how long it took to begin.
final class StartedClock: RuntimeClock {
    private let system = SystemClock()
    private let started = Mutex<Int64?>(nil)

    func start() { started.withLock { $0 = $0 ?? system.now } }

    var now: Int64 { started.withLock { started in started.map { system.now - $0 } ?? 0 } }
    var timeOfDay: Double { system.timeOfDay }
    var isReal: Bool { true }
    func onChange(_ wake: @escaping @Sendable () -> Void) {}
    func idle(until deadline: Int64) {}
}

extension Runtime {
    /// Bytes that are in use when all garbage has been collected.
    func collectedMemory() -> Int {
        vm.collectGarbage()
        vm.collectGarbage()
        return vm.memoryUsed
    }
}

/// The error that a script ends with.
func failure(
    of source: String, configure: (inout Runtime.Configuration) -> Void = { _ in },
    sourceLocation: SourceLocation = #_sourceLocation
) async throws -> LuaError {
    let runtime = try await makeRuntime(configure)
    return try #require(
        await #expect(throws: LuaError.self, sourceLocation: sourceLocation) { try await runtime.run(source) })
}

enum CounterModule: LuaModule {
    static let name = "counter"
    static func open(in runtime: isolated Runtime) throws -> LuaTable {
        let module = try runtime.vm.table()
        try module.setFunction("next") { (n: Int) in n + 1 }
        try module.set(
            "later",
            runtime.vm.asyncFunction { (n: Int) async throws -> Int in
                await Task.yield()
                return n + 1
            })
        // Waits until it is cancelled.
        try module.set(
            "forever",
            runtime.vm.asyncFunction { () async throws -> Int in
                try await Task.sleep(for: .seconds(3600))
                return 1
            })
        return module
    }
}
