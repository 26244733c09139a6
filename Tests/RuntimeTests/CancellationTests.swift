import AWSCICD
import LuaVM
import Testing

@Suite struct CancellationTests {
    @Test(arguments: [
        // Every kind of wait raises, and closes its <close> values.
        "task.sleep(1000)", "counter.forever()", "task.channel():receive()", "task.channel():send(1)",
        "local s = task.semaphore(1) s:acquire() s:acquire()", "task.spawn(task.sleep, 1000):join()",
        "task.all { function() task.sleep(1000) end }", "coroutine.wrap(function() task.sleep(1000) end)()",
        "task.timeout(1000, task.sleep, 2000)", "while true do task.yield() end",
    ])
    func everyWaitCanBeCancelled(wait: String) async throws {
        let source = """
            local closed
            local t = task.spawn(function()
              local x <close> = setmetatable({}, { __close = function(_, e) closed = e end })
              \(wait)
            end)
            task.yield() task.yield()
            t:cancel()
            local ok, e = pcall(t.join, t)
            return tostring(ok) .. tostring(e.code) .. t:status() .. tostring(rawequal(closed, e))
            """
        #expect(try await evaluate(source) == "falsecancelledcancelledtrue")
    }

    @Test func laterWaitsRaiseAgain() async throws {
        let source = """
            local caught = 0
            local t = task.spawn(function()
              for i = 1, 3 do
                local ok = pcall(task.sleep, 10)
                if not ok then caught = caught + 1 end
              end
              return "through"
            end)
            task.sleep(1)
            t:cancel()
            return t:join() .. caught
            """
        #expect(try await evaluate(source) == "through3")
    }

    @Test func cleanUpsMayWait() async throws {
        let source = """
            local out = {}
            local t = task.spawn(function()
              local x <close> = setmetatable({}, { __close = function()
                task.sleep(5)
                out[#out + 1] = counter.later(1)
                pcall(error, "inside")
                task.sleep(5)
                out[#out + 1] = "cleaned"
              end })
              pcall(function() task.sleep(100) end)
              out[#out + 1] = "caught"
              task.sleep(100)
            end)
            task.sleep(1)
            t:cancel()
            pcall(t.join, t)
            return table.concat(out, ",")
            """
        #expect(try await evaluate(source) == "caught,2,cleaned")
    }

    @Test func cleanUpsEndWithTheGraceTime() async throws {
        let source = """
            local out = {}
            local t = task.spawn(function()
              local x <close> = setmetatable({}, { __close = function()
                task.sleep(10)
                out[#out + 1] = "some"
                task.sleep(1000)
                out[#out + 1] = "all"
              end })
              task.sleep(100)
            end)
            task.sleep(1)
            t:cancel()
            pcall(t.join, t)
            return table.concat(out, ",")
            """
        #expect(try await evaluate(source) { $0.grace = 30 } == "some")
    }

    @Test func ordinaryCloseHandlersAreCleanUpsToo() async throws {
        let source = """
            local out = {}
            local t = task.spawn(function()
              do
                local x <close> = setmetatable({}, { __close = function() task.sleep(10) out[#out + 1] = "closed" end })
              end
              task.sleep(1)
              out[#out + 1] = "not reached"
            end)
            task.sleep(1)
            t:cancel()
            pcall(t.join, t)
            return table.concat(out, ",")
            """
        #expect(try await evaluate(source) == "closed")
    }

    @Test func shieldedSectionsFinish() async throws {
        let source = """
            local out = {}
            local t = task.spawn(function()
              out[1] = task.shield(function(n) task.sleep(10) return counter.later(n) end, 1)
              out[2] = "after"
              task.sleep(1)
              out[3] = "not reached"
            end)
            task.sleep(1)
            t:cancel()
            pcall(t.join, t)
            return table.concat(out, ",")
            """
        #expect(try await evaluate(source) == "2,after")
    }

    /// ^C: what is shielded catches its own errors and ends, computing or waiting; what comes after it does not run.
    @Test(arguments: ["", "local t = task.spawn(function() ", "local t = coroutine.wrap(function() "])
    func shieldedSectionsFinishBeforeTheScriptEnds(in beginning: String) async throws {
        let runtime = try await makeRuntime()
        try await runtime.register("end_it") { [unowned runtime] in runtime.interrupt() }
        let body = """
            task.shield(function()
              end_it()
              task.sleep(10)
              for i = 1, 1e5 do if i % 1e4 == 0 then pcall(error, "caught") end end
              out = "finished"
            end)
            out = "went on"
            """
        let ending = beginning.isEmpty ? "" : beginning.contains("spawn") ? "end) t:join()" : "end) t()"
        let error = await #expect(throws: LuaError.self) {
            try await runtime.run("out = ''\n\(beginning)\(body) \(ending)")
        }
        #expect(error?.kind == .interrupted)
        #expect(try await runtime.evaluate("return out") == "finished")
    }

    /// But no longer than the grace time.
    @Test func shieldsEndWithTheGraceTime() async throws {
        let runtime = try await makeRuntime {
            $0.clock = SystemClock()
            $0.grace = 0.2
        }
        try await runtime.register("end_it") { [unowned runtime] in runtime.interrupt() }
        let error = await #expect(throws: LuaError.self) {
            try await runtime.run("task.shield(function() end_it() while true do pcall(error, 'x') end end)")
        }
        #expect(error?.kind == .interrupted)
    }

    @Test func aTaskThatWasNotStartedNeverRuns() async throws {
        #expect(
            try await evaluate(
                "local ran local t = task.spawn(function() ran = true end) t:cancel() t:wait() return tostring(ran) .. t:status()"
            ) == "nilcancelled")
    }
}
