import AWSCICD
import LuaVM
import Synchronization
import Testing

/// The Swift tasks in which the bodies of asynchronous functions run are used again and again.
@Suite struct OperationWorkerTests {
    private final class Weakly: @unchecked Sendable {
        weak var runtime: Runtime?
        weak var vm: LuaVM?

        func note(_ runtime: isolated Runtime) {
            self.runtime = runtime
            vm = runtime.vm
        }
    }

    private final class Thing: Sendable {}

    private struct Held: LuaResult, Sendable {
        let thing: Thing

        func push(to results: inout LuaResults) throws { try results.push(1) }
    }

    private final class Last: @unchecked Sendable { weak var thing: Thing? }

    private static func eventually(_ condition: @Sendable () -> Bool) async throws -> Bool {
        for _ in 0..<1000 where !condition() { try await Task.sleep(for: .milliseconds(10)) }
        return condition()
    }

    /// Neither it nor its thread is held by a task that rests after a call: the Lua state goes when the thread ends.
    @Test(arguments: [
        "counter.later(1)", "now()", "for i = 1, 40 do task.spawn(counter.later, i) end",
        "now() now() counter.later(1)",
    ])
    func runtimesEndAfterCalls(source: String) async throws {
        let weakly = Weakly()
        try await { () async throws in
            let runtime = try await makeRuntime()
            await weakly.note(runtime)
            try await runtime.registerAsync("now") { () async throws -> Int in 1 }
            try await runtime.run(source)
        }()
        #expect(try await Self.eventually { weakly.runtime == nil }, "the runtime is held")
        #expect(try await Self.eventually { weakly.vm == nil }, "its thread has not ended")
    }

    /// A call's arguments and results, which may be large or secret, are not kept until the next call.
    @Test func whatACallHeldGoesWithIt() async throws {
        let last = Last()
        let runtime = try await makeRuntime()
        try await runtime.registerAsync("hold") { () async throws -> Held in
            let thing = Thing()
            last.thing = thing
            return Held(thing: thing)
        }
        #expect(try await runtime.evaluate("return hold()") == 1)
        #expect(last.thing == nil)
    }

    @Test func aBodyThatCancelsItsTaskCancelsNoOther() async throws {
        let runtime = try await makeRuntime()
        try await runtime.registerAsync("cancel_own") { () async throws in withUnsafeCurrentTask { $0?.cancel() } }
        try await runtime.registerAsync("is_cancelled") { () async throws -> Bool in Task.isCancelled }
        #expect(try await runtime.evaluate("cancel_own() return not is_cancelled()"))
    }

    /// One task's call is about to begin when another cancels it: what runs meanwhile does not take itself for cancelled.
    @Test func whatRunsBesideACancelledCallIsNotCancelled() async throws {
        let runtime = try await makeRuntime()
        try await runtime.registerAsync("now") { () async throws -> Bool in Task.isCancelled }
        try await runtime.register("is_cancelled") { () -> Bool in Task.isCancelled }
        let source = """
            local seen, began
            local first = task.spawn(function() now() began = true now() end)
            local second = task.spawn(function()
              now()
              assert(began)
              first:cancel()
              seen = is_cancelled()
            end)
            second:join()
            pcall(first.join, first)
            return not seen and not is_cancelled()
            """
        #expect(try await runtime.evaluate(source))
    }

    /// A script whose calls all end at once does not keep others from the runtime's thread.
    @Test func othersGetTheirTurnBesideCallsThatEndAtOnce() async throws {
        let runtime = try await makeRuntime { $0.clock = SystemClock() }
        try await runtime.registerAsync("now") { () async throws in }
        let asked = Mutex<Task<Void, any Error>?>(nil)
        try await runtime.register("ask") { [weak runtime] in
            asked.withLock { $0 = Task.detached { try await runtime?.run("answered = true") } }
        }
        try await runtime.register("pause") {
            let end = ContinuousClock.now + .milliseconds(5)
            while .now < end {}
        }
        // It takes a while until the other thread is there, and no more calls than that.
        let calls: Int = try await runtime.evaluate(
            """
            for _ = 1, 10 do now() end
            ask()
            local calls = 0
            while not answered and calls < 1000 do pause() now() calls = calls + 1 end
            return calls
            """)
        #expect(calls < 40)
    }
}
