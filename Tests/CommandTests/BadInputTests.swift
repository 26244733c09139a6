import Foundation
import Testing

/// Bad input of every kind ends in a clear message and the right exit code, never in a crash or in Swift's own words.
struct BadInputTests {
    private func expectError(_ code: String, _ texts: String..., options: [String] = []) throws {
        let result = try Command(arguments: options + ["-e", code]).run()
        #expect(result.status == 1, "\(code)")
        for text in texts { #expect(result.error.contains(text), "\(code): \(result.error)") }
        for noise in ["Fatal", "LuaError", "Swift", "underlying"] { #expect(!result.error.contains(noise), "\(code)") }
    }

    @Test func filesThatAreNoScripts() throws {
        let folder = try TemporaryFolder()
        func expect(_ path: String, _ text: String) throws {
            let result = try run(path)
            #expect(result.status == 1)
            #expect(result.error.contains(text), "\(result.error)")
        }
        try expect("no-such-file.lua", "cannot open no-such-file.lua: No such file or directory")
        try expect(folder.path, "is a folder, not a script")
        try folder.write("x.lua", "")
        try expect(folder.path + "/x", "did you mean \(folder.path)/x.lua?")
        try expect(folder.write("bytecode.lua", Data([0x1B, 0x4C, 0x75, 0x61, 0x54, 0])), "is compiled Lua")
        try expect("/bin/sh", "is a program, not a Lua script")
        try expect(folder.write("binary.lua", Data([0xFF, 0xFE, 0x00, 0x41])), "binary.lua:1:")
        try expect(folder.write("nul.lua", "print(1)\0"), "nul.lua:1:")
        let unreadable = try folder.write("secret.lua", "")
        #expect(chmod(unreadable, 0) == 0)
        if getuid() != 0 { try expect(unreadable, "Permission denied") }
        #expect(try run(folder.write("empty.lua", "")).status == 0)
    }

    @Test func stringsNeedNotBeUTF8() throws {
        let folder = try TemporaryFolder()
        let script = try folder.write(
            "latin.lua", Data("print(#'".utf8) + Data([0xE9]) + Data("') error('".utf8) + Data([0xE9]) + Data("')".utf8)
        )
        let result = try run(script)
        #expect(result.output == "1\n")
        #expect(result.status == 1)
    }

    @Test func aHugeScript() throws {
        let folder = try TemporaryFolder()
        let script = try folder.write(
            "huge.lua", String(repeating: "local _ = 'a line of a very long script'\n", count: 100))
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: script))
        try handle.seekToEnd()
        let comment = Data((String(repeating: "x", count: 1 << 20) + "\n").utf8)
        for _ in 0..<100 { try handle.write(contentsOf: Data("--".utf8) + comment) }
        try handle.write(contentsOf: Data("print('end')".utf8))
        try handle.close()
        #expect(try run(script).output == "end\n")
    }

    @Test func syntaxErrorsShowTheirLine() throws {
        let folder = try TemporaryFolder()
        let result = try run(folder.write("bad.lua", "local a = 1\nlocal b = = 2\n"))
        #expect(result.status == 1)
        #expect(result.error.contains("bad.lua:2: unexpected symbol near '='"))
        #expect(result.error.contains("2 | local b = = 2"))
    }

    @Test func errorsShowLineSourceAndTraceback() throws {
        let folder = try TemporaryFolder()
        let script = try folder.write(
            "go.lua",
            "local function inner(x)\n\treturn x.name\nend\n\nlocal function outer()\n  inner(nil)\nend\nouter()\n")
        let result = try Command(arguments: ["go.lua"], directory: folder.path).run()
        _ = script
        #expect(
            result.error == """
                error: go.lua:2: attempt to index a nil value (local 'x')
                    |
                  2 |     return x.name
                    |
                stack traceback:
                  go.lua:2: in upvalue 'inner'
                  go.lua:6: in local 'outer'
                  go.lua:8: in main chunk

                """)
    }

    @Test func errorValues() throws {
        try expectError("error({ code = 1 })", "(error object is a table value)")
        try expectError("error(nil)", "nil")
        try expectError("error()", "nil")
        try expectError("error(setmetatable({}, { __tostring = function() return 'my own text' end }))", "my own text")
        try expectError("error(42)", "42")
        try expectError("error('no position', 0)", "error: no position")
        try expectError("error(('x'):rep(1000000))", "xxxx")
        try expectError("fs.read('/no/such')", "cannot read /no/such: No such file or directory", "1 | fs.read")
    }

    @Test func errorsInStrangePlaces() throws {
        try expectError(
            "local a <close> = setmetatable({}, { __close = function() error('in close') end })", "in close")
        try expectError("coroutine.wrap(function() error('in a coroutine') end)()", "in a coroutine")
        try expectError("task.spawn(function() error('in a task') end):join()", "in a task")
        try expectError("error(setmetatable({}, { __tostring = function() error('in tostring') end }))", "error")
        try expectError("xpcall(error, function() error('again') end) error('after')", "after")
        try expectError("setmetatable({}, { __index = function() error('in index') end }).x.y = 1", "in index")
        try expectError("table.sort({ 3, 2, 1 }, function() error('in sort') end)", "in sort")
        try expectError("require 'no.such.module'", "module 'no.such.module' not found")
        try expectError("require 'awscicd.no_such'", "module 'awscicd.no_such' not found in the built-in library")
    }

    @Test func runawayScripts() throws {
        try expectError("local function f() return 1 + f() end f()", "stack overflow")
        try expectError("local s = setmetatable({}, {}) getmetatable(s).__index = s print(s.x)", "loop")
        try expectError("local x = ('x'):rep(1 << 40)", "error")
        try expectError(
            "local t = {} while true do t = { t } end", "not enough memory", options: ["--memory-limit", "16M"])
    }

    @Test func errorValuesOfEveryType() throws {
        try expectError("error(true)", "(error object is a boolean value)", "1 | error(true)")
        try expectError("error(print)", "(error object is a function value)")
        try expectError("error(coroutine.create(print))", "(error object is a thread value)")
        try expectError("task.spawn(error, nil):join()", "(error object is a nil value)", "spawned the task")
        try expectError("error(setmetatable({}, { __tostring = function() return 5 end }))", "error: ")
        try expectError("error(task.current())", "task 1")
    }

    @Test func errorsOnTheWayOut() throws {
        try expectError(
            "local a <close> = setmetatable({}, { __close = function(_, e) error('second after ' .. e) end }) error('first', 0)",
            "second after first")
        try expectError(
            """
            local co = coroutine.create(function()
              local a <close> = setmetatable({}, { __close = function() error('in close') end })
              coroutine.yield()
            end)
            coroutine.resume(co)
            assert(coroutine.close(co))
            """, "in close")
        let handler = try run("-e", "print(xpcall(error, function() error('again') end))")
        #expect(handler.output.hasPrefix("false\t") && handler.status == 0)
    }

    /// A finalizer has nobody to raise its error in: it is told, and the script goes on.
    @Test func errorsInFinalizers() throws {
        let code = "setmetatable({}, { __gc = function() error('in a finalizer') end }) collectgarbage() print('on')"
        let result = try run("-e", code)
        #expect(result.output == "on\n" && result.status == 0)
        #expect(result.error.hasPrefix("warning: error in __gc") && result.error.contains("in a finalizer"))
        let quiet = try run("-e", "warn('@off') " + code + " warn('x') warn('@on') warn('a', 'b')")
        #expect(quiet.error == "warning: ab\n")
        let secret = try run(
            "-e",
            "script.params { token = { 'hidden-value', secret = true } } warn('hidden-value')"
        )
        #expect(secret.error == "warning: ****\n")
    }

    @Test func deepRecursion() throws {
        try expectError("local function f() return coroutine.wrap(f)() end f()", "C stack overflow")
        try expectError("local function f(x) return (x:gsub('.', f)) end f('x')", "C stack overflow")
        try expectError("('x'):rep(1000000):find(('x?'):rep(100000))", "pattern too complex")
        try expectError("assert(load('return ' .. ('('):rep(1000) .. ('1'):rep(1000)))", "error: ")
        try expectError(
            "local t = {} t.t = t json.encode(t)", "t.t.t.t.t.t.t.t… is nested too deeply, or contains itself")
        try expectError("local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x", "possible loop")
    }

    @Test func hugeStrings() throws {
        try expectError("return ('x'):rep(1 << 62)", "resulting string too large")
        try expectError(
            "return ('x'):rep(1000000000)", "not enough memory", "1 | return", options: ["--memory-limit", "32M"])
        try expectError(
            "local s = 'x' while true do s = s .. s end", "not enough memory", "in main chunk",
            options: ["--memory-limit", "32M"])
        try expectError("return ('x'):rep(1000000000)", "at most 64 MB in a sandbox", options: ["--sandbox"])
    }

    @Test func foldersAndBytecodeFromScripts() throws {
        try expectError("dofile('/no/such.lua')", "cannot open /no/such.lua")
        try expectError("dofile('/tmp')", "cannot read /tmp: Is a directory")
        try expectError("assert(load('\\27Lua'))", "truncated chunk")
        try expectError("assert(load('\\27Lua'))", "attempt to load a binary chunk", options: ["--sandbox"])
        try expectError("os.exit('x')", "a number or a boolean expected")
    }

    @Test func nothingFromTheTerminalPassesThrough() throws {
        let folder = try TemporaryFolder()
        let result = try run(folder.write("esc.lua", "local a = '\u{1B}[31m' error('x')"))
        #expect(!result.error.contains("\u{1B}"))
    }
}
