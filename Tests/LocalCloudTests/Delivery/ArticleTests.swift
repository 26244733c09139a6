import Foundation
import Testing

/// The article series as its reader types it: the real AWS CLI, git with the CLI's credential helper, curl and hey, against
/// the real server. What is expected stands in Scripts/Article. Needs bubblewrap and hey (scripts/setup.sh installs them).
@Suite struct ArticleTests {
    @Test(.timeLimit(.minutes(10))) func theArticlesCommandsWorkInTheirOrder() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "awscicd-article-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // The build runs pytest and the script the AWS CLI, both of the tests' Python environment.
        let path = "\(URL(filePath: Tools.python).deletingLastPathComponent().path):\(Tools.searchPath)"
        let command = try await LocalCommand([], environment: ["PATH": path])
        let result = try await Tools.run(
            ["bash", "\(ScriptedCloud.directory)/Article/article.sh", folder.path],
            environment: ScriptedCloud.environment(command.endpoint).merging(["PATH": path]) { _, new in new })
        #expect(await command.end(SIGTERM) == 0)
        #expect(result.status == 0, "\(result.output)")
    }
}
