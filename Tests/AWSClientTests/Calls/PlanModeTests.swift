import Foundation
import Testing

@testable import AWSClient

// The page begins here
/// Lets nothing through that changes something, and says what it would have been.
struct PlanMode: Interceptor {
    let name = "plan"
    let report: @Sendable (String) -> Void

    func intercept(_ call: Call, next: @Sendable (Call) async throws -> AWSResult) async throws -> AWSResult {
        if call.isReadOnly { return try await next(call) }
        report("\(call.service.name).\(call.operation.name)")
        return AWSResult(output: [:])
    }
}
// The page ends here

/// The example of the page on the architecture, which stands above as the page shows it.
@Suite struct PlanModeTests {
    @Test func thePageShowsThisExample() throws {
        let file = URL(fileURLWithPath: #filePath)
        let package = (0..<4).reduce(file) { folder, _ in folder.deletingLastPathComponent() }
        let page = try String(
            contentsOf: package.appendingPathComponent("Sources/AWSCICD/AWSCICD.docc/Architecture.md"), encoding: .utf8)
        let block = try #require(
            page.components(separatedBy: "```swift\n").dropFirst().first?.components(separatedBy: "```\n").first)
        let source = try String(contentsOf: file, encoding: .utf8)
        let shown = try #require(
            source.components(separatedBy: "// The page begins here\n")[1].components(
                separatedBy: "// The page ends here\n"
            )
            .first)
        #expect(block == shown)
    }

    @Test func onlyReadsAreSent() async throws {
        let server = try TestServer.scripted(Script.json(200, #"{"pipelines":[]}"#))
        let log = Log()
        let client = try client("codepipeline", server) { $0.interceptors = [PlanMode { log.add($0) }] }
        _ = try await client.call("ListPipelines")
        let planned = try await client.call("DeletePipeline", ["name": "demo"])
        #expect(planned.output["anything"] == nil)
        #expect(server.requests.map { $0.header("x-amz-target") } == ["CodePipeline_20150709.ListPipelines"])
        #expect(log.entries == ["codepipeline.DeletePipeline"])
    }
}
