import AWSCICD

/// A deploy bot: a Swift program whose rules are Lua scripts.
///
/// It shows what an embedding host does: make a runtime, give it functions, run a script, call a script's function, read
/// results as Codable values, stop a script from outside, and use many runtimes at once.
@main
struct DeployBot {
    static func main() async throws {
        try await overview()
        try await somebodyElsesRules()
        try await functionsOfTheHost()
        try await functionsOfTheScript()
        try await errorsOfTheScript()
        try await stoppingAScript()
        try await manyRuntimes()
    }

    /// Two functions of the host: one that answers at once, one that waits. To the script both are plain calls.
    static func functionsOfTheHost() async throws {
        let runtime = try await Runtime()
        try await runtime.register("greet") { (name: String) -> String in "Hello, \(name)" }
        try await runtime.registerAsync("open_pull_requests") { (repository: String) async throws -> Int in
            try await Task.sleep(for: .milliseconds(10))  // a call over the network, say
            return repository.utf8.count
        }
        let text: String = try await runtime.evaluate(
            "return greet('bot') .. ': ' .. open_pull_requests('demo') .. ' pull requests'")
        print(text)
    }

    struct Release: Codable, Sendable, Equatable {
        var version: String
        var instances: Int
        var tags: [String]
        var approvedBy: String?
    }

    /// A script that defines a rule, and the host that asks it: Codable values in both directions.
    static func functionsOfTheScript() async throws {
        let runtime = try await Runtime()
        try await runtime.run(
            """
            function may_deploy(release)
              task.sleep(0.01)          -- rules may wait: for an AWS call, for instance
              return release.instances <= 4 and #release.tags > 0, "checked " .. release.version
            end
            function next_release(release)
              release.version = "v" .. (tonumber(release.version:match "%d+") + 1)
              release.approvedBy = "rules.lua"
              return release
            end
            """, name: "@rules.lua")
        let release = Release(version: "v2", instances: 2, tags: ["web"], approvedBy: nil)
        let mayDeploy: Bool = try await runtime.call(runtime.function("may_deploy"), LuaCoded(release))
        let next: LuaCoded<Release> = try await runtime.call(runtime.function("next_release"), LuaCoded(release))
        print("may deploy: \(mayDeploy), next: \(next.value.version) approved by \(next.value.approvedBy ?? "nobody")")
    }

    struct Rejected: Error, Equatable {
        let reason: String
    }

    /// A Lua error reaches the host with its message and traceback; a Swift error comes back as what it was.
    static func errorsOfTheScript() async throws {
        let runtime = try await Runtime()
        try await runtime.register("reject") { (reason: String) -> Void in throw Rejected(reason: reason) }
        do {
            try await runtime.run("local release = nil\nprint(release.version)", name: "@rules.lua")
        } catch let error as LuaError {
            print("error: \(error.message)")
        }
        do {
            try await runtime.run("reject('tests failed')", name: "@rules.lua")
        } catch let error as LuaError {
            print("underlying: \((error.underlying as? Rejected)?.reason ?? "none")")
        }
    }

    /// A script that would never end, stopped by the host; its `<close>` values are closed.
    static func stoppingAScript() async throws {
        let runtime = try await Runtime()
        let (started, continuation) = AsyncStream<Void>.makeStream()
        try await runtime.register("started") { () -> Void in continuation.finish() }
        let script = Task {
            try await runtime.run(
                """
                local guard <close> = setmetatable({}, { __close = function() print('closed by the script') end })
                started()
                while true do end
                """, name: "@endless.lua")
        }
        for await _ in started {}
        runtime.interrupt()
        do {
            try await script.value
        } catch let error as LuaError {
            print("stopped: \(error.kind)")
        }
    }

    /// Many runtimes, each with a thread and a state of its own.
    static func manyRuntimes() async throws {
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...8 {
                group.addTask {
                    let runtime = try await Runtime()
                    try await runtime.run(
                        "total = 0 for i = 1, 100000 do total = total + \(number) end", name: "=count")
                    return try await runtime.evaluate("return total // 100000")
                }
            }
            return try await group.reduce(0, +)
        }
        print("eight runtimes: \(sum)")
    }
}
