import Foundation
import Testing

@testable import AWSModel

/// botocore's protocol suites, forwards (as a client) and backwards (as a server). The project's own cases for the same
/// rules are in Codecs/.
@Suite(.enabled(if: PublicSuites.botocore != nil, "set AWSCICD_BOTOCORE_SOURCE to run botocore's cases"))
struct ProtocolSuiteTests {
    static let folder = PublicSuites.botocore.map { "\($0)/tests/unit/protocols" }
    static let files = ProtocolSuite.names

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

    /// Nothing is left out unseen: all files are run, and what is named as not applying is in them.
    @Test func theListOfCasesIsWhole() throws {
        let folder = try #require(Self.folder)
        var cases: [String] = []
        for direction in ["input", "output"] {
            let files = Files.list("\(folder)/\(direction)").filter { $0.hasSuffix(".json") }
            #expect(Set(files).isSubset(of: Self.files.map { "\($0).json" }))
            for file in files {
                for suite in try ProtocolSuite.read("\(folder)/\(direction)/\(file)").list ?? [] {
                    cases += (suite["cases"]?.list ?? []).map { $0["id"]?.string ?? "" }
                }
            }
        }
        let leftOut = cases.count { ProtocolSuite.doesNotApply[$0] != nil }
        print("protocols: \(cases.count) cases, \(leftOut) of them not for the codecs")
        #expect(Set(ProtocolSuite.doesNotApply.keys).subtracting(cases).isEmpty)
        #expect(cases.count >= 732 && leftOut < 40)
    }

    private func check(
        _ direction: String, _ file: String, _ run: (AWSValue, AWSValue) throws -> [String]
    ) throws {
        let folder = try #require(Self.folder)
        let suites = try #require(try ProtocolSuite.read("\(folder)/\(direction)/\(file).json").list)
        var count = 0
        for suite in suites {
            for test in suite["cases"]?.list ?? [] {
                count += 1
                let id = test["id"]?.string ?? "\(suite["description"]?.string ?? "") \(count)"
                if ProtocolSuite.doesNotApply[id] != nil { continue }
                do {
                    for problem in try run(suite, test) { Issue.record("\(file) \(id): \(problem.prefix(600))") }
                } catch {
                    Issue.record("\(file) \(id): threw \(error)")
                }
            }
        }
        // One of the files has no answers.
        #expect(count > 0 || file == "smithy-rpc-v2-cbor-non-query-compatible")
    }
}

enum ProtocolSuite {
    static let names = [
        "ec2", "json", "json_1_0", "json_1_0-query-compatible", "query", "rest-json", "rest-xml", "smithy-rpc-v2-cbor",
        "smithy-rpc-v2-cbor-query-compatible", "smithy-rpc-v2-cbor-non-query-compatible",
    ]

    /// Cases that do not apply here, and why. botocore leaves out nearly all of them too
    /// (protocol-tests-ignore-list.json). Those of the first reason are run with the whole client: see
    /// ClientProtocolSuite in AWSClientTests.
    static let doesNotApply: [String: String] = {
        var reasons: [String: String] = [:]
        func because(_ reason: String, _ cases: String...) { for name in cases { reasons[name] = reason } }
        because(
            "compression, checksums and tokens are added by AWSClient, not by the codecs",
            "SDKAppliedContentEncoding_ec2Query", "SDKAppendsGzipAndIgnoresHttpProvidedEncoding_ec2Query",
            "SDKAppliedContentEncoding_awsJson1_1", "SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_1",
            "SDKAppliedContentEncoding_awsJson1_0", "SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_0",
            "SDKAppliedContentEncoding_awsQuery", "SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsQuery",
            "SDKAppliedContentEncoding_restJson1", "SDKAppendedGzipAfterProvidedEncoding_restJson1",
            "SDKAppliedContentEncoding_restXml", "SDKAppendedGzipAfterProvidedEncoding_restXml",
            "RestJsonHttpChecksumRequired", "Ec2ProtocolIdempotencyTokenAutoFill",
            "QueryProtocolIdempotencyTokenAutoFill",
            "RestJsonQueryIdempotencyTokenAutoFill", "QueryIdempotencyTokenAutoFill")
        because(
            "a JSON value in a header is given as a value, as in boto3, not as text", "MediaTypeHeaderInputBase64",
            "MediaTypeHeaderOutputBase64")
        because(
            "an empty list is not sent as a header, as in boto3", "RestJsonNullAndEmptyHeaders", "NullAndEmptyHeaders")
        because(
            "an empty blob is an empty blob, as in boto3", "RestJsonHttpPayloadTraitsWithNoBlobBody",
            "HttpPayloadTraitsWithNoBlobBody")
        because(
            "the published models name a payload's element at the member (S3's LifecycleConfiguration), the suite at the shape",
            "HttpPayloadWithXmlNamespace", "HttpPayloadWithXmlNamespaceAndPrefix", "RestXmlHttpPayloadWithUnion",
            "XmlAttributesOnPayload")
        return reasons
    }()

    /// Members that come back as empty where none were given, or as none where empty ones were: the wire does not hold which.
    /// All else of these cases is compared.
    static let lostBackwards: [String: Set<String>] = {
        var lost: [String: Set<String>] = [:]
        // A form and a query have no way to write a list or map without entries: they are left out.
        lost["Ec2EmptyQueryLists"] = ["ListArg"]
        lost["QueryEmptyQueryMaps"] = ["MapArg"]
        lost["RestJsonOmitsEmptyListQueryValues"] = [
            "queryStringList", "queryIntegerList", "queryDoubleList", "queryBooleanList", "queryTimestampList",
            "queryEnumList", "queryIntegerEnumList",
        ]
        // A body of JSON that is one structure is written as {} without it, as with an empty one.
        for name in ["RestJsonHttpWithEmptyStructurePayload", "RestJsonHttpWithHeadersButNoPayload"] {
            lost[name] = ["payloadConfig"]
        }
        return lost
    }()

    static func read(_ path: String) throws -> AWSValue {
        try JSON.parse(Array(try Data(contentsOf: URL(filePath: path))))
    }
}
