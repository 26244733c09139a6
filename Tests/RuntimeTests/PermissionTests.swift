import AWSCICD
import LuaVM
import ServerSupport
import Testing

/// What a host permits is all that a script reaches, by whatever way it asks for it.
@Suite struct PermissionTests {
    /// What a script fails with that may do what `allows` says; "" when it does not fail.
    private func refusal(
        of source: String, allowing allows: @escaping @Sendable (Permission) -> Bool
    ) async throws -> String {
        try await evaluate("local _, e = pcall(function() \(source) end) return e and tostring(e) or ''") {
            $0.permissions = Permissions(allows)
            $0.clock = SystemClock()
        }
    }

    @Test func patternsReadOnlyWhatIsPermitted() async throws {
        let root: String = try await evaluate(
            """
            local root = fs.real_path(fs.temp_directory())
            fs.mkdir(root .. "/allowed/sub")
            fs.write(root .. "/allowed/sub/a.txt", "")
            fs.write(root .. "/secret.txt", "")
            return root
            """)
        let isAllowed = { @Sendable (permission: Permission) in
            if case .read(let path) = permission {
                path == "\(root)/allowed" || path.hasPrefix("\(root)/allowed/")
            } else {
                false
            }
        }
        for pattern in ["allowed/*/../../secret*", "allowed/*/../../secret.txt", "allowed/../*.txt", "*/sub/*", "**"] {
            let message = try await refusal(of: "fs.glob('\(root)/\(pattern)')", allowing: isAllowed)
            #expect(message.contains("not permitted: read \(root)"), "\(pattern): \(message)")
        }
        // What is below the folder is found, though the folders above it may not be read.
        for (pattern, count) in [
            ("allowed/**", 3), ("allowed/*/*.txt", 1), ("allowed/sub/{a,b}.txt", 1), ("allowed/sub/../sub/*", 1),
        ] {
            let message = try await refusal(of: "error(#fs.glob('\(root)/\(pattern)'), 0)", allowing: isAllowed)
            #expect(message == "\(count)", "\(pattern)")
        }
        let _: Bool = try await evaluate("return fs.remove('\(root)', { recursive = true })")
    }

    /// Links may be made where writing is permitted: they give nothing that was not.
    @Test func linksLeadOnlyToWhatIsPermitted() async throws {
        let root: String = try await evaluate(
            """
            local root = fs.real_path(fs.temp_directory())
            fs.mkdir(root .. "/allowed/sub")
            fs.mkdir(root .. "/other")
            fs.write(root .. "/other/file", "secret")
            return root
            """)
        let isAllowed = { @Sendable (permission: Permission) in
            switch permission {
            case .read(let path), .write(let path): path == "\(root)/allowed" || path.hasPrefix("\(root)/allowed/")
            default: false
            }
        }
        let helper = "local function p(name) return '\(root)/allowed/' .. name end "
        for (call, permission) in [
            ("fs.link(p 'out', '../other') fs.read(p 'out/file')", "read \(root)/other/file"),
            ("fs.link(p 'file', '../other/file') fs.read(p 'file')", "read \(root)/other/file"),
            ("fs.append(p 'file', 'x')", "write \(root)/other/file"),
            ("fs.link(p 'new', '../other/new') fs.write(p 'new', 'x')", "write \(root)/other/new"),
            ("fs.link(p 'a', 'b') fs.link(p 'b', '../other') fs.list(p 'a')", "read \(root)/other"),
            ("fs.mkdir(p 'out/deep/er')", "write \(root)/other/deep/er"),
            // By its text it is in the folder; the system goes up from the link's target.
            ("fs.write(p 'out/../x', 'x')", "write \(root)/x"),
            ("fs.glob(p 'out/*')", "read \(root)/other"),
            ("fs.rename(p 'sub', p 'out/sub')", "write \(root)/other/sub"),
            ("fs.read(p '../other/file')", "read \(root)/other/file"),
        ] {
            let message = try await refusal(of: helper + call, allowing: isAllowed)
            #expect(message.contains("not permitted: \(permission)"), "\(call): \(message)")
        }
        for call in [
            "fs.link(p 'inner', 'sub') fs.write(p 'inner/a', 'x') error(fs.read(p 'sub/a'), 0)",
            "error(fs.read(p 'sub/../inner/a'), 0)",
        ] {
            #expect(try await refusal(of: helper + call, allowing: isAllowed) == "x", "\(call)")
        }
        let _: Bool = try await evaluate("return fs.remove('\(root)', { recursive = true })")
    }

    @Test(arguments: [
        ("process.run { 'cat', stdin = { file = '/etc/hostname' } }", "read /etc/hostname"),
        ("process.run { 'true', stdout = { file = '/tmp/../no/such' } }", "write /no/such"),
        ("process.start { 'true', stderr = { file = '/no/such', append = true } }", "write /no/such"),
    ])
    func aProgramsFilesAskForThemselves(call: String, permission: String) async throws {
        let message = try await refusal(of: call) { if case .run = $0 { true } else { false } }
        #expect(message.contains("not permitted: \(permission)"), "\(message)")
    }

    @Test func redirectsAskForWhereTheyLead() async throws {
        let server = try HTTPServer()
        let port = try #require(server.url.split(separator: ":").last)
        func get(_ target: String) async throws -> String {
            try await refusal(of: "error('status ' .. http.get('\(server.url)/redirect?to=\(target)').status, 0)") {
                if case .connect("127.0.0.1", _) = $0 { true } else { false }
            }
        }
        #expect(try await get("/echo") == "status 200")
        #expect(try await get("http://127.1:\(port)/echo") == "status 200")
        #expect(try await get("http://localhost:\(port)/echo").contains("not permitted: connect to localhost:\(port)"))
        #expect(try await get("//localhost:\(port)/").contains("not permitted: connect to localhost:\(port)"))
        #expect(
            try await get("http://127.0.0.1@localhost:\(port)/").contains("not permitted: connect to localhost:\(port)")
        )
        withExtendedLifetime(server) {}
    }

    @Test(arguments: [
        // The host that is called, however it is written.
        ("http.get('http://allowed@127.1:1/')", "connect to 127.0.0.1:1"),
        ("http.get('http://%65vil.example/')", "connect to evil.example:80"),
        ("http.get('https://EVIL.example./')", "connect to evil.example:443"),
        ("http.get('http://allowed:80@evil.example/')", "connect to evil.example:80"),
        // By way of others.
        ("http.get('http://allowed/', { proxy = 'evil.example:8080' })", "connect to evil.example:8080"),
        ("http.get('http://allowed/', { proxy = 'socks5h://user:word@evil.example' })", "connect to evil.example:1080"),
        ("http.get('https://allowed/', { ca_bundle = '/etc/../etc/hostname' })", "read /etc/hostname"),
        ("http.get('https://allowed/', { client_certificate = '/etc/../etc/hostname' })", "read /etc/hostname"),
        ("aws.client { ca_bundle = '/etc/hostname' }", "read /etc/hostname"),
        ("aws.client { endpoint = 'http://allowed:80@evil.example' }", "connect to evil.example:80"),
    ])
    func whatIsCalledIsWhatIsAskedFor(call: String, permission: String) async throws {
        let message = try await refusal(of: call) { if case .connect("allowed", _) = $0 { true } else { false } }
        #expect(message.contains("not permitted: \(permission)"), "\(message)")
    }
}
