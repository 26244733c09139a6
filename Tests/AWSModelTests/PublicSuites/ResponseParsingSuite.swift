import Testing

@testable import AWSModel

/// botocore's recorded answers and errors with what they parse to.
@Suite(.enabled(if: PublicSuites.botocore != nil, "set AWSCICD_BOTOCORE_SOURCE to run botocore's cases"))
struct ResponseParsingSuite {
    /// botocore's own test leaves the first four out: they need more than the protocol (JSON inside of text, S3's
    /// location). The others hold "YYYY-MM-DDTHH:MM:SS.000Z" for a time, which only a parser that reads no times takes.
    private static let special: Set = [
        "iam-get-user-policy", "iam-list-roles", "s3-get-bucket-location", "cloudformation-get-template",
        "ec2-attach-volume", "ec2-create-snapshot", "ec2-create-volume", "ec2-describe-spot-instance-requests",
        "ec2-detach-volume", "ec2-request-spot-instances",
    ]

    private static var folder: String { "\(PublicSuites.botocore ?? "")/tests/unit/response_parsing" }

    @Test func answers() throws {
        var count = 0
        try each("xml/responses", "xml/responses", ".xml") { name, operation, body, expected in
            count += 1
            if Self.special.contains(name) { return }
            var expected = ProtocolCase.withoutNulls(ProtocolCase.typed(expected, operation.output))
            expected["ResponseMetadata"] = nil
            let output = try ClientCodec.decode(
                WireResponse(status: 200, body: .bytes(body)), operation: operation, service: operation.service,
                protocol: spoken(operation, xml: true))
            if !ProtocolCase.same(ProtocolCase.plain(output), ProtocolCase.plain(expected)) {
                Issue.record(
                    "\(name): read \(ProtocolCase.show(output).prefix(1500)), not \(ProtocolCase.show(expected).prefix(1500))"
                )
            }
        }
        print("response parsing: \(count) answers")
        #expect(count > 100)
    }

    @Test(arguments: [("xml/errors", "xml/errors", ".xml"), ("json/errors", "json/expected", ".json")])
    func errors(_ bodies: String, _ results: String, _ suffix: String) throws {
        var count = 0
        try each(bodies, results, suffix) { name, operation, body, expected in
            count += 1
            var body = body
            var headers: [(name: String, value: String)] = []
            if suffix == ".json", var map = try JSON.parse(body).map, let given = map["__headers__"]?.map {
                headers = given.map { ($0.key, $0.value.string ?? "") }
                map["__headers__"] = nil
                body = JSON.write(.map(map))
            }
            let error = #expect(throws: WireError.self) {
                try ClientCodec.decode(
                    WireResponse(status: 400, headers: headers, body: .bytes(body)), operation: operation,
                    service: operation.service, protocol: spoken(operation, xml: suffix == ".xml"))
            }
            #expect(error?.code == expected["Error"]?["Code"]?.string, "\(name)")
            #expect(error?.message == expected["Error"]?["Message"]?.string ?? "", "\(name)")
            if let id = expected["ResponseMetadata"]?["RequestId"]?.string {
                #expect(error?.requestID == id, "\(name)")
            }
        }
        print("response parsing: \(count) errors in \(bodies)")
        #expect(count >= 5)
    }

    private func spoken(_ operation: Operation, xml: Bool) -> WireProtocol {
        let service = operation.service
        return xml && BodyFormat(service.wireProtocol) != .xml ? .query : service.wireProtocol
    }

    private func each(
        _ bodies: String, _ results: String, _ suffix: String,
        _ body: (String, Operation, [UInt8], AWSValue) throws -> Void
    ) throws {
        for file in Files.list("\(Self.folder)/\(bodies)") where file.hasSuffix(suffix) {
            let name = String(file.dropLast(suffix.count))
            let parts = name.split(separator: "-", maxSplits: 1).map(String.init)
            let snake = parts[1].prefix { $0 != "#" }.map { $0 == "-" ? "_" : $0 }
            let service = try #require(Catalog.builtIn.service(parts[0]), "\(name)")
            let operation = try #require(service.operation(snakeCase: String(snake)), "\(name)")
            let bytes = try #require(try Files.read("\(Self.folder)/\(bodies)/\(file)"))
            do {
                try body(name, operation, bytes, try PublicSuites.json("\(Self.folder)/\(results)/\(name).json"))
            } catch {
                Issue.record("\(name): threw \(error)")
            }
        }
    }
}
