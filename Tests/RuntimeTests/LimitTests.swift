import AWSCICD
import Dispatch
import LuaVM
import ServerSupport
import Testing

@Suite struct LimitTests {
    @Test func memory() async throws {
        let error = try await failure(
            of: """
                local x <close> = setmetatable({}, { __close = function() closed = true end })
                local t = {}
                for i = 1, math.huge do t[i] = ("x"):rep(1000) .. i end
                """
        ) { $0.limits.memory = 4 << 20 }
        #expect(error.kind == .memory)
        #expect(error.message == "not enough memory")
        #expect(error.traceback.contains("script:3"))
    }

    @Test(arguments: [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "while true do pcall(error, 1) end",
        "local function f() return xpcall(f, f) end while true do f() end",
        "local function f() while true do xpcall(f, function() f() end) end end f()",
        "local function h() h() end local function f() while true do xpcall(f, h) end end f()",
        "xpcall(function() while true do end end, function() while true do end end)",
        "xpcall(error, function() while true do end end)",
        "while true do coroutine.wrap(function() while true do end end)() end",
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
        "repeat local ok = pcall(string.rep) until false",
        "task.spawn(function() while true do end end) task.sleep(1000000)",
        "goto a ::a:: goto a",
        "setmetatable(_G, { __index = function() while true do end end }) return undefined",
        "table.sort({ 1, 2, 3 }, function() while true do end end)",
        "(('x'):rep(10)):gsub('.', function() while true do end end)",
    ])
    func endlessScriptsEnd(source: String) async throws {
        let error = try await failure(of: source) {
            $0.clock = SystemClock()
            $0.limits.processorTime = 0.05
        }
        #expect(error.kind == .timeLimit)
        #expect(error.message.contains("processor time limit"))
        #expect(error.traceback.contains("script:1"))
    }

    /// Clean-ups that never end themselves end with the grace time, also where each is inside of another.
    @Test(arguments: [
        "local function f() while true do pcall(function() local x <close> = setmetatable({}, { __close = f }) error(1) end) end end f()",
        "local x <close> = setmetatable({}, { __close = function() while true do pcall(error) end end }) while true do end",
    ])
    func endlessCleanUpsEnd(source: String) async throws {
        let error = try await failure(of: source) {
            $0.clock = SystemClock()
            $0.limits.processorTime = 0.05
            $0.grace = 0.1
        }
        #expect(error.kind == .timeLimit)
    }

    /// A stack too deep to be left call by call: everything in it is closed nevertheless, the innermost first.
    @Test func deepStacksAreClosed() async throws {
        let runtime = try await makeRuntime { $0.clock = SystemClock() }
        try await runtime.register("end_it") { [unowned runtime] in runtime.interrupt() }
        let error = await #expect(throws: LuaError.self) {
            try await runtime.run(
                """
                closed, sorted = 0, true
                local function down(n)
                  local x <close> = setmetatable({}, { __close = function()
                    sorted = sorted and n == 6000 - closed
                    closed = closed + 1
                  end })
                  if n == 6000 then
                    end_it()
                    while true do end
                  end
                  if n % 100 == 0 then coroutine.yield() end -- calls of pcall are counted from where it is resumed
                  pcall(down, n + 1)
                  caught = true
                end
                local deep = coroutine.wrap(down)
                deep(1)
                while true do deep() end
                """)
        }
        #expect(error?.kind == .interrupted)
        #expect(error?.traceback.contains("script:") == true)
        #expect(try await runtime.evaluate("return closed .. tostring(sorted) .. tostring(caught)") == "6000truenil")
    }

    /// A script inside of one long call of C code, here of the host's own, cannot be ended: the host is told.
    @Test func standstillIsTold() async throws {
        let call = DispatchSemaphore(value: 0)
        let (told, continuation) = AsyncStream.makeStream(of: LuaError.self)
        let runtime = try await makeRuntime {
            $0.clock = SystemClock()
            $0.limits.wallTime = 0.05
            $0.grace = 0.05
            $0.onStandstill = { _, error in
                continuation.yield(error)
                call.signal()
            }
        }
        try await runtime.register("block") { () in call.wait() }
        let error = await #expect(throws: LuaError.self) {
            try await runtime.run(
                "closed = 0\nlocal x <close> = setmetatable({}, { __close = function() closed = 1 end })\nblock()")
        }
        #expect(error?.kind == .timeLimit)
        let first = await told.first { _ in true }
        #expect(first?.kind == .timeLimit)
        #expect(first?.traceback.contains("script:3") == true)
        #expect(first?.message.hasPrefix("the time limit was reached, but") == true)
    }

    @Test func closeHandlersRunAtTheEnd() async throws {
        let clock = StartedClock()
        let runtime = try await makeRuntime {
            $0.clock = clock
            $0.limits.wallTime = 0.05
        }
        try await runtime.register("start_time") { clock.start() }
        let error = await #expect(throws: LuaError.self) {
            try await runtime.run(
                """
                local x <close> = setmetatable({}, { __close = function()
                  for i = 1, 1000000 do local _ = i end
                  task.sleep(0.01)
                  closed = true
                end })
                start_time()
                while true do end
                """)
        }
        #expect(error?.kind == .timeLimit)
        #expect(try await runtime.evaluate("return closed"))
    }

    /// What comes from outside is held to the limit before it is the script's.
    @Test func textsThatTheLimitHasNoPlaceFor() async throws {
        let server = try HTTPServer()
        let seen: String = try await evaluate(
            """
            local _, e = pcall(http.get, "\(server.url)/bytes/20000000")
            local r = process.run { "head", "-c", "20000000", "/dev/zero" }
            return e.code .. " " .. tostring(r.truncated) .. " " .. #r.stdout .. " " .. #http.get("\(server.url)/bytes/300000").body
            """
        ) {
            $0.clock = SystemClock()
            $0.limits.memory = 8 << 20
        }
        #expect(seen == "bodyTooLarge true \(4 << 20) 300000")
        withExtendedLifetime(server) {}
    }

    @Test func wallTimeOfAWaitingScript() async throws {
        let error = try await failure(of: "task.sleep(1000)") { $0.limits.wallTime = 60 }
        #expect(error.kind == .timeLimit)
        #expect(error.message == "script:1: the time limit was reached")
    }

    @Test func interrupts() async throws {
        let runtime = try await makeRuntime { $0.clock = SystemClock() }
        let (started, continuation) = AsyncStream.makeStream(of: Void.self)
        try await runtime.register("started") { () in _ = continuation.yield() }
        let run = Task { try await runtime.run("started() while true do pcall(function() while true do end end) end") }
        for await _ in started { break }
        runtime.interrupt()
        let error = await #expect(throws: LuaError.self) { try await run.value }
        #expect(error?.kind == .interrupted)
        // The runtime can be used again.
        #expect(try await runtime.evaluate("return 1") == 1)
    }

    @Test func aSecondInterruptEndsTheGraceTime() async throws {
        let runtime = try await makeRuntime { $0.clock = SystemClock() }
        let (steps, continuation) = AsyncStream.makeStream(of: Int.self)
        try await runtime.register("step") { (n: Int) in _ = continuation.yield(n) }
        let run = Task {
            try await runtime.run(
                """
                local x <close> = setmetatable({}, { __close = function() step(2) task.sleep(1000) end })
                step(1)
                task.sleep(1000)
                """)
        }
        for await step in steps {
            runtime.interrupt()
            if step == 2 { break }
        }
        let error = await #expect(throws: LuaError.self) { try await run.value }
        #expect(error?.kind == .interrupted)
    }
}
