import AWSModel
import AWSSigning
import Foundation
import Testing

@testable import AWSClient

/// What AWS expects of a client beyond its models, and what answers bring that the models do not foresee.
@Suite struct CustomsTests {
    private func offline(
        _ service: String, _ variables: [String: String] = [:], region: String? = "eu-west-1"
    ) throws -> AWSClient {
        var all = ["AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "SECRET"]
        all["AWS_REGION"] = region
        var configuration = ClientConfiguration(
            session: session(all.merging(variables) { $1 }, clock: FakeClock(now: 1_700_000_000)))
        configuration.maxAttempts = 1
        return AWSClient(service: try Catalog.builtIn.open(service), configuration: configuration)
    }

    private func presign(_ client: AWSClient, _ name: String, _ input: AWSValue) async throws -> PreparedRequest {
        try await client.presign(try #require(client.service.operation(name)), input, expires: 60)
    }

    private func form(_ request: PreparedRequest) throws -> [String: String] {
        guard case .bytes(let bytes) = request.body else { return [:] }
        return Dictionary(try QueryString.parseForm(bytes).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    // MARK: Requests

    @Test func presignedUploadsKeepTheirType() async throws {
        let s3 = try offline("s3")
        let typed = try await presign(s3, "PutObject", ["Bucket": "demo", "Key": "k", "ContentType": "text/plain"])
        #expect(typed.url.contains("X-Amz-SignedHeaders=content-type%3Bhost&"))
        let untyped = try await presign(s3, "PutObject", ["Bucket": "demo", "Key": "k"])
        #expect(untyped.url.contains("X-Amz-SignedHeaders=host&"))
    }

    @Test func speechHasAURL() async throws {
        let request = try await presign(
            try offline("polly"), "SynthesizeSpeech",
            ["OutputFormat": "mp3", "Text": "hi there", "VoiceId": "Joanna", "LexiconNames": ["a", "b"]])
        #expect(request.method == "GET" && request.body == .bytes([]))
        #expect(request.url.hasPrefix("https://polly.eu-west-1.amazonaws.com/v1/speech?"))
        for pair in ["OutputFormat=mp3", "Text=hi%20there", "VoiceId=Joanna", "LexiconNames=a", "LexiconNames=b"] {
            #expect(request.url.contains(pair))
        }
        #expect(request.url.contains("X-Amz-SignedHeaders=host&"))
    }

    @Test func tokensOfBedrockGoBeforeSignatures() async throws {
        let input: AWSValue = ["modelId": "m", "messages": []]
        let token = try await offline("bedrock-runtime", ["AWS_BEARER_TOKEN_BEDROCK": "key-1"])
            .prepare("Converse", input)
        #expect(token.header("authorization") == "Bearer key-1")
        let signed = try await offline("bedrock-runtime").prepare("Converse", input)
        #expect(signed.header("authorization")?.hasPrefix("AWS4-HMAC-SHA256 ") == true)
    }

    @Test func copiesOfSnapshotsBringASignedURL() async throws {
        let ec2 = try offline("ec2")
        let input: AWSValue = ["SourceRegion": "us-west-2", "SourceSnapshotId": "snap-1", "Encrypted": true]
        let sent = try form(try await ec2.prepare("CopySnapshot", input))
        #expect(sent["DestinationRegion"] == "eu-west-1" && sent["SourceRegion"] == "us-west-2")
        let url = try #require(sent["PresignedUrl"])
        #expect(url.hasPrefix("https://ec2.us-west-2.amazonaws.com/?Action=CopySnapshot&"))
        for part in [
            "SourceSnapshotId=snap-1", "DestinationRegion=eu-west-1", "%2Fus-west-2%2Fec2%2Faws4_request",
            "X-Amz-Signature=",
        ] { #expect(url.contains(part), "\(part) in \(url)") }
        let given = try form(
            try await ec2.prepare(
                "CopySnapshot",
                ["SourceRegion": "us-west-2", "SourceSnapshotId": "snap-1", "PresignedUrl": "https://given"]))
        #expect(given["PresignedUrl"] == "https://given")
    }

    @Test func copiesOfDatabasesToo() async throws {
        let rds = try offline("rds")
        let source = "arn:aws:rds:us-west-2:111122223333:snapshot:s"
        let input: AWSValue = [
            "SourceDBSnapshotIdentifier": .string(source), "TargetDBSnapshotIdentifier": "t",
            "SourceRegion": "us-west-2",
        ]
        let sent = try form(try await rds.prepare("CopyDBSnapshot", input))
        #expect(sent["SourceRegion"] == nil && sent["DestinationRegion"] == nil)
        let url = try #require(sent["PreSignedUrl"])
        #expect(url.hasPrefix("https://rds.us-west-2.amazonaws.com/?Action=CopyDBSnapshot&"))
        #expect(url.contains("DestinationRegion=eu-west-1") && url.contains("%2Fus-west-2%2Frds%2Faws4_request"))
        var local = input
        local["SourceRegion"] = nil
        #expect(try form(try await rds.prepare("CopyDBSnapshot", local))["PreSignedUrl"] == nil)
    }

    @Test func archivesBringTheHashOfTheirTree() async throws {
        let glacier = try offline("glacier")
        func hashes(_ body: [UInt8]) async throws -> [String?] {
            let request = try await glacier.prepare("UploadArchive", ["vaultName": "v", "body": .blob(body)])
            return [request.header("x-amz-content-sha256"), request.header("x-amz-sha256-tree-hash")]
        }
        let small = Digest.sha256Hex(Array("hello".utf8))
        #expect(try await hashes(Array("hello".utf8)) == [small, small])
        let (first, second) = ([UInt8](repeating: 1, count: 1 << 20), [UInt8](repeating: 2, count: 1 << 20))
        let pair = Digest.hash(Digest.hash(first, .sha256) + Digest.hash(second, .sha256), .sha256)
        let tree = Digest.hash(pair + Digest.hash([3], .sha256), .sha256)
        #expect(
            try await hashes(first + second + [3]) == [Digest.sha256Hex(first + second + [3]), Hex.encode(tree)])
        let directory = try TemporaryDirectory()
        let path = directory.path + "/archive"
        try Data(first + second + [3]).write(to: URL(fileURLWithPath: path))
        let request = try await glacier.prepare(
            "UploadArchive", ["vaultName": "v", "body": .body(.file(path: path, offset: 0, length: (2 << 20) + 1))])
        #expect(request.header("x-amz-sha256-tree-hash") == Hex.encode(tree))
    }

    /// IAM has no region, S3 and STS have an endpoint without one; others must be told.
    @Test(
        arguments: [
            ("iam", "ListUsers", "https://iam.amazonaws.com/", "us-east-1/iam"),
            ("route53", "ListHostedZones", "https://route53.amazonaws.com/2013-04-01/hostedzone", "us-east-1/route53"),
            ("s3", "ListBuckets", "https://s3.amazonaws.com/", "us-east-1/s3"),
            ("sts", "GetCallerIdentity", "https://sts.amazonaws.com/", "us-east-1/sts"),
            ("organizations", "ListRoots", "https://organizations.us-east-1.amazonaws.com/", "us-east-1/organizations"),
        ]) func withoutARegion(_ service: String, _ operation: String, _ url: String, _ scope: String) async throws
    {
        let request = try await offline(service, region: nil).prepare(operation)
        #expect(request.url.hasPrefix(url))
        #expect(request.header("authorization")?.contains("/\(scope)/aws4_request") == true)
    }

    @Test(
        arguments: [
            ("ec2", "DescribeVpcs"), ("sqs", "ListQueues"), ("codepipeline", "ListPipelines"),
            ("globalaccelerator", "ListAccelerators"),
        ]) func withoutARegionThatIsNeeded(_ service: String, _ operation: String) async throws
    {
        let client = try offline(service, region: nil)
        let error = await client.failure(operation)
        #expect(error?.message.hasPrefix("no region: give one") == true, "\(String(describing: error))")
    }

    @Test func headersOfTheCallersOwnAreNotSentTwice() async throws {
        let server = try TestServer.scripted(Script.json())
        let client = try client("codepipeline", server)
        let options = CallOptions(headers: [("host", "pipelines.example"), ("user-agent", "mine")])
        _ = try await client.call("ListPipelines", options: options)
        let request = try #require(server.requests.first)
        #expect(request.headers.filter { $0.name.lowercased() == "host" }.map(\.value) == ["pipelines.example"])
        #expect(request.headers.filter { $0.name.lowercased() == "user-agent" }.map(\.value) == ["mine"])
        let identity = try SigV4.verify(
            SigningRequest(
                method: request.method, target: request.target, headers: request.headers, payload: .bytes(request.body)),
            now: client.configuration.session.clock.now, service: "codepipeline"
        ) { _ in "SECRET" }
        #expect(identity.accessKeyID == "AKID")
    }

    // MARK: Answers

    @Test func whatAnObjectSaysOfItsExpiryNeedBeNoDate() async throws {
        for (text, date) in [("never", nil), ("Tue, 14 Nov 2023 22:13:20 GMT", 1_700_000_000 as Double?)] {
            let server = try TestServer.scripted { _, connection in
                connection.respond(headers: ["Expires": text], body: "content")
            }
            let output = try await client("s3", server).call("GetObject", ["Bucket": "demo", "Key": "k"]).output
            #expect(output["ExpiresString"] == .string(text) && output["Expires"]?.double == date)
            #expect(output["Body"] == .body(.bytes(Array("content".utf8))))
        }
    }

    @Test func damagedAnswersOfDynamoDBAreAskedForAgain() async throws {
        let body = #"{"TableNames":["t"]}"#
        var checksum = CRC32.iso
        checksum.update(Array(body.utf8))
        let server = try TestServer.scripted(
            Script.json(200, #"{"TableNames":["x"]}"#, headers: ["x-amz-crc32": "\(checksum.value)"]),
            Script.json(200, body, headers: ["x-amz-crc32": "\(checksum.value)"]))
        let result = try await client("dynamodb", server).call("ListTables")
        #expect(result.output["TableNames"] == ["t"] && result.metadata.attempts == 2)
        let damaged = try TestServer.scripted(Script.json(200, body, headers: ["x-amz-crc32": "1"]))
        let error = await (try client("dynamodb", damaged) { $0.maxAttempts = 1 }).failure("ListTables")
        #expect(error?.code == "ChecksumMismatch")
    }

    /// Of the ways to write a boolean in XML, and of none at all.
    @Test(arguments: [("true", true), ("TRUE", true), ("1", true), ("False", false), ("0", false), ("", false)])
    func booleansInXML(_ text: String, _ value: Bool) throws {
        let s3 = try offline("s3")
        let output = try s3.parse(
            try #require(s3.service.operation("ListObjectsV2")), status: 200, headers: [],
            body: Array("<ListBucketResult><IsTruncated>\(text)</IsTruncated></ListBucketResult>".utf8))
        #expect(output["IsTruncated"] == .bool(value))
    }

    /// A login page, read as XML, would say that there is nothing.
    @Test(
        arguments: [("ec2", "DescribeInstances"), ("s3", "ListBuckets"), ("iam", "ListRoles"), ("s3", "ListObjectsV2")])
    func aPageIsNoAnswer(_ service: String, _ operation: String) throws {
        let client = try offline(service)
        for page in ["<html><body>log in</body></html>", "\n <HTML>\n</HTML>"] {
            let error = #expect(throws: AWSError.self) {
                try client.parse(
                    try #require(client.service.operation(operation)), status: 200, headers: [], body: Array(page.utf8))
            }
            #expect(error?.code == "InvalidResponse" && error?.message.contains("HTML") == true)
        }
    }

    @Test func anObjectMayBeAPage() async throws {
        let page = "<html></html>"
        let server = try TestServer.scripted { _, connection in connection.respond(body: page) }
        let output = try await client("s3", server).call("GetObject", ["Bucket": "demo", "Key": "k.html"]).output
        #expect(output["Body"] == .body(.bytes(Array(page.utf8))))
    }

    @Test func parsingDoesWhatACallDoes() throws {
        let iam = try offline("iam")
        let body = """
            <GetRolePolicyResponse><GetRolePolicyResult><PolicyName>p</PolicyName><RoleName>r</RoleName>\
            <PolicyDocument>%7B%22Version%22%3A%222012-10-17%22%7D</PolicyDocument></GetRolePolicyResult>\
            </GetRolePolicyResponse>
            """
        let policy = try iam.parse(
            try #require(iam.service.operation("GetRolePolicy")), status: 200, headers: [], body: Array(body.utf8))
        #expect(policy["PolicyDocument"] == ["Version": "2012-10-17"])
        let s3 = try offline("s3")
        let listing = try s3.parse(
            try #require(s3.service.operation("ListObjectsV2")), status: 200, headers: [],
            body: Array(
                """
                <ListBucketResult><EncodingType>url</EncodingType><Contents><Key>a%2Bb+c</Key></Contents>\
                </ListBucketResult>
                """.utf8))
        #expect(listing["Contents"]?.list?.first?["Key"] == "a+b c")
    }

    @Test func anOlderCodeHasItsModelledNameToo() async throws {
        let server = try TestServer.scripted(
            Script.json(
                400, #"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no such queue"}"#,
                headers: ["x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender"]))
        let error = await (try client("sqs", server)).failure("GetQueueUrl", ["QueueName": "q"])
        #expect(error?.code == "AWS.SimpleQueueService.NonExistentQueue")
        #expect(error?.modelledCode == "QueueDoesNotExist")
    }
}
