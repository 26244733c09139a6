import Foundation
import Testing

@testable import AWSModel

/// Models from `~/.aws/models` and `AWS_DATA_PATH`.
@Suite struct CatalogFolderTests {
    /// Runs with a folder that holds these files, which is removed afterwards.
    private func withFolder(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "awscicd-models-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (path, text) in files {
            let file = URL(fileURLWithPath: "\(folder)/\(path)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        try body(folder)
    }

    private func model(_ version: String, _ operation: String) -> String {
        #"{"metadata": {"protocol": "json", "apiVersion": "\#(version)"}, "operations": {"\#(operation)": {}}}"#
    }

    @Test func addsServicesAndTakesTheNewestVersion() throws {
        let files = [
            "mine/2020-01-01/service-2.json": model("2020-01-01", "Old"),
            "mine/2024-01-01/service-2.json": model("2024-01-01", "New"),
            "mine/2024-01-01/paginators-1.json":
                #"{"pagination": {"New": {"input_token": "a", "output_token": "a", "result_key": "r"}}}"#,
            "mine/2024-01-01/paginators-1.sdk-extras.json":
                #"{"merge": {"pagination": {"New": {"non_aggregate_keys": ["o"]}}}}"#,
            "empty/2024-01-01/notes.txt": "",
        ]
        try withFolder(files) { folder in
            let catalog = Catalog(folders: [folder])
            let service = try catalog.open("mine")
            #expect(service.operationNames == ["New"] && service.apiVersion == "2024-01-01")
            #expect(service.paginator("New")?.nonAggregateKeys == ["o"])
            #expect(catalog.serviceNames.contains("mine") && !catalog.serviceNames.contains("empty"))
            #expect(try catalog.open("mine") == service)
            #expect(Catalog.builtIn.service("mine") == nil)
        }
    }

    @Test func replacesABuiltInServiceUnlessItIsOlder() throws {
        let files = [
            "codepipeline/2015-07-09/service-2.json": model("2015-07-09", "ListPipelines"),
            "sts/2000-01-01/service-2.json": model("2000-01-01", "Ancient"),
        ]
        try withFolder(files) { folder in
            let catalog = Catalog(folders: [folder])
            let service = try catalog.open("codepipeline")
            #expect(service.operationNames == ["ListPipelines"])
            // What the file does not say is the binary's.
            #expect(service.paginator("ListPipelines")?.resultKeys == ["pipelines"])
            #expect(
                try #require(service.endpointRules).resolve(parameters: ["Region": "eu-west-1"]).url
                    == "https://codepipeline.eu-west-1.amazonaws.com")
            #expect(try catalog.open("sts").operation("AssumeRole") != nil)
        }
    }

    @Test func theFirstFolderCountsBetweenEqualVersions() throws {
        try withFolder(["mine/1/service-2.json": model("1", "First")]) { first in
            try withFolder(["mine/1/service-2.json": model("1", "Second")]) { second in
                let service = try Catalog(folders: [first, second]).open("mine")
                #expect(service.operationNames == ["First"])
            }
        }
    }

    @Test func namesTheBrokenFile() throws {
        try withFolder(["mine/1/service-2.json": "{]"]) { folder in
            #expect(
                throws: ModelFailure(
                    "\(folder)/mine/1/service-2.json: not JSON at line 1, byte 1: expected a member's name")
            ) { try Catalog(folders: [folder]).open("mine") }
        }
    }

    @Test func readsThePublishedCompression() throws {
        // {"metadata":{"protocol":"json"}} as gzip.
        let packed = try #require(
            Data(base64Encoded: "H4sIAAAAAAACA6tWyk0tSUxJLElUsqpWKijKL8lPzs9RslLKKs7PU6qtBQDTqnvRIAAAAA=="))
        #expect(try Catalog.compile(name: "x", json: [UInt8](packed)).wireProtocol == .json11)
        #expect(throws: ModelFailure("x/service-2.json: damaged gzip data")) {
            try Catalog.compile(name: "x", json: [UInt8](packed.dropLast(12)))
        }
    }

    @Test func findsTheFoldersInTheEnvironment() {
        #expect(
            Catalog.folders(environment: ["HOME": "/h", "AWS_DATA_PATH": "/a:~/b:"]) == [
                "/a", "/h/b", "/h/.aws/models",
            ])
        #expect(Catalog.folders(environment: [:]) == [])
    }
}
