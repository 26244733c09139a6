import AWSCICD
import LuaVM
import Testing

extension Runtime {
    fileprivate func failAllocation(after count: Int?) { vm.failAllocation(after: count) }
}

/// Every allocation of what scripts do with tasks is made to fail in turn, and all after it: the script ends with a memory
/// error or with its result, never in a crash or a wait without end; then the same runtime does the same work as if
/// nothing had been. What was allocated is given back, which the address sanitizer's leak check sees, too.
@Suite struct RuntimeMemoryFailureTests {
    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            (
                "tasks",
                """
                local t = task.spawn(function(a) task.sleep(1) return a end, "x")
                local all = task.all { t, function() task.yield() return "y" end }
                local first = task.any { function() task.sleep(5) return "slow" end, function() return "z" end }
                local map = task.map({ 1, 2, 3 }, function(n) task.sleep(n) return n end, { limit = 2 })
                local s = task.scope(function(scope) scope:spawn(task.sleep, 1) return "s" end)
                return all[1] .. all[2] .. first .. #map .. s .. t:status()
                """, "xyz3sfinished"
            ),
            (
                "channels and semaphores",
                """
                local c, s, sum = task.channel(), task.semaphore(1), 0
                local sender = task.spawn(function() for i = 1, 4 do c:send({ i }) end c:close() end)
                local others = {}
                for i = 1, 3 do
                  others[i] = task.spawn(function() local permit <close> = s:acquire() task.sleep(1) sum = sum + i end)
                end
                for v in c do sum = sum + v[1] end
                for _, other in ipairs(others) do other:join() end
                sender:join()
                return tostring(sum)
                """, "16"
            ),
            (
                "clean-ups",
                """
                local out = {}
                local t = task.spawn(function()
                  local x <close> = setmetatable({}, { __close = function(_, e)
                    task.sleep(1)
                    out[#out + 1] = e and e.code or "none"
                    out[#out + 1] = task.shield(counter.later, 1)
                  end })
                  task.sleep(100)
                end)
                task.sleep(1)
                t:cancel()
                local ok, e = pcall(t.join, t)
                return table.concat(out, ",") .. tostring(ok) .. e.code .. tostring(e):match("[%a ]+$")
                """, "cancelled,2falsecancelled the task was cancelled"
            ),
            (
                "asynchronous functions",
                """
                local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(counter.later(i)) end end)
                local text = gen() .. gen() .. gen()
                local t = task.spawn(counter.forever)
                task.yield()
                t:cancel()
                local ok, e = pcall(t.join, t)
                return text .. tostring(ok) .. e.code .. select("#", counter.later(1))
                """, "234falsecancelled1"
            ),
            (
                "json",
                """
                local text = json.encode({ list = { 1, 2.5, "é", json.null }, empty = json.decode("[]"), deep = { { { x = true } } } })
                local again = json.encode(json.decode(text))
                local ok, e = pcall(json.decode, "[1,")
                return tostring(text == again) .. e.code .. e.column
                """, "trueInvalidJSON4"
            ),
            (
                "objects",
                """
                local t, c = task.current(), task.channel(2)
                c:send("v")
                local shown = tostring(t):match("^task") .. #c .. tostring(task.semaphore(3).available)
                local names = {}
                local ok, e = pcall(task.timeout, 0, task.sleep, 5)
                for name in pairs(e) do names[#names + 1] = name end
                table.sort(names)
                return shown .. table.concat(names, ",") .. tostring(select(2, pcall(task.sleep, "x")))
                """, "task13code,message,seconds,wherebad argument #1 to 'task.sleep' (number expected, got string)"
            ),
            (
                "modules", "package.loaded['awscicd.json'] = nil return type(require('awscicd.json'))", "table"
            ),
        ])
    func everyAllocation(name: String, source: String, expected: String) async throws {
        let runtime = try await makeRuntime { $0.grace = 5 }
        // Each round fails some hundred times. What is lost each time shows in the third round; in the first two, tables of
        // Lua's own (strings, the registry) and of the host grow to what they need.
        var used: [Int] = []
        for _ in 0..<3 {
            try await failEachAllocation(of: source, in: runtime, named: name, expected: expected)
            used.append(await runtime.collectedMemory())
        }
        #expect(used[2] <= used[1], "\(used[2] - used[1]) bytes were lost in a round")
    }

    private func failEachAllocation(
        of source: String, in runtime: Runtime, named name: String, expected: String
    ) async throws {
        var failures = 0
        for count in 0... {
            await runtime.failAllocation(after: count)
            do {
                let result: String = try await runtime.evaluate(source)
                if result == expected { break }
                // The script caught the memory error where it expected another one.
                #expect(result.contains("not enough memory"), "allocation \(count): \(result)")
            } catch let error as LuaError {
                #expect(
                    error.kind == .memory || error.message.contains("not enough memory"),
                    "\(name), allocation \(count): \(error)")
            }
            failures += 1
            await runtime.failAllocation(after: nil)
            if count % 16 == 0 { #expect(try await runtime.evaluate(source) == expected, "after allocation \(count)") }
        }
        await runtime.failAllocation(after: nil)
        #expect(failures > 10)
        #expect(try await runtime.evaluate(source) == expected)
    }
}
