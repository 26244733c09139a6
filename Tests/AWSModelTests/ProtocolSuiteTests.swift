import Foundation
import Testing

@testable import AWSModel

/// botocore's protocol suites, forwards (as a client) and backwards (as a server).
///
/// They are not part of this repository: `AWSCICD_PROTOCOL_SUITES` names the folder `tests/unit/protocols` of botocore's
/// source distribution; without it nothing runs here. The project's own cases for the same rules are beside this file.
@Suite struct ProtocolSuiteTests {
    static let folder = ProcessInfo.processInfo.environment["AWSCICD_PROTOCOL_SUITES"]
    static let files = folder == nil ? [] : ProtocolSuite.names

    @Test(arguments: files) func clientBuildsRequests(_ file: String) throws {
        try check("input", file) { suite, test in try ProtocolCase(suite, test).clientRequest() }
    }

    @Test(arguments: files) func clientReadsResponses(_ file: String) throws {
        try check("output", file) { suite, test in try ProtocolCase(suite, test).clientResponse() }
    }

    @Test(arguments: files) func serverReadsRequests(_ file: String) throws {
        try check("input", file) { suite, test in try ProtocolCase(suite, test).serverRequest() }
    }

    @Test(arguments: files) func serverWritesResponses(_ file: String) throws {
        try check("output", file) { suite, test in try ProtocolCase(suite, test).serverResponse() }
    }

    private func check(_ direction: String, _ file: String, _ run: (AWSValue, AWSValue) throws -> [String]) throws {
        let folder = try #require(Self.folder)
        let suites = try #require(try ProtocolSuite.read("\(folder)/\(direction)/\(file).json").list)
        var count = 0
        for suite in suites {
            for test in suite["cases"]?.list ?? [] {
                count += 1
                let id = test["id"]?.string ?? "\(suite["description"]?.string ?? "") \(count)"
                if ProtocolSuite.doesNotApply.contains(id) { continue }
                do {
                    for problem in try run(suite, test) { Issue.record("\(file) \(id): \(problem.prefix(600))") }
                } catch {
                    Issue.record("\(file) \(id): threw \(error)")
                }
            }
        }
        #expect(count > 0)
    }
}

enum ProtocolSuite {
    static let names = [
        "ec2", "json", "json_1_0", "json_1_0-query-compatible", "query", "rest-json", "rest-xml", "smithy-rpc-v2-cbor",
        "smithy-rpc-v2-cbor-query-compatible", "smithy-rpc-v2-cbor-non-query-compatible",
    ]

    /// Cases that ask for what this project does not do, and why.
    static let doesNotApply: Set<String> = []

    static func read(_ path: String) throws -> AWSValue {
        try JSON.parse(Array(try Data(contentsOf: URL(filePath: path))))
    }
}
