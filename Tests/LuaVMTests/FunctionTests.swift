import LuaVM
import Testing

@Suite struct FunctionTests {
    let vm: LuaVM

    init() throws { vm = try LuaVM() }

    func eval<each R: LuaArgument>(_ source: String) throws -> (repeat each R) {
        try vm.load(source, name: "=test").call()
    }

    @Test func typedFunctions() throws {
        try vm.globals.setFunction("add") { (a: Int, b: Int) in a + b }
        try vm.globals.setFunction("both") { (a: String, n: Double?) -> (String, Double?, Bool) in (a + "!", n, true) }
        #expect(try eval("return add(1, 2)") == 3)
        let (text, number, flag): (String, Double?, Bool) = try eval("return both('x')")
        #expect(text == "x!" && number == nil && flag)
    }

    /// Bytes that are lent, alone and before and after other results, short and long.
    @Test(arguments: [0, 1, 32, 5000]) func lentBytes(length: Int) throws {
        try vm.globals.setFunction("same") { (bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer in bytes }
        try vm.globals.setFunction("pair") {
            (a: UnsafeRawBufferPointer, b: UnsafeRawBufferPointer) -> (
                UnsafeRawBufferPointer, String, UnsafeRawBufferPointer
            ) in
            (b, "between", a)
        }
        try vm.globals.setFunction("count") { (bytes: UnsafeRawBufferPointer?) -> Int in bytes?.count ?? -1 }
        let checks = """
            local s = ("\\255\\0x"):rep(\(length))
            local b, between, a = pair(s, s .. "b")
            return same(s) == s and a == s and b == s .. "b" and between == "between" and count(s) == #s and count() == -1
            """
        #expect(try eval(checks) == true)
        let message: String = try eval("return select(2, pcall(function() same(1) end))")
        #expect(message == "test:1: bad argument #1 to 'same' (string expected, got number)")
    }

    @Test func textIsCheckedUTF8() throws {
        try vm.globals.setFunction("text") { (text: String) -> String in text }
        // The last: a sequence cut short, which a decoder repairs to as many bytes as it was.
        for bytes in ["\\255", "\\xC0\\xAF", "\\xED\\xA0\\x80", "a\\xF0\\x9F\\x98", "\\u{20AC}\\xE2\\x82"] {
            let message: String = try eval("return select(2, pcall(text, '\(bytes)'))")
            #expect(message.contains("not valid UTF-8"), "\(bytes)")
        }
        #expect(
            try eval("return text('\\u{FFFD}\\u{1F600}\\0é') == '\\u{FFFD}\\u{1F600}\\0é' and text('') == ''") == true)
    }

    @Test func badArgumentsNameTheFunction() throws {
        try vm.globals.setFunction("add") { (a: Int, b: Int) in a + b }
        let message: String = try eval("return select(2, pcall(function() add(1, 'x') end))")
        #expect(message == "test:1: bad argument #2 to 'add' (number expected, got string)")
        let whole: String = try eval("return select(2, pcall(add, 1, 1.5))")
        #expect(whole.contains("number has no integer representation"))
    }

    @Test func swiftErrorsKeepTheirType() throws {
        struct Refused: LuaRaisable {
            let luaMessage = "refused"
            func writeLuaFields(_ fields: inout LuaWriter) { fields["code"] = "E1" }
        }
        try vm.globals.setFunction("refuse") { () throws in throw Refused() }
        let (code, text): (String, String) = try eval(
            "local _, e = pcall(function() refuse() end) return e.code, tostring(e)")
        #expect(code == "E1" && text == "test:1: refused")
        let error = #expect(throws: LuaError.self) { try eval("refuse()") as Void }
        #expect(error?.underlying is Refused)
        #expect(error?.message == "test:1: refused")
        #expect(error?.traceback.contains("stack traceback") == true)
    }

    @Test func tablesFromWriters() throws {
        try vm.globals.setFunction("make") { () -> LuaWriter in
            var writer = LuaWriter()
            writer.table { table in
                table["name"] = "x"
                table["list"] = [1, 2, 3]
                table["missing"] = String?.none
                table.key("nested")
                table.table { $0["deep"] = true }
            }
            return writer
        }
        #expect(
            try eval("local t = make() return t.name .. #t.list .. tostring(t.nested.deep) .. tostring(t.missing)")
                == "x3truenil")
    }

    /// Strings that come back are the same strings, in Lua and in a snapshot of what was written.
    @Test func keptStrings() throws {
        func list() -> LuaWriter {
            var writer = LuaWriter()
            let long = String(repeating: "l", count: 300)
            writer.sequence(count: 3) { writer in
                let start = writer.beginEntries()
                var number: UInt16?
                "name".withCString { number = writer.keepString(UnsafeRawBufferPointer(start: $0, count: 4)) }
                writer.value("first")
                // Too long to be kept, and an entry like any other.
                var text = long
                text.withUTF8 { #expect(writer.keepString(UnsafeRawBufferPointer($0)) == nil) }
                writer.value(true)
                writer.endEntries(start, count: 2)
                writer.table(entries: 1) { table in
                    table.keptString(number ?? 0)
                    table.value("second")
                }
                writer.keptString(number ?? 0)
            }
            return writer
        }
        try vm.globals.setFunction("list") { () -> LuaWriter in list() }
        #expect(
            try eval("local l = list() return l[1].name .. l[2].name .. l[3] .. tostring(l[1][('l'):rep(300)])")
                == "firstsecondnametrue")
        var reader = LuaSnapshot(list()).reader
        var strings: [String] = []
        while !reader.isAtEnd {
            switch try reader.next() {
            case .string(let range): strings.append(reader.text(range) ?? "")
            case .table(let table) where table.isSequence: #expect(table.items == 3)
            case .table(let table): strings.append("\(table.entries)")
            case .boolean: try reader.endTable()
            default: break
            }
            if strings.last == "second" { try reader.endTable() }
            if strings.count == 8 { break }
        }
        #expect(strings.filter { $0.count < 300 } == ["2", "name", "first", "1", "name", "second", "name"])

        try vm.globals.setFunction("unknown") { () -> LuaWriter in
            var writer = LuaWriter()
            writer.keptString(1)
            return writer
        }
        #expect(throws: LuaError.self) { try eval("unknown()") as Void }
    }

    /// The collector waits while a large tree is read, and then is as it was: after one that cannot be read, too.
    @Test func collectorAfterALargeTree() throws {
        try vm.globals.setFunction("large") { (isGood: Bool) -> LuaWriter in
            var writer = LuaWriter()
            writer.table { table in
                for number in 0..<10_000 { table["name \(number)"] = "value \(number)" }
                if !isGood {
                    table.key("unknown")
                    table.keptString(1)
                }
            }
            return writer
        }
        #expect(
            try eval(
                """
                local seen = {}
                local function look(text) seen[#seen + 1] = text .. tostring(collectgarbage("isrunning")) end
                assert(large(true)["name 9999"] == "value 9999") look("read ")
                assert(not pcall(large, false)) look("failed ")
                collectgarbage("stop")
                large(true) look("stopped ")
                assert(not pcall(large, false)) look("failed ")
                collectgarbage("restart")
                -- What is dropped goes, however many there are.
                collectgarbage()
                local one = large(true)
                local limit = collectgarbage("count") * 4
                one = nil
                for _ = 1, 40 do
                    large(true)
                    assert(collectgarbage("count") < limit, "garbage is kept")
                end
                return table.concat(seen, "; ")
                """) == "read true; failed true; stopped false; failed false")
    }

    @Test func stringsInAnyPlace() throws {
        try vm.globals.setFunction("strings") { (a: String) -> (String, Int, String) in
            (a, 1, String(repeating: "y", count: 10_000))
        }
        #expect(try eval("local a, b, c = strings('é') return a .. b .. #c") == "é110000")
    }
}
