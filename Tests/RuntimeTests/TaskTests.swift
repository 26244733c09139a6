import AWSCICD
import LuaVM
import Testing

@Suite struct TaskTests {
    @Test(arguments: [
        // Spawned tasks run when the spawning one waits, in order.
        (
            """
            local out = {}
            local a = task.spawn(function(x) out[#out + 1] = x; task.sleep(2) out[#out + 1] = "a2" end, "a1")
            local b = task.spawn(function() out[#out + 1] = "b1"; task.sleep(1) out[#out + 1] = "b2" end)
            out[#out + 1] = "main"
            a:join() b:join()
            return table.concat(out, " ")
            """, "main a1 b1 b2 a2"
        ),
        (
            "local t = task.spawn(function(...) return ... end, 1, nil, 3) return select('#', t:join()) .. tostring(t)",
            "3task 2 (finished)"
        ),
        (
            "local r = task.all { function() task.sleep(2) return 'a' end, function() return 'b' end } return r[1] .. r[2]",
            "ab"
        ),
        (
            "local v, i = task.any { function() task.sleep(2) return 'slow' end, function() task.sleep(1) return 'fast' end } return v .. i",
            "fast2"
        ),
        (
            "local v, i = task.any { function() error('bad') end, function() task.sleep(1) return 'good' end } return v .. i",
            "good2"
        ),
        (
            """
            local most, now = 0, 0
            local r = task.map({ 1, 2, 3, 4, 5, 6, 7 }, function(n, i)
              now = now + 1; most = math.max(most, now); task.sleep(8 - n); now = now - 1
              return n * 10 + i
            end, { limit = 3 })
            return most .. ":" .. table.concat(r, ",")
            """, "3:11,22,33,44,55,66,77"
        ),
        ("return tostring(task.timeout(5, function(x) task.sleep(1) return x end, 'in time'))", "in time"),
        (
            "local ok, e = pcall(task.timeout, 5, task.sleep, 60) return tostring(ok) .. e.code .. e.seconds .. tostring(e)",
            "falsetimeout5.0script:1: timed out after 5 seconds"
        ),
        // A channel of capacity 0 hands over; iterating ends when it is closed.
        (
            """
            local c, out = task.channel(), {}
            task.spawn(function() for i = 1, 3 do c:send(i) end c:close() end)
            for v in c do out[#out + 1] = v end
            return table.concat(out, ",") .. tostring(c:receive())
            """, "1,2,3nil"
        ),
        (
            """
            local c = task.channel(2)
            local t = task.spawn(function() for i = 1, 5 do c:send(i) end return "sent" end)
            task.sleep(1)
            local status, size = t:status(), #c
            local sum = 0
            for _ = 1, 5 do sum = sum + c:receive() end
            return status .. size .. sum .. t:join()
            """, "waiting215sent"
        ),
        (
            """
            local s, most, now = task.semaphore(2), 0, 0
            task.map({ 1, 2, 3, 4, 5 }, function()
              local permit <close> = s:acquire()
              now = now + 1; most = math.max(most, now); task.sleep(1); now = now - 1
            end)
            return most .. s.available
            """, "22"
        ),
        (
            """
            local out = {}
            local r = task.scope(function(scope)
              scope:spawn(function() task.sleep(3) out[#out + 1] = "child" end)
              out[#out + 1] = "body"
              return "result"
            end)
            return table.concat(out, " ") .. " " .. r
            """, "body child result"
        ),
        (
            "local n = 0 for i = 1, 100 do task.spawn(function() task.yield() n = n + 1 end) end task.sleep(1) return n",
            "100"
        ),
    ])
    func combinators(source: String, expected: String) async throws {
        #expect(try await evaluate("return tostring((function() \(source) end)())") == expected)
    }

    /// Each of those that lose is cancelled, with a grace time of its own.
    @Test func theFirstOfVeryMany() async throws {
        let source = """
            local list = {}
            for i = 1, 5000 do list[i] = function() task.sleep(i == 4000 and 1 or 100) return i end end
            local value, index = task.any(list)
            return value == 4000 and index == 4000
            """
        #expect(try await evaluate(source))
    }

    /// Whoever asks again and again with a time limit is passed over afterwards.
    @Test func waitersThatTimedOutGetNothing() async throws {
        let source = """
            local channel, semaphore = task.channel(), task.semaphore(1)
            local held = semaphore:acquire()
            for _ = 1, 500 do
              assert(not pcall(task.timeout, 0, channel.receive, channel))
              assert(not pcall(task.timeout, 0, channel.send, channel, "lost"))
              assert(not pcall(task.timeout, 0, semaphore.acquire, semaphore))
            end
            local out = {}
            local receiver = task.spawn(function() out[#out + 1] = channel:receive() end)
            local owner = task.spawn(function() local _ <close> = semaphore:acquire() out[#out + 1] = "owner" end)
            task.yield()
            channel:send("kept")
            held:release()
            receiver:join() owner:join()
            return table.concat(out, " ") .. semaphore.available
            """
        #expect(try await evaluate(source) == "kept owner1")
    }

    @Test func theScriptEndsWhenItsTasksHave() async throws {
        let runtime = try await makeRuntime()
        try await runtime.run(
            """
            task.spawn(function() task.sleep(10) done = true end)
            task.background(function()
              local x <close> = setmetatable({}, { __close = function() closed = true end })
              while true do task.sleep(1) ticks = (ticks or 0) + 1 end
            end)
            """)
        #expect(try await runtime.evaluate("return done and closed and ticks >= 9"))
    }

    @Test func aFailedTaskFailsTheScript() async throws {
        let error = try await failure(of: "task.spawn(function() error('lost') end)\ntask.sleep(1)")
        #expect(error.message == "script:1: lost")
        #expect(error.traceback.contains("spawned as a task at:\n\tscript:1"))
        // One that was joined was told to someone.
        #expect(
            try await evaluate("local t = task.spawn(error, 'known') return select(2, pcall(t.join, t))") == "known")
    }

    @Test func tracebacksGoAcrossTasks() async throws {
        let error = try await failure(
            of: """
                local function work() error("deep") end
                local function start() return task.spawn(function() work() end) end
                local t = start()
                t:join()
                """)
        #expect(error.message == "script:1: deep")
        let lines = error.traceback.split(separator: "\n").map(String.init)
        let places = ["script:1:", "spawned as a task at:", "script:2", "joined by:", "script:4:"]
        var rest = lines[...]
        for place in places {
            let at = try #require(rest.firstIndex { $0.contains(place) }, "no \(place) in \(error.traceback)")
            rest = rest[(at + 1)...]
        }
    }

    @Test func anErrorInAScopeCancelsTheOthers() async throws {
        let source = """
            local closed = 0
            local function child(seconds, fails)
              return function()
                local x <close> = setmetatable({}, { __close = function() task.sleep(1) closed = closed + 1 end })
                task.sleep(seconds)
                if fails then error("broken", 0) end
              end
            end
            local ok, message = pcall(task.scope, function(scope)
              scope:spawn(child(100))
              scope:spawn(child(2, true))
              task.sleep(1000)
            end)
            return tostring(ok) .. message .. closed
            """
        #expect(try await evaluate(source) == "falsebroken2")
    }

    @Test func deadlocksAreReported() async throws {
        let error = try await failure(
            of: """
                local a, b
                a = task.spawn(function() task.yield() b:join() end)
                b = task.spawn(function() a:join() end)
                local c = task.channel()
                c:receive()
                """)
        #expect(error.kind == .deadlock || error.message.contains("deadlock"))
        #expect(error.message.contains("the main task waits to receive from a channel at script:5"))
        #expect(error.message.contains("task 2 waits for a task to end at script:2"))
    }

    @Test func aHundredThousandSleepers() async throws {
        let runtime = try await makeRuntime()
        let source = """
            local sleep, spawn = task.sleep, task.spawn
            collectgarbage()
            local before = collectgarbage("count")
            local n = 0
            for i = 1, 100000 do spawn(function() sleep(100) n = n + 1 end) end
            task.sleep(50)
            collectgarbage()
            local each = (collectgarbage("count") - before) * 1024 / 100000
            task.sleep(100)
            return n == 100000 and each
            """
        let bytes: Double = try await runtime.evaluate(source)
        // Lua's part of the 1.5 KB; the rest is ScriptTask and its timer.
        #expect(bytes < 1300)
    }

    /// A task that has ended is freed, also when what it worked with refers to it: handles and channels are Swift's, and
    /// Lua's collector does not see through them.
    @Test(arguments: [
        "local t = task.spawn(function() local mine = task.current() task.sleep(9) return mine end) task.yield() t:cancel()",
        "local t = task.spawn(function() local mine = task.current() error('x') end) pcall(t.join, t)",
        "local c = task.channel(1) local t = task.spawn(function() c:send(task.current()) end) t:join()",
        "local t = task.spawn(function() local c = task.channel() c:receive() end) task.yield() t:cancel()",
        "pcall(task.timeout, 1, function() local s = task.semaphore(1) s:acquire() s:acquire() end)",
        "task.any { function() task.sleep(1e6) end, function() return 1 end }",
    ])
    func endedTasksAreFreed(code: String) async throws {
        let runtime = try await makeRuntime { $0.reportsDeadlocks = false }
        let source = "for i = 1, 100 do \(code) end task.yield()"
        try await runtime.run(source)
        let before = await runtime.collectedMemory()
        try await runtime.run(source)
        let after = await runtime.collectedMemory()
        #expect(after <= before + 2048, "\(after - before) bytes more after 100 tasks")
    }
}
