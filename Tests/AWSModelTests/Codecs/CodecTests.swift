import Testing

@testable import AWSModel

/// What the protocols write and read, on a small model of our own: the rules that the public suites judge, for those who
/// do not have the suites.
@Suite struct CodecTests {
    @Test func json() throws {
        let service = try TestModel.service("json", metadata: ["jsonVersion": "1.0", "targetPrefix": "Test_1"])
        let operation = try #require(service.operation("Do"))
        let request = try ClientCodec.encode(TestModel.input, operation: operation, service: service)
        #expect(request.header("x-amz-target") == "Test_1.Do")
        #expect(request.header("content-type") == "application/x-amz-json-1.0")
        #expect(
            try JSON.parse(try request.body.bytes()) == [
                "Name": "n/ä", "Count": 3, "Ratio": 0.5, "On": true, "When": 1422172800, "Data": "AAE=",
                "Tags": ["a", "b"],
                "Flat": ["x"], "Map": ["k": 1], "Inner": ["renamed": "r"],
            ])
        let (routed, spoken) = try #require(ServerCodec.route(request, service: service))
        #expect(routed == operation && spoken == .json10)
        #expect(
            try ServerCodec.decode(request, operation: operation, service: service, protocol: spoken) == TestModel.input
        )
    }

    @Test func query() throws {
        let service = try TestModel.service("query")
        let operation = try #require(service.operation("Do"))
        let request = try ClientCodec.encode(TestModel.input, operation: operation, service: service)
        #expect(
            String(decoding: try request.body.bytes(), as: UTF8.self)
                == "Action=Do&Version=2020-01-01&Name=n%2F%C3%A4&Count=3&Ratio=0.5&On=true&When=2015-01-25T08%3A00%3A00Z&Data=AAE%3D"
                + "&Tags.member.1=a&Tags.member.2=b&Flat.1=x&Map.entry.1.key=k&Map.entry.1.value=1&Inner.renamed=r")
        let (routed, spoken) = try #require(ServerCodec.route(request, service: service))
        #expect(routed == operation && spoken == .query)
        #expect(
            try ServerCodec.decode(request, operation: operation, service: service, protocol: spoken) == TestModel.input
        )
    }

    @Test func ec2() throws {
        let service = try TestModel.service("ec2")
        let operation = try #require(service.operation("Do"))
        let request = try ClientCodec.encode(TestModel.input, operation: operation, service: service)
        let body = String(decoding: try request.body.bytes(), as: UTF8.self)
        #expect(body.contains("&Tags.1=a&Tags.2=b&Flat.1=x"))
        #expect(body.hasSuffix("&Inner.Renamed=r"))
        let input = try ServerCodec.decode(request, operation: operation, service: service, protocol: .ec2)
        #expect(input == TestModel.input)
    }

    @Test func cbor() throws {
        let service = try TestModel.service("smithy-rpc-v2-cbor", metadata: ["targetPrefix": "Test_1"])
        let operation = try #require(service.operation("Do"))
        let request = try ClientCodec.encode(TestModel.input, operation: operation, service: service)
        #expect(request.path == "/service/Test_1/operation/Do")
        let (routed, spoken) = try #require(ServerCodec.route(request, service: service))
        #expect(routed == operation && spoken == .rpcV2CBOR)
        #expect(
            try ServerCodec.decode(request, operation: operation, service: service, protocol: spoken) == TestModel.input
        )
    }

    @Test(arguments: ["rest-json", "rest-xml"]) func rest(_ name: String) throws {
        let service = try TestModel.service(name)
        let operation = try #require(service.operation("Put"))
        let input: AWSValue = [
            "Bucket": "b c", "Key": "x/y z", "Limit": 5, "Marks": ["p", "q r"], "Since": .timestamp(1422172800),
            "Headers": ["one": "1"], "List": ["a,b", "c"], "Doc": ["Renamed": "r"],
        ]
        let request = try ClientCodec.encode(input, operation: operation, service: service)
        #expect(request.target == "/v1/b%20c/x/y%20z?thing&limit=5&mark=p&mark=q%20r")
        #expect(request.header("x-since") == "Sun, 25 Jan 2015 08:00:00 GMT")
        #expect(request.header("x-meta-one") == "1")
        #expect(request.header("x-list") == "\"a,b\",c")
        let (routed, _) = try #require(ServerCodec.route(request, service: service))
        #expect(routed == operation)
        let read = try ServerCodec.decode(
            request, operation: operation, service: service, protocol: service.wireProtocol)
        #expect(read == input)
    }

    @Test(arguments: TestModel.protocols) func answersComeBack(_ name: String) throws {
        let service = try TestModel.service(name, metadata: ["targetPrefix": "Test_1", "jsonVersion": "1.1"])
        let operation = try #require(service.operation("Do"))
        let response = try ServerCodec.encode(
            TestModel.input, operation: operation, service: service, protocol: service.wireProtocol, requestID: "id-1")
        #expect(ClientCodec.requestID(of: response, protocol: service.wireProtocol) == "id-1")
        #expect(try ClientCodec.decode(response, operation: operation, service: service) == TestModel.input)
    }

    @Test(arguments: TestModel.protocols) func errorsComeBack(_ name: String) throws {
        let service = try TestModel.service(name, metadata: ["targetPrefix": "Test_1", "jsonVersion": "1.1"])
        let operation = try #require(service.operation("Do"))
        let response = ServerCodec.encodeError(
            code: "GoneException", message: "it <went>", fields: ["Where": "there"], operation: operation,
            service: service,
            protocol: service.wireProtocol, requestID: "id-2")
        #expect(response.status == 410)
        let error = #expect(throws: WireError.self) {
            try ClientCodec.decode(response, operation: operation, service: service)
        }
        #expect(error?.code == "GoneException")
        #expect(error?.message == "it <went>")
        #expect(error?.fields["Where"] == "there")
        #expect(error?.requestID == "id-2")
    }

    @Test(arguments: TestModel.protocols) func answersThatAreNoneGiveAnError(_ name: String) throws {
        let service = try TestModel.service(name, metadata: ["targetPrefix": "Test_1", "jsonVersion": "1.1"])
        let operation = try #require(service.operation("Do"))
        for body in [
            "", "<html><body>Bad gateway</body></html>", "<!DOCTYPE html><p>", "{", "<Error><Code>", "\u{0}\u{1}",
        ] {
            let response = WireResponse(status: 502, body: .bytes(Array(body.utf8)))
            let error = #expect(throws: WireError.self) {
                try ClientCodec.decode(response, operation: operation, service: service)
            }
            #expect(error?.status == 502)
            #expect(error?.code == "502")
        }
    }

    @Test func namesWhatCannotBeWritten() throws {
        let service = try TestModel.service("json", metadata: ["jsonVersion": "1.1", "targetPrefix": "T"])
        let operation = try #require(service.operation("Do"))
        func failure(_ input: AWSValue) -> EncodingFailure? {
            #expect(throws: EncodingFailure.self) {
                try ClientCodec.encode(input, operation: operation, service: service)
            }
        }
        #expect(
            failure(["Inner": ["Reanmed": "r"]])?.description
                == "Inner: Inner has no member Reanmed; did you mean Renamed?")
        #expect(failure(["Tags": ["a", 1, [:]]])?.path == "Tags[2]")
        #expect(failure(["Count": 1.5])?.path == "Count")
    }

    @Test func headersCannotBreakOut() throws {
        let service = try TestModel.service("rest-json")
        let operation = try #require(service.operation("Put"))
        for headers: AWSMap in [["a": "x\r\nEvil: 1"], ["a\nb": "x"]] {
            #expect(throws: EncodingFailure.self) {
                try ClientCodec.encode(
                    ["Bucket": "b", "Key": "k", "Headers": .map(headers)], operation: operation, service: service)
            }
        }
        #expect(throws: EncodingFailure.self) {
            try ClientCodec.encode(["Bucket": "", "Key": "k"], operation: operation, service: service)
        }
    }
}
