import Foundation
import ServerSupport
import Testing

/// The scripts of Tests/Scripts, each of which tests something from the inside: a script passes when it ends with exit
/// code 0.
struct ScriptTests {
    private static let folder = Command.package.appendingPathComponent("Tests/Scripts")

    /// Standard modules, which need no cloud.
    @Test(arguments: ["json", "fs", "process", "time"])
    func module(name: String) throws {
        let result = try Command(arguments: [Self.folder.appendingPathComponent("\(name).lua").path]).run()
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.hasSuffix(" passed\n"))
    }

    private static let primitives = [
        "artifacts", "build", "deploy", "documentation", "fleet", "gate", "notify", "pages", "pipeline", "roles",
        "scripts", "secrets", "source", "teardown",
    ]

    /// The primitives. A script whose first line says so runs on a local cloud of its own.
    @Test(arguments: ScriptTests.found(in: primitives))
    func primitive(path: String) throws {
        let script = Self.folder.appendingPathComponent(path)
        let text = try String(contentsOf: script, encoding: .utf8)
        let local = text.hasPrefix("-- Needs: the local cloud\n") ? ["--local"] : []
        let command = Command(
            arguments: local + [script.path],
            environment: [
                "AWSCICD_PATH": "\(Self.folder.path):\(Command.package.path)/scripts",
                "AWSCICD_RUN": Command.program.path, "AWSCICD_SCRIPTS": "\(Command.package.path)/scripts",
                "PATH": Command.toolsPath,
            ])
        let result = try command.run()
        #expect(result.status == 0, "\(result.output)\(result.error)")
    }

    private static func found(in folders: [String]) -> [String] {
        folders.flatMap { name in
            let inside = try? FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(name).path)
            let scripts = (inside ?? []).filter { $0.hasSuffix(".lua") }.sorted().map { "\(name)/\($0)" }
            // A folder without scripts is a test that is missing: it fails as one that is not there.
            return scripts.isEmpty ? ["\(name)/*.lua"] : scripts
        }
    }

    @Test func http() throws {
        let server = try HTTPServer()
        let script = Self.folder.appendingPathComponent("http.lua").path
        let result = try withExtendedLifetime(server) {
            try Command(arguments: [script, server.url]).run()
        }
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.hasSuffix(" passed\n"))
    }
}
