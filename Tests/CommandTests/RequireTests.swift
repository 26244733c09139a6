import Foundation
import Testing

/// Where `require` finds modules, and in which order.
struct RequireTests {
    @Test func orderOfPlaces() throws {
        let folder = try TemporaryFolder()
        let script = try folder.write("app/main.lua", "print((require('thing')))")
        let directory = folder.path + "/elsewhere"
        try folder.write("elsewhere/keep", "")
        try folder.write("home/.luarocks/share/lua/5.4/thing.lua", "return 'LuaRocks'")
        func found(_ environment: [String: String?]) throws -> String {
            var environment = environment
            environment["HOME"] = folder.path + "/home"
            return try Command(arguments: [script], environment: environment, directory: directory).run().output
        }
        #expect(try found([:]) == "LuaRocks\n")
        try folder.write("lua/thing.lua", "return 'LUA_PATH'")
        let luaPath = folder.path + "/lua/?.lua;;"
        #expect(try found(["LUA_PATH": luaPath]) == "LUA_PATH\n")
        try folder.write("team/thing/init.lua", "return 'AWSCICD_PATH'")
        let team = "/no/such:\(folder.path)/team/"
        #expect(try found(["LUA_PATH": luaPath, "AWSCICD_PATH": team]) == "AWSCICD_PATH\n")
        try folder.write("app/thing.lua", "return 'beside'")
        #expect(try found(["LUA_PATH": luaPath, "AWSCICD_PATH": team]) == "beside\n")
    }

    /// As `luarocks path` sets it: the variable of the version counts, and a tree's packages find their own parts.
    @Test func treesOfLuaRocks() throws {
        let folder = try TemporaryFolder()
        let tree = folder.path + "/tree/share/lua/5.4"
        try folder.write("tree/share/lua/5.4/rock/init.lua", "return { part = require 'rock.part', name = ... }")
        try folder.write("tree/share/lua/5.4/rock/part.lua", "return 'part of ' .. (select(2, ...))")
        let environment = [
            "LUA_PATH": "/no/such/?.lua", "LUA_PATH_5_4": "\(tree)/?.lua;\(tree)/?/init.lua;;",
            "LUA_CPATH_5_4": "\(folder.path)/tree/lib/lua/5.4/?.so;;",
        ]
        let result = try run(
            "-e", "local rock = require 'rock' print(rock.name, rock.part) print(package.cpath:match '^[^;]*')",
            environment: environment)
        #expect(
            result.output == "rock\tpart of \(tree)/rock/part.lua\n\(folder.path)/tree/lib/lua/5.4/?.so\n",
            "\(result.error)")
        let sandboxed = try run("--sandbox", "-e", "require 'rock'", environment: environment)
        #expect(
            sandboxed.error.contains(
                "module 'rock' not found in the built-in library; a sandbox loads no other files and no C modules"))
    }

    @Test func theLibraryCannotBeReplacedByAFile() throws {
        let folder = try TemporaryFolder()
        let script = try folder.write("main.lua", "print(type(require('awscicd.json').encode), (require('json')))")
        try folder.write("awscicd/json.lua", "return {}")
        try folder.write("json.lua", "return 'mine'")
        #expect(try run(script).output == "function\tmine\n")
    }

    /// Lua programmers write `local json = require "json"`.
    @Test func theLibraryIsFoundByItsShortNamesToo() throws {
        let code = "print(require 'json' == json, require 'fleet' == fleet, require 'string' == string)"
        for profile in [[], ["--sandbox"]] {
            let result = try Command(arguments: profile + ["-e", code + " require 'gates'"]).run()
            #expect(result.output == "true\ttrue\ttrue\n")
            #expect(result.error.contains("module 'gates' not found"))
        }
    }

    @Test func libraryFromAFolder() throws {
        let folder = try TemporaryFolder()
        try folder.write("json.lua", "return { encode = function() return 'from disk' end }")
        let environment = ["AWSCICD_STDLIB": folder.path]
        #expect(try run("-e", "print(json.encode(1))", environment: environment).output == "from disk\n")
        #expect(try run("-e", "print(fs.exists('/'))", environment: environment).output == "true\n")
    }

    @Test func preloadedNamesAreTheModules() throws {
        let result = try run(
            "-e",
            """
            local early = json
            assert(type(json) == 'table' and early.decode('[1]')[1] == 1)
            assert(json == require 'awscicd.json' and json ~= nil)
            local names = {}
            for name in pairs(time) do names[#names + 1] = name end
            assert(#names > 5)
            time.mine = 1
            assert(require 'awscicd.time'.mine == 1)
            fs = nil
            assert(fs == nil and require 'awscicd.fs'.read)
            local json = 'a local of the same name'
            print('ok')
            """)
        #expect(result.output == "ok\n", "\(result.error)")
    }

    @Test func everyFileOfTheLibraryCompiles() throws {
        let names = try FileManager.default.subpathsOfDirectory(
            atPath: Command.package.appendingPathComponent("stdlib").path
        ).filter { $0.hasSuffix(".lua") && !$0.hasPrefix("meta/") }
        #expect(names.count > 10)
        let code = names.map { name in
            "assert(loadfile('\(Command.package.appendingPathComponent("stdlib/\(name)").path)'))"
        }.joined(separator: "\n")
        #expect(try run("-e", code).status == 0)
    }

    @Test func modulesMayWaitWhileTheyLoad() throws {
        let folder = try TemporaryFolder()
        try folder.write("slow.lua", "task.sleep(0.01) return 'loaded'")
        #expect(try run(folder.write("main.lua", "print((require 'slow'))")).output == "loaded\n")
    }
}
