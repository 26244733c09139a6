import Testing

@testable import AWSModel

/// Traits of the published models, as the codecs and the client read them.
@Suite struct ShapeTests {
    private func operation(_ service: String, _ name: String) throws -> Operation {
        try #require(try Catalog.builtIn.open(service).operation(name))
    }

    @Test func restTraits() throws {
        let put = try operation("s3", "PutObject")
        #expect(put.httpMethod == "PUT" && put.requestURI == "/{Bucket}/{Key+}")
        let input = try #require(put.input)
        #expect(input.payload == "Body")
        #expect(input.member("Body")?.isStreaming == true)
        #expect(input.member("Bucket")?.location == .uri)
        #expect(input.member("Bucket")?.contextParam == "Bucket")
        #expect(input.member("CacheControl")?.location == .header)
        #expect(input.member("CacheControl")?.wireName == "Cache-Control")
        #expect(input.member("Metadata")?.location == .headers)
        #expect(input.member("Metadata")?.wireName == "x-amz-meta-")
        #expect(put.httpChecksum?.requestAlgorithmMember == "ChecksumAlgorithm")
        let get = try operation("s3", "GetObject")
        #expect(get.httpChecksum?.responseAlgorithms.contains("CRC32") == true)
        #expect(get.httpChecksum?.requestValidationModeMember == "ChecksumMode")
        #expect(get.output?.member("LastModified")?.shape.kind == .timestamp)
        #expect(try operation("s3", "DeleteObjects").httpChecksum?.requestChecksumRequired == true)
    }

    @Test func xmlTraits() throws {
        let create = try operation("cloudfront", "CreateInvalidation")
        #expect(create.input?.member("InvalidationBatch")?.xmlNamespace?.uri.hasPrefix("http://cloudfront") == true)
        let zone = try operation("route53", "CreateHostedZone")
        #expect(zone.inputLocationName == "CreateHostedZoneRequest")
        #expect(zone.inputXMLNamespace?.uri == "https://route53.amazonaws.com/doc/2013-04-01/")
        let grantee = try #require(try Catalog.builtIn.open("s3").shape("Grant")?.member("Grantee"))
        #expect(grantee.xmlNamespace == XMLNamespace(uri: "http://www.w3.org/2001/XMLSchema-instance", prefix: "xsi"))
        #expect(grantee.shape.member("Type")?.xmlAttribute == true)
        let objects = try #require(try operation("s3", "ListObjectsV2").output?.member("Contents"))
        #expect(objects.flattened && objects.shape.element?.shape.name == "Object")
    }

    @Test func queryTraits() throws {
        let assume = try operation("sts", "AssumeRole")
        #expect(assume.resultWrapper == "AssumeRoleResult")
        let reservations = try #require(try operation("ec2", "DescribeInstances").output?.member("Reservations"))
        #expect(reservations.wireName == "reservationSet")
        #expect(reservations.shape.element?.locationName == "item")
        let filters = try #require(try operation("ec2", "DescribeInstances").input?.member("Filters"))
        #expect(filters.locationName == "Filter")
        #expect(try operation("ec2", "RunInstances").input?.member("ClientToken")?.idempotencyToken == true)
    }

    @Test func errorsAndFaults() throws {
        let codecommit = try Catalog.builtIn.open("codecommit")
        #expect(codecommit.shape("RepositoryDoesNotExistException")?.isException == true)
        let sqs = try Catalog.builtIn.open("sqs")
        #expect(sqs.isQueryCompatible)
        let conflict = try #require(try Catalog.builtIn.open("iam").shape("ConcurrentModificationException"))
        #expect(conflict.errorCode == "ConcurrentModification")
        #expect(conflict.errorStatus == 409 && conflict.isSenderFault == true)
        let lambda = try #require(try Catalog.builtIn.open("lambda").shape("TooManyRequestsException"))
        #expect(lambda.errorStatus == 429)
        let throttled = try #require(try Catalog.builtIn.open("accessanalyzer").shape("ThrottlingException"))
        #expect(throttled.retryable)
    }

    @Test func streamsUnionsAndDocuments() throws {
        let logs = try operation("logs", "StartLiveTail")
        let stream = try #require(logs.output?.member("responseStream")?.shape)
        #expect(stream.isEventStream && stream.member("sessionUpdate")?.shape.isEvent == true)
        #expect(logs.hostPrefix == "stream-")
        #expect(try Catalog.builtIn.open("rds-data").shape("Field")?.isUnion == true)
        let tools = try Catalog.builtIn.open("bedrock-runtime")
        #expect(tools.shapeNames.contains { tools.shape($0)?.isDocument == true })
    }

    @Test func contextParameters() throws {
        let express = try operation("s3", "CreateSession")
        #expect(express.staticContextParams["DisableS3ExpressSessionAuth"] == true)
        let batch = try operation("dynamodb", "BatchGetItem")
        #expect(batch.operationContextParams.first?.path == "keys(RequestItems)")
        #expect(try Catalog.builtIn.open("s3").clientContextParams.contains { $0.name == "ForcePathStyle" })
        #expect(try operation("sqs", "ReceiveMessage").longPoll)
        #expect(try operation("cloudwatch", "PutMetricData").requestCompression == ["gzip"])
        #expect(try operation("sts", "AssumeRoleWithWebIdentity").authType == "none")
    }

    @Test func membersAreFoundByBytesOfTheirWireName() throws {
        let output = try #require(try Catalog.builtIn.open("ec2").shape("Instance"))
        for (index, member) in output.members.enumerated() {
            var name = member.wireName
            name.withUTF8 { bytes in
                let bytes = UnsafeRawBufferPointer(bytes)
                #expect(output.memberIndex(wireName: bytes) == index)
                #expect(output.memberIndex(wireName: bytes, expected: index) == index)
            }
            #expect(output.memberIndex(member.name) == index)
        }
        var unknown = "noSuchMember"
        unknown.withUTF8 { #expect(output.memberIndex(wireName: UnsafeRawBufferPointer($0)) == nil) }
        #expect(output.member("") == nil)
    }

    @Test func handlesOutliveTheirService() throws {
        let json =
            #"{"metadata":{"protocol":"json"},"shapes":{"A":{"type":"structure","members":{"a":{"shape":"A"}}}}}"#
        let shape = try #require(try Catalog.compile(name: "x", json: Array(json.utf8)).shape("A"))
        #expect(shape.member("a")?.shape.member("a")?.shape == shape)
    }

    @Test func shapesAreDecodedOnceHoweverManyAsk() async throws {
        let service = try Catalog.compile(
            name: "x", json: Array(#"{"metadata":{"protocol":"json"},"shapes":{"A":{"type":"string"}}}"#.utf8))
        let shapes = await withTaskGroup(of: Shape?.self) { group in
            for _ in 0..<64 { group.addTask { service.shape("A") } }
            return await group.reduce(into: Set<Shape?>()) { $0.insert($1) }
        }
        #expect(shapes.count == 1 && !shapes.contains(nil))
    }
}
