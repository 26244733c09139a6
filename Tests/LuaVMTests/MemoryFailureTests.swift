import LuaVM
import Testing

/// Every allocation of what a host does is made to fail in turn: the answer is a memory error, never a crash, and what was
/// allocated is given back (which the address sanitizer's leak check sees).
///
/// One test at a time: they count the same objects.
@Suite(.serialized) struct MemoryFailureTests {
    final class Thing: LuaUserdata {
        static let luaTypeName = "thing"
        nonisolated(unsafe) static var alive = 0
        init() { Self.alive += 1 }
        deinit { Self.alive -= 1 }
        static func registerLua(in type: inout LuaTypeBuilder<Thing>) throws {
            try type.method("name") { (_: Thing) -> String in "thing" }
            type.property("count") { _ in 1 }
        }
    }

    struct Refused: LuaRaisable {
        let luaMessage = "refused"
        func writeLuaFields(_ fields: inout LuaWriter) { fields["code"] = "E" }
    }

    /// Something of everything.
    func work(_ vm: LuaVM) throws {
        try vm.globals.setFunction("join") { (a: String, b: [UInt8]) -> (String, [UInt8]) in (a + "!", b) }
        try vm.globals.setFunction("make") { () -> [[String: Int]] in [["a": 1], [:]] }
        try vm.globals.setFunction("thing") { () -> Thing in Thing() }
        try vm.globals.setFunction("refuse") { () throws -> Void in throw Refused() }
        try vm.globals.setFunction("copy") { (value: LuaSnapshot) -> LuaSnapshot in value }
        let source = """
            local a, b = join(("x"):rep(100), "y")
            local list = copy { make(), { deep = { a, b } } }
            local t = thing()
            local ok, e = pcall(refuse)
            local co = coroutine.wrap(function(...) coroutine.yield(...) return t:name() end)
            co(1)
            return t:name() .. t.count .. tostring(e) .. e.code .. co() .. #list
            """
        let text: String = try vm.load(source, name: "=work").call()
        #expect(text == "thing1work:4: refusedEthing2")
        let error = #expect(throws: LuaError.self) {
            try vm.load("local x = nil; x.y = 1", name: "=bad").call() as Void
        }
        #expect(error?.message == "bad:1: attempt to index a nil value (local 'x')" || error?.kind == .memory)
        if error?.kind == .memory { throw LuaError("not enough memory", kind: .memory) }
    }

    @Test func openingTheLibraries() throws {
        var count = 0
        while true {
            do {
                _ = try LuaVM(failingAllocation: count)
                break
            } catch {
                #expect(error.kind == .memory)
            }
            count += 1
        }
        #expect(count > 200)
        for libraries in [LuaVM.Libraries.sandbox, .none] {
            for count in stride(from: 0, to: 700, by: 7) {
                _ = try? LuaVM(libraries: libraries, failingAllocation: count)
            }
        }
    }

    @Test func everyAllocationOfWork() throws {
        var failures = 0
        for count in 0... {
            let vm = try LuaVM()
            vm.failAllocation(after: count)
            do {
                try work(vm)
                break
            } catch let error as LuaError {
                #expect(
                    error.kind == .memory || error.message.contains("not enough memory"),
                    "allocation \(count): \(error)")
                failures += 1
            }
            // The VM is whole: the same works when there is memory again.
            vm.failAllocation(after: nil)
            if count % 16 == 0 { try work(vm) }
        }
        #expect(failures > 50)
        #expect(Thing.alive == 0)
    }

    @Test func memoryLimits() throws {
        let vm = try LuaVM(memoryLimit: 1 << 20)
        for source in [
            "local t = {} for i = 1, 1e9 do t[i] = i end", "local s = 'x' while true do s = s .. s end",
            "return ('x'):rep(1e9)",
        ] {
            let error = #expect(throws: LuaError.self) { try vm.load(source, name: "=big").call() as Void }
            #expect(error?.kind == .memory)
            #expect(error?.traceback.contains("big:1") == true)
        }
        vm.collectGarbage()
        #expect(vm.memoryUsed < 200_000)
        try work(vm)
    }

    /// What many small objects leave is there for large ones, and for small ones of other sizes.
    @Test func memoryGoesBack() throws {
        let vm = try LuaVM(memoryLimit: 16 << 20)
        let fill = try vm.load(
            """
            for round = 1, 3 do
                local t = {}
                for i = 1, 100000 do t[i] = {} end
                t = nil
                collectgarbage()
                local s = ('x'):rep(6 << 20)
                s = nil
                collectgarbage()
            end
            """, name: "=fill")
        try fill.call() as Void
        vm.collectGarbage()
        #expect(vm.memoryUsed < 1 << 20)
        #expect(vm.memoryHeld < 4 << 20)
        try work(vm)
    }

    /// A few survivors of each size keep their neighbours' memory: together no more than twice the limit.
    @Test func survivorsDoNotMultiplyTheLimit() throws {
        let vm = try LuaVM(memoryLimit: 4 << 20)
        let fill = try vm.load(
            """
            local kept, refused = {}, 0
            for length = 48, 480, 16 do
                local good = pcall(function()
                    local t = {}
                    for i = 1, 1200000 // length do
                        t[i] = ('%08d'):format(i) .. ('x'):rep(length - 8)
                        if i % 200 == 0 then kept[#kept + 1] = t[i] end
                    end
                end)
                if not good then refused = refused + 1 end
                collectgarbage()
            end
            return refused
            """, name: "=fill")
        let refused = try fill.call() as Int
        #expect(refused == 0, "\(refused) of 28 sizes were refused")
        #expect(vm.memoryHeld <= 9 << 20)
        vm.collectGarbage()
        #expect(vm.memoryHeld < 3 << 20)
        try work(vm)
    }
}
