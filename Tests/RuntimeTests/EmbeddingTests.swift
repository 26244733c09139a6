import AWSCICD
import LuaVM
import ServerSupport
import Testing

@Suite struct EmbeddingTests {
    @Test func asynchronousFunctionsReadAsPlainLua() async throws {
        #expect(try await evaluate("return counter.later(counter.next(1))") == 3)
    }

    @Test func waitsPassThroughNestedCoroutines() async throws {
        let source = """
            local gen = coroutine.wrap(function()
              for i = 1, 3 do coroutine.yield(counter.later(i)) end
            end)
            local co = coroutine.create(function(a)
              local ok, b = pcall(counter.later, a)
              return ok, b, coroutine.yield("mid")
            end)
            local text = gen() .. gen() .. gen()
            local _, mid = coroutine.resume(co, 10)
            local _, ok, b, last = coroutine.resume(co, "last")
            return text .. mid .. tostring(ok) .. b .. last
            """
        #expect(try await evaluate(source) == "234midtrue11last")
    }

    @Test func mainScriptLooksLikeTheMainThread() async throws {
        let source = """
            local _, main = coroutine.running()
            local ok, message = pcall(coroutine.yield)
            return tostring(main) .. tostring(coroutine.isyieldable()) .. tostring(ok) .. message
            """
        #expect(try await evaluate(source) == "truefalsefalseattempt to yield from outside a coroutine")
    }

    /// As Lua's own test suite asks for it.
    @Test func printLooksLikeLuasOwn() async throws {
        let source = """
            local info = debug.getinfo(print, "uS")
            return info.what .. info.nups .. info.nparams .. tostring(info.isvararg)
            """
        #expect(try await evaluate(source) == "C00true")
    }

    @Test(arguments: [
        ("table.sort({3, 2, 1}, function(a, b) counter.later(1) return a < b end)", "inside a table.sort comparator"),
        ("('x'):gsub('.', function() counter.later(1) end)", "inside a string.gsub callback"),
        ("tostring(setmetatable({}, { __tostring = function() counter.later(1) end }))", "inside __tostring"),
        ("load(function() counter.later(1) end)", ""),
        (
            "coroutine.wrap(function() ('x'):gsub('.', function() counter.later(1) end) end)()",
            "inside a string.gsub callback"
        ),
        ("('x'):gsub('.', coroutine.wrap(function() counter.later(1) end))", "inside a string.gsub callback"),
    ])
    func waitingWhereLuaCannotSaysSo(source: String, place: String) async throws {
        let message: String = try await evaluate(
            "return tostring(select(2, pcall(function() \(source) error('none') end)))")
        #expect(message.contains(place.isEmpty ? "script:1: none" : "cannot wait \(place)"))
    }

    @Test func errorsReachTheHost() async throws {
        let error = try await failure(of: "local x = nil\nreturn x.y")
        #expect(error.message == "script:2: attempt to index a nil value (local 'x')")
        #expect(error.traceback.contains("script:2"))
    }

    /// As a signal does that comes before the script has begun.
    @Test func interruptsAreKeptForWhatRunsNext() async throws {
        let runtime = try await makeRuntime { $0.keepsInterrupts = true }
        runtime.interrupt()
        // Whether it has arrived or not when the script begins, it ends it; and nothing else.
        let error = await #expect(throws: LuaError.self) { try await runtime.run("while true do end") }
        #expect(error?.kind == .interrupted)
        #expect(try await runtime.evaluate("return 1") == 1)
    }

    @Test func manyRuntimesAtOnce() async throws {
        let sums = try await withThrowingTaskGroup { group in
            for start in 1...8 {
                group.addTask {
                    try await evaluate("local n = \(start) for _ = 1, 100 do n = counter.later(n) end return n") as Int
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(sums.sorted() == (101...108).map { $0 })
    }

    /// The request comes while libcurl is being loaded, and waits for that.
    @Test func loadsTheTransportWhileItStarts() async throws {
        let server = try HTTPServer()
        let length: Int = try await evaluate("return #http.get('\(server.url)/bytes/100').body") {
            $0.clock = SystemClock()
            $0.loadsTransport = true
        }
        #expect(length == 100)
        withExtendedLifetime(server) {}
    }

    @Test func callbacksAreCalledAsTasks() async throws {
        let runtime = try await makeRuntime()
        let callback: LuaCallback = try await runtime.evaluate(
            "return function(n) task.sleep(5) return counter.later(n) * 2 end")
        #expect(try await runtime.call(callback, 20) == 42)
    }

    @Test func cancellingTheSwiftTaskCancelsTheScript() async throws {
        let runtime = try await makeRuntime()
        try await runtime.register("note") { (text: String) in #expect(text == "closed") }
        let run = Task {
            try await runtime.run(
                "local x <close> = setmetatable({}, {__close = function() note('closed') end}) counter.forever()")
        }
        try await Task.sleep(for: .milliseconds(20))
        run.cancel()
        let error = await #expect(throws: LuaError.self) { try await run.value }
        #expect(error?.kind == .cancelled)
    }

    @Test func exitEndsTheScriptWithItsCode() async throws {
        let runtime = try await makeRuntime()
        let exit = await #expect(throws: ScriptExit.self) {
            try await runtime.run(
                """
                task.spawn(task.sleep, 1000)
                pcall(function()
                  local x <close> = setmetatable({}, {__close = function() closed = true; task.sleep(1) slept = true end})
                  os.exit(3)
                end)
                error("not reached")
                """)
        }
        #expect(exit?.code == 3)
        #expect(try await runtime.evaluate("return closed and slept"))
    }
}
