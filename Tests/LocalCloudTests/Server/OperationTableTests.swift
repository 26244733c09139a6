import Foundation
import LocalCloud
import Testing

@Suite struct OperationTableTests {
    @Test func theDocumentationListsWhatIsBuilt() async throws {
        let cloud = try await Cloud(CloudConfiguration(port: 0))
        let table = await cloud.operationTable
        await cloud.stop()
        let page = Tools.root.appending(path: "Sources/AWSCICD/AWSCICD.docc/LocalCloudOperations.md")
        let written = try String(contentsOf: page, encoding: .utf8)
        #expect(
            written.split(separator: "\n") == table.split(separator: "\n"),
            "run: awscicd-local --operations > Sources/AWSCICD/AWSCICD.docc/LocalCloudOperations.md")
    }
}
