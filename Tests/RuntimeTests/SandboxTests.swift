import AWSCICD
import LuaVM
import Testing

@Suite struct SandboxTests {
    func sandboxed<R: LuaArgument & Sendable>(_ source: String) async throws -> R {
        try await evaluate(source) { $0.profile = .sandbox }
    }

    /// Everything that a sandboxed script finds in Lua's own libraries; what is not here is not there.
    @Test func theListOfWhatIsThere() async throws {
        let source = """
            local names = {}
            for _, library in ipairs { "string", "table", "math", "utf8", "os", "coroutine", "debug" } do
              for name in pairs(_G[library]) do names[#names + 1] = library .. "." .. name end
            end
            for name, value in pairs(_G) do
              if type(value) == "function" then names[#names + 1] = name end
            end
            table.sort(names)
            return table.concat(names, " ")
            """
        let names: String = try await sandboxed(source)
        #expect(
            names == """
                assert collectgarbage coroutine.close coroutine.create coroutine.isyieldable coroutine.resume \
                coroutine.running coroutine.status coroutine.wrap coroutine.yield debug.traceback error getmetatable \
                ipairs load math.abs math.acos math.asin math.atan math.ceil math.cos math.deg math.exp math.floor \
                math.fmod math.huge math.log math.max math.maxinteger math.min math.mininteger math.modf math.pi \
                math.rad math.random math.randomseed math.sin math.sqrt math.tan math.tointeger math.type math.ult \
                next os.clock os.date os.difftime os.exit os.time pairs pcall print rawequal rawget rawlen rawset \
                require select setmetatable string.byte string.char string.find string.format string.gmatch \
                string.gsub string.len string.lower string.match string.pack string.packsize string.rep \
                string.reverse string.sub string.unpack string.upper table.concat table.insert table.move table.pack \
                table.remove table.sort table.unpack tonumber tostring type utf8.char utf8.charpattern \
                utf8.codepoint utf8.codes utf8.len utf8.offset warn xpcall
                """)
    }

    @Test(arguments: [
        "return io == nil and package == nil and dofile == nil and loadfile == nil and string.dump == nil",
        "return os.execute == nil and os.getenv == nil and os.remove == nil and debug.getregistry == nil",
        "return not pcall(function() string.format = nil end) and not pcall(rawset, string, 'format', 1)",
        "return not pcall(function() os.time = nil end) and not pcall(rawset, os, 'time', 1)",
        "return not pcall(rawset, math, 'x', 1) and math.x == nil and rawset({}, 'x', 1).x == 1 and not pcall(rawset, 'x', 1, 1)",
        "return getmetatable('') == 'string' and not pcall(setmetatable, string, {})",
        "return ('x').dump == nil and (('x'):rep(3)) == 'xxx'",
        // Bytecode is refused, however it is asked for.
        "return load('\\27Lua') == nil and not pcall(load, 'return 1', 'x', 'b') and load('return 1', 'x', 'bt')() == 1",
        "return load('return print')() == print and load('return x', 'c', 't', { x = 5 })() == 5",
        "return not pcall(setmetatable, {}, { __gc = function() end })",
        // What no hook could stop is refused.
        "return not pcall(string.rep, '', 1e18) or #string.rep('', 1e18) == 0",
        "return not pcall(string.rep, 'x', 1e10)",
        "return not pcall(function() return (('a'):rep(30)):find(('a?'):rep(30) .. ('a'):rep(30)) end)",
        "return not pcall(string.find, ('a'):rep(10000), ('.-'):rep(10) .. 'b')",
        "return (('key = value'):match('^(%w+)%s*=%s*(%w+)$')) == 'key'",
        "return ('a.b'):find('.', 1, true) == 2",
        "return not pcall(fs.home)",
        "return not pcall(collectgarbage, 'stop') and collectgarbage('count') > 0",
    ])
    func closedHoles(source: String) async throws {
        #expect(try await sandboxed(source))
    }

    /// One that requires a module finds it as the runtime has it, whatever another one tried: one written in Lua, its half in
    /// Swift, one with a metatable of its own, a part of one, and one of the host's. Names stand for modules before they are used.
    @Test(arguments: [
        ("json", "encode"), ("awscicd.native.json", "encode"), ("task", "sleep"), ("aws", "services"),
        ("gate", "manual"),
        ("awscicd.support.list", "map"), ("awscicd.teardown.graph", "edges"), ("fs", "read"), ("counter", "next"),
    ])
    func modulesCannotBeChanged(name: String, field: String) async throws {
        let names: String = try await sandboxed(
            """
            local name, field = "\(name)", "\(field)"
            local module = _G[name] or require(name)
            local function change() module[field] = nil end
            local refused, message = pcall(change)
            assert(not refused and message:find "the runtime's modules cannot be changed in a sandbox", message)
            module = require(name)
            assert(not pcall(change) and not pcall(rawset, module, field, 1) and not pcall(rawset, module, "x", 1))
            assert(not pcall(setmetatable, module, {}) and getmetatable(module) == "locked")
            assert(module[field] == require(name)[field] and (not _G[name] or _G[name][field] == module[field]))
            local names = {}
            for key, value in pairs(module) do
              if key == field then names[#names + 1] = key end
              assert(module[key] == value)
            end
            return table.concat(names, " ")
            """)
        #expect(names == field)
    }

    @Test func kindsOfResourcesAreAdded() async throws {
        #expect(
            try await sandboxed(
                """
                teardown.kinds.mine = { title = "mine", find = function() return {} end }
                return not pcall(function() teardown.plan = nil end) and require "awscicd.teardown.kinds".mine.title == "mine"
                """))
    }

    /// What marks lists is no module, but everybody's too.
    @Test func theMarkOfListsCannotBeChanged() async throws {
        #expect(
            try await sandboxed(
                """
                local mark = getmetatable(json.list())
                assert(not pcall(function() mark.__index = {} end) and not pcall(rawset, mark, "__index", {}))
                assert(not pcall(setmetatable, mark, nil))
                local mine = setmetatable(json.decode "[1]", { __index = function() return 5 end })
                return mine[2] == 5 and json.encode(json.list()) == "[]" and json.is_list(json.decode "[]")
                """))
    }

    /// Calls are refused before credentials are looked for, and files before anybody can tell whether they exist.
    @Test(arguments: [
        "aws.sts.get_caller_identity {}",
        "aws.s3.put_object { Bucket = 'b', Key = 'k', Body = aws.file '/etc/hostname' }",
        "aws.s3.get_object({ Bucket = 'b', Key = 'k' }, { save_to = '/tmp/x' })",
        "for _ in aws.ec2.pages.describe_instances {} do end",
        "aws.iam.wait.role_exists { RoleName = 'r' }",
        "aws.s3:prepare('get_object', { Bucket = 'b', Key = 'k' })",
        "aws.client { endpoint = 'http://127.0.0.1:9' }",
    ])
    func awsIsNotPermitted(call: String) async throws {
        let message: String = try await sandboxed("return tostring(select(2, pcall(function() \(call) end)))")
        #expect(message.contains("not permitted: "))
    }

    /// A host may permit a service's calls and still no files.
    @Test func filesOfCallsAskForThemselves() async throws {
        let message: String = try await evaluate(
            """
            local client = aws.client { region = "us-east-1", credentials = { access_key_id = "a", secret_access_key = "b" } }
            local _, sent = pcall(client.s3.put_object, { Bucket = "b", Key = "k", Body = aws.file "/no/such/file" })
            local _, saved = pcall(client.s3.get_object, { Bucket = "b", Key = "k" }, { save_to = "/tmp/x" })
            return tostring(sent) .. "\\n" .. tostring(saved)
            """
        ) {
            $0.profile = .sandbox
            $0.permissions = Permissions { if case .aws("s3", _) = $0 { true } else { false } }
        }
        #expect(message.contains("not permitted: read /no/such/file"))
        #expect(message.contains("not permitted: write /tmp/x"))
    }

    @Test func scriptsStillWait() async throws {
        #expect(
            try await sandboxed("return task.all { function() task.sleep(5) return 1 end }[1] + counter.later(1)") == 3)
    }
}
