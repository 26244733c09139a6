import AWSModel
import Foundation
import Testing

@testable import AWSClient

/// The cases of botocore's protocol suites about what a client adds after the codec: compression, checksums and
/// idempotency tokens. The codecs' own cases are in AWSModelTests, which names these there.
@Suite(.enabled(if: BotocoreSource.path != nil, "set AWSCICD_BOTOCORE_SOURCE to run botocore's cases"))
struct ClientProtocolSuite {
    private static let files = ["ec2", "json", "json_1_0", "query", "rest-json", "rest-xml"]
    /// The suites' token stands for any.
    private static let token = "00000000-0000-4000-8000-000000000000"

    private static func isOurs(_ id: String) -> Bool {
        !id.hasSuffix("IsSet")
            && [
                "ContentEncoding", "HttpProvidedEncoding", "ProvidedEncoding_", "ChecksumRequired",
                "IdempotencyTokenAutoFill",
            ]
            .contains { id.contains($0) }
    }

    @Test func everyCase() async throws {
        var count = 0
        for file in Self.files {
            let path = "\(BotocoreSource.path ?? "")/tests/unit/protocols/input/\(file).json"
            for suite in try JSON.parse(Array(try Data(contentsOf: URL(filePath: path)))).list ?? [] {
                for test in suite["cases"]?.list ?? [] {
                    guard let id = test["id"]?.string, Self.isOurs(id) else { continue }
                    count += 1
                    let request = try await prepared(suite, test)
                    for problem in problems(request, test["serialized"] ?? [:]) {
                        Issue.record("\(file) \(id): \(problem)")
                    }
                }
            }
        }
        #expect(count == 17)
    }

    private func prepared(_ suite: AWSValue, _ test: AWSValue) async throws -> PreparedRequest {
        var metadata = suite["metadata"] ?? [:]
        for (name, value) in ["endpointPrefix": "suite", "apiVersion": "2014-01-01", "serviceId": "Suite"] as AWSMap
        where metadata[name] == nil { metadata[name] = value }
        metadata["signatureVersion"] = "v4"
        let name = test["given"]?["name"]?.string ?? ""
        let model: AWSValue = [
            "version": "2.0", "metadata": metadata, "shapes": suite["shapes"] ?? [:],
            "operations": .map([name: test["given"] ?? [:]]),
        ]
        var configuration = ClientConfiguration(
            session: session(["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S", "AWS_REGION": "us-east-1"]))
        configuration.endpoint = "https://example.com"
        let client = AWSClient(
            service: try Catalog.compile(name: "suite", json: JSON.write(model)), configuration: configuration)
        return try await client.prepare(name, test["params"] ?? [:])
    }

    private func problems(_ request: PreparedRequest, _ expected: AWSValue) -> [String] {
        var problems: [String] = []
        func filled(_ text: String) -> String {
            text.replacing(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, with: Self.token)
        }
        for (name, value) in expected["headers"]?.map ?? [:] {
            let found = request.header(name) ?? "none"
            if filled(found) != value.string, !name.lowercased().hasPrefix("content-type") {
                problems.append("\(name): \(found), not \(value.string ?? "")")
            }
        }
        if let uri = expected["uri"]?.string, !filled(request.url).hasSuffix(uri) {
            problems.append("\(request.url), not \(uri)")
        }
        if let body = expected["body"]?.string, case .bytes(let bytes) = request.body {
            let found = filled(String(decoding: bytes, as: UTF8.self))
            if found != body, (try? JSON.parse(found)) == nil || (try? JSON.parse(found)) != (try? JSON.parse(body)) {
                problems.append("body \(found), not \(body)")
            }
        }
        return problems
    }
}
