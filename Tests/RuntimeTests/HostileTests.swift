import AWSCICD
import LuaVM
import Testing

/// What a script can do to the process that runs it, or to its limits.
@Suite struct HostileTests {
    /// A time limit ends what runs in C and never comes back to Lua.
    @Test(arguments: [
        // A few tables that are a tree of 2^40.
        "local t = {} for _ = 1, 40 do t = { t, t } end json.encode(t)",
        "local t = {} for _ = 1, 1e6 do t[#t + 1] = '' end setmetatable(t, { __index = table.concat }) table.move(t, 1000001, 16000000, 1, {})",
        "load(math.random)", "load(function() while true do end end)",
        "load(math.random) while true do end",
        "error(setmetatable({}, { __tostring = function() while true do end end }))",
        "local co = coroutine.create(function() local x <close> = setmetatable({}, { __close = function() while true do end end }) coroutine.yield() end) coroutine.resume(co) while true do coroutine.close(co) end",
        "local t = {} for i = 1, 2e6 do t[i] = (i * 7919) % 1000003 end while true do table.sort(t) t[1], t[2] = t[2], t[1] end",
        "json.encode(setmetatable({}, { __index = function() while true do end end }).x)",
        // Each caught error lets them go deeper, but for a limit of pcall's own.
        "local function f() while true do pcall(f) end end f()",
        "local function f() while true do xpcall(f, f) end end f()",
        "local function f() while true do pcall(coroutine.wrap(f)) end end f()",
        "local function f() task.yield() while true do pcall(f) end end f()",
        "local function f() while true do local x <close> = setmetatable({}, { __close = f }) pcall(f) end end f()",
    ])
    func endsInTime(source: String) async throws {
        let error = try await failure(of: source) {
            $0.clock = SystemClock()
            $0.profile = .sandbox
            $0.limits.processorTime = 0.1
            $0.grace = 0.1
        }
        #expect(error.kind == .timeLimit, "\(error)")
        #expect(error.message.contains("processor time limit"))
    }

    /// lua_resetthread of 5.4.4 goes on to call the message handler of the place where a coroutine waited, by its slot on
    /// the stack, whatever lies there when a clean-up fails.
    @Test(arguments: [
        "pcall(f)", "xpcall(f, print)", "xpcall(pcall, print, f)",
        "pcall(coroutine.wrap(function() f() end)) coroutine.yield()",
    ])
    func errorsOfClosedCoroutines(call: String) async throws {
        let message: String = try await evaluate(
            """
            local function closing(f) return setmetatable({}, { __close = f }) end
            local co = coroutine.create(function()
              local outer <close> = closing(function(_, e)
                local values = { {}, {}, {}, {} }
                error('outer ' .. tostring(e), 0)
              end)
              local function f()
                local inner <close> = closing(function() error('inner', 0) end)
                coroutine.yield()
                wrong = true
              end
              \(call)
            end)
            assert(coroutine.resume(co))
            local ok, message = coroutine.close(co)
            return tostring(ok) .. ' ' .. tostring(message) .. ' ' .. tostring(wrong) .. ' ' .. coroutine.status(co)
            """)
        #expect(message == (call.contains("wrap") ? "false outer nil nil dead" : "false outer inner nil dead"))
    }

    /// As in Lua's main thread, and also where an error was caught before or a task has waited, which makes Lua forget.
    @Test(arguments: [
        "pcall(f, n + 1)", "pcall(f, n + 1) pcall(f, n + 1)", "task.yield() pcall(f, n + 1)", "xpcall(f, print, n + 1)",
        "coroutine.wrap(pcall)(f, n + 1)", "pcall(error) pcall(f, n + 1)",
        "local ok, message = pcall(f, n + 1) if not ok then assert(message:find('overflow$'), message) end",
        "local ok, message = xpcall(f, function(m) return m .. '!' end, n + 1) assert(ok or message:find('overflow!$'))",
    ])
    func callsOfPcallAreCounted(body: String) async throws {
        let deepest: Int = try await evaluate(
            """
            local deepest, calls = 0, 0
            local function f(n)
              deepest, calls = math.max(deepest, n), calls + 1
              if calls < 5000 then \(body) end
            end
            f(0)
            -- Whatever was caught, calls that have returned do not count any more.
            for _ = 1, 1000 do assert(select(2, pcall(pcall, function() end))) end
            return deepest
            """)
        #expect((90...200).contains(deepest))
    }

    @Test(arguments: [
        "local t = {} for _ = 1, 40 do t = { t, t } end json.encode(t)",
        "local t = {} for _ = 1, 40 do t = { t, t } end counter.next(t)",
        "local function deep() local t = {} while true do t = { t } end end deep()",
        "local s = 'x' while true do s = s .. s end",
        "local c = task.channel(1000000000) for i = 1, 1e9 do c:send(i) end",
        "for i = 1, 1e9 do task.spawn(task.sleep, 1000) end",
    ])
    func memoryIsLimited(source: String) async throws {
        // A tree is copied no further than the limit; where arguments are checked first, it is not copied at all.
        let error = try await failure(of: source) { $0.limits.memory = 8 << 20 }
        if source.contains("counter") { return #expect(error.message.contains("number expected, got table")) }
        #expect(error.kind == .memory, "\(error)")
        #expect(error.traceback.contains("script:1: in "), "\(error.traceback)")
    }

    /// Lua counts the depth of its C calls from where a coroutine was resumed, not from where it is closed.
    @Test(arguments: [Runtime.Profile.trusted, .sandbox])
    func coroutinesThatCloseEachOther(profile: Runtime.Profile) async throws {
        let source = """
            local all, failure = {}, nil
            for i = 1, 20000 do
              local co = coroutine.create(function()
                local x <close> = setmetatable({}, { __close = function()
                  if not all[i + 1] then return end
                  local ok, message = pcall(coroutine.close, all[i + 1])
                  if not ok then failure = failure or message end
                end })
                coroutine.yield()
              end)
              coroutine.resume(co)
              all[i] = co
            end
            coroutine.close(all[1])
            return failure
            """
        let message: String = try await evaluate(source) { $0.profile = profile }
        #expect(message.hasSuffix("C stack overflow"))
    }

    @Test(arguments: [
        "local function f() return coroutine.wrap(f)() end f()",
        "local function f() return 1 + f() end f()",
        "local function f() return pcall(f) end f() error('overflow')",
        "local function f(x) return (x:gsub('.', f)) end f('x')",
        "local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k .. 'x'] end return t.x",
        "return load(('('):rep(1e5) .. '1' .. (')'):rep(1e5)) or error('overflow')",
        "local f = function() end for i = 1, 300 do local g = f f = function() task.shield(g) end end f() error('overflow')",
        "local function f(n) if n > 0 then return task.spawn(f, n - 1):join() end error('overflow') end f(2000)",
        "local t = {} for i = 1, 1e5 do t = { t } end json.encode(t)",
        "table.unpack({}, 1, 1e7)", "string.byte(('x'):rep(1e7), 1, -1)",
        "return ('x'):rep(1e5):match(('(x'):rep(100))", "return ('x'):rep(1e6):find(('x?'):rep(1e5))",
    ])
    func deepRecursionIsAnError(source: String) async throws {
        for profile in Runtime.Profile.allCases {
            let error = try await failure(of: source) { $0.profile = profile }
            #expect(error.kind == .runtime, "\(error)")
            #expect(!error.message.isEmpty)
        }
    }

    @Test func shieldsMayBeNested() async throws {
        let source = """
            local function nested(n)
              if n == 0 then task.sleep(1) return "done" end
              return (task.shield(nested, n - 1))
            end
            return nested(1000)
            """
        #expect(try await evaluate(source) == "done")
    }

    /// A scope that serves for long keeps nothing of the tasks that have ended.
    @Test func scopesForgetWhatHasEnded() async throws {
        let source = """
            return task.scope(function(scope)
              for _ = 1, 200 do
                for _ = 1, 50 do scope:spawn(function() return ("x"):rep(4000) end) end
                task.sleep(1)
              end
              return "served"
            end)
            """
        #expect(try await evaluate(source) { $0.limits.memory = 6 << 20 } == "served")
    }
}
