import AWSCICD

/// The examples of the page on embedding, as they stand there: run.sh compares them.
extension DeployBot {
    struct Forge {
        func countOpenPullRequests(of repository: String) async throws -> Int { repository.utf8.count }
    }

    static func overview() async throws {
        let forge = Forge()
        let script = "function may_deploy(release) return greet(release.version) == 'Hello, v2' end"
        let release = Release(version: "v2", instances: 2, tags: ["web"], approvedBy: nil)
        // The page begins here.
        let runtime = try await Runtime()
        try await runtime.register("greet") { (name: String) -> String in "Hello, \(name)" }
        try await runtime.registerAsync("open_pull_requests") { (repository: String) async throws -> Int in
            try await forge.countOpenPullRequests(of: repository)
        }
        try await runtime.run(script, name: "@rules.lua")
        let mayDeploy: Bool = try await runtime.call(runtime.function("may_deploy"), LuaCoded(release))
        // The page ends here.
        let count: Int = try await runtime.evaluate("return open_pull_requests('demo')")
        print("the page's example: \(mayDeploy), \(count) pull requests")
    }

    static func somebodyElsesRules() async throws {
        // The page begins here.
        var configuration = Runtime.Configuration()
        configuration.profile = .sandbox
        configuration.limits = .init(memory: 64 << 20, wallTime: 10)
        configuration.permissions = Permissions(reason: "rules only look at pipelines") { asked in
            if case .aws("codepipeline", let operation) = asked { return operation.hasPrefix("Get") }
            return false
        }
        let sandbox = try await Runtime(configuration)
        do {
            try await sandbox.run("aws.codepipeline.delete_pipeline { name = 'shop' }", name: "@rules.lua")
        } catch let error as LuaError {
            print(error.message)
        }
        // The page ends here.
    }
}
