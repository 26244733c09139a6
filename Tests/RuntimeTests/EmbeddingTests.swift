import AWSCICD
import LuaVM
import Testing

enum CounterModule: LuaModule {
    static let name = "counter"
    static func open(in runtime: isolated Runtime) throws -> LuaTable {
        let module = try runtime.vm.table()
        try module.setFunction("next") { (n: Int) in n + 1 }
        try module.set("later", runtime.vm.asyncFunction { (n: Int) async throws -> Int in
            await Task.yield()
            return n + 1
        })
        return module
    }
}

@Suite struct EmbeddingTests {
    func evaluate<R: LuaArgument & Sendable>(
        _ source: String, configure: (inout Runtime.Configuration) -> Void = { _ in }
    ) async throws -> R {
        var configuration = Runtime.Configuration()
        configuration.clock = VirtualClock()
        configuration.modules = [CounterModule.self]
        configure(&configuration)
        let runtime = try await Runtime(configuration)
        return try await runtime.evaluate(source)
    }

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

    @Test(arguments: [
        ("table.sort({3, 2, 1}, function(a, b) counter.later(1) return a < b end)", "inside a table.sort comparator"),
        ("('x'):gsub('.', function() counter.later(1) end)", "inside a string.gsub callback"),
        ("tostring(setmetatable({}, { __tostring = function() counter.later(1) end }))", "inside __tostring"),
        ("load(function() counter.later(1) end)", ""),
        ("coroutine.wrap(function() ('x'):gsub('.', function() counter.later(1) end) end)()", "inside a string.gsub callback"),
        ("('x'):gsub('.', coroutine.wrap(function() counter.later(1) end))", "inside a string.gsub callback"),
    ])
    func waitingWhereLuaCannotSaysSo(source: String, place: String) async throws {
        let message: String = try await evaluate("return tostring(select(2, pcall(function() \(source) error('none') end)))")
        #expect(message.contains(place))
        if !place.isEmpty { #expect(message.contains("cannot wait \(place)")) }
    }

    @Test func errorsReachTheHost() async throws {
        let error = await #expect(throws: LuaError.self) { try await evaluate("local x = nil\nreturn x.y") as Int }
        #expect(error?.message == "script:2: attempt to index a nil value (local 'x')")
        #expect(error?.traceback.contains("script:2") == true)
    }
}
