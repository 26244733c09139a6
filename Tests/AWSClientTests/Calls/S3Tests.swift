import AWSModel
import AWSSigning
import Foundation
import Testing

@testable import AWSClient

@Suite struct S3Tests {
    private func offline(
        _ service: String = "s3", region: String = "eu-west-1", _ change: (inout ClientConfiguration) -> Void = { _ in }
    ) throws -> AWSClient {
        var configuration = ClientConfiguration(
            session: session(
                ["AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "SECRET"], clock: FakeClock(now: 1_700_000_000)))
        configuration.region = region
        change(&configuration)
        return AWSClient(service: try Catalog.builtIn.open(service), configuration: configuration)
    }

    /// Bucket, key, change of the client → URL.
    @Test func addressing() async throws {
        func url(_ bucket: String, _ key: String, _ change: (inout ClientConfiguration) -> Void = { _ in }) async throws
            -> String
        {
            try await offline("s3", change).prepare("GetObject", ["Bucket": .string(bucket), "Key": .string(key)]).url
        }
        #expect(try await url("demo", "a/b c") == "https://demo.s3.eu-west-1.amazonaws.com/a/b%20c")
        #expect(try await url("demo.dots", "k") == "https://s3.eu-west-1.amazonaws.com/demo.dots/k")
        #expect(
            try await url("demo", "k") { $0.s3.addressingStyle = .path } == "https://s3.eu-west-1.amazonaws.com/demo/k")
        #expect(try await url("demo", "k") { $0.endpoint = "http://127.0.0.1:4566" } == "http://127.0.0.1:4566/demo/k")
        #expect(
            try await url("demo", "k") {
                $0.endpoint = "http://s3.local:1"
                $0.s3.addressingStyle = .virtual
            } == "http://demo.s3.local:1/k")
        #expect(
            try await url("demo", "k") { $0.usesDualStack = true }
                == "https://demo.s3.dualstack.eu-west-1.amazonaws.com/k")
        #expect(
            try await url("demo", "k") { $0.s3.usesAcceleration = true } == "https://demo.s3-accelerate.amazonaws.com/k"
        )
        #expect(
            try await url("arn:aws:s3:us-west-2:123456789012:accesspoint/ap", "k")
                == "https://ap-123456789012.s3-accesspoint.us-west-2.amazonaws.com/k")
        #expect(try await url("demo", "/a//../b") == "https://demo.s3.eu-west-1.amazonaws.com//a//../b")
        #expect(
            try await offline().prepare("ListObjectsV2", ["Bucket": "demo"]).url
                == "https://demo.s3.eu-west-1.amazonaws.com/?list-type=2&encoding-type=url")
    }

    @Test func multiRegionAccessPointsAreSignedForManyRegions() async throws {
        let request = try await offline().prepare(
            "GetObject", ["Bucket": "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap", "Key": "k"])
        #expect(request.url == "https://mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com/k")
        #expect(request.header("authorization")?.hasPrefix("AWS4-ECDSA-P256-SHA256") == true)
        #expect(request.header("x-amz-region-set") == "*")
    }

    @Test func checksums() async throws {
        let input: AWSValue = ["Bucket": "demo", "Key": "k", "Body": .body(.bytes(Array("hello world".utf8)))]
        let request = try await offline().prepare("PutObject", input)
        #expect(request.header("x-amz-checksum-crc32") == "DUoRhQ==")
        #expect(request.header("x-amz-sdk-checksum-algorithm") == "CRC32")
        #expect(request.header("x-amz-content-sha256") == "UNSIGNED-PAYLOAD", "TLS and the checksum protect it")
        var chosen = input
        chosen["ChecksumAlgorithm"] = "CRC64NVME"
        #expect(try await offline().prepare("PutObject", chosen).header("x-amz-checksum-crc64nvme") != nil)
        chosen["ChecksumAlgorithm"] = "SHA256"
        #expect(
            try await offline().prepare("PutObject", chosen).header("x-amz-checksum-sha256")
                == "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=")
        let plain = try await offline { $0.endpoint = "http://127.0.0.1:1" }.prepare("PutObject", input)
        #expect(
            plain.header("x-amz-content-sha256") == "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9",
            "signed where there is no TLS")
        let deletion: AWSValue = ["Bucket": "demo", "Delete": ["Objects": [["Key": "a"]]]]
        #expect(try await offline().prepare("DeleteObjects", deletion).header("x-amz-checksum-crc32") != nil)
    }

    @Test func answersAreCheckedAndFetchedAgain() async throws {
        let good = "hello world"
        let server = try TestServer.scripted(
            { _, connection in connection.respond(headers: ["x-amz-checksum-crc32": "DUoRhQ=="], body: "hellx world") },
            { _, connection in connection.respond(headers: ["x-amz-checksum-crc32": "DUoRhQ=="], body: good) },
            { _, connection in connection.respond(headers: ["x-amz-checksum-crc32": "abcd-3"], body: "of parts") })
        let client = try client("s3", server)
        let directory = try TemporaryDirectory()
        let path = directory.path + "/object"
        let result = try await client.call(
            "GetObject", ["Bucket": "demo", "Key": "k"], options: CallOptions(saveTo: path))
        #expect(result.metadata.attempts == 2)
        #expect(result.output["Body"] == .body(.file(path: path, offset: 0, length: 11)))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == good)
        #expect(server.requests.first?.header("x-amz-checksum-mode") == "ENABLED")
        let parts = try await client.call("GetObject", ["Bucket": "demo", "Key": "k"])
        #expect(parts.output["Body"]?.blob == Array("of parts".utf8))
        #expect(await client.failure("ListBuckets", options: CallOptions(saveTo: path))?.kind == .validation)
    }

    /// What was in the file before is only replaced by what was announced; nothing half-written is left beside it.
    @Test func aWrongBodyReplacesNoFile() async throws {
        let server = try TestServer.scripted({ _, connection in
            connection.respond(headers: ["x-amz-checksum-crc32": "DUoRhQ=="], body: "hellx world")
        })
        let client = try client("s3", server)
        let directory = try TemporaryDirectory()
        let path = directory.path + "/object"
        try "of yesterday".write(toFile: path, atomically: false, encoding: .utf8)
        let error = await client.failure(
            "GetObject", ["Bucket": "demo", "Key": "k"], options: CallOptions(saveTo: path))
        #expect(error?.code == "ChecksumMismatch" && error?.attempts == 3)
        #expect(error?.message.contains("not DUoRhQ== as announced") == true)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "of yesterday")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["object"])
    }

    @Test func errorsInsideSuccessesAreErrors() async throws {
        let slow = "<Error><Code>SlowDown</Code><Message>later</Message></Error>"
        let fine = "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>"
        let server = try TestServer.scripted(
            { _, connection in connection.respond(body: slow) }, { _, connection in connection.respond(body: fine) })
        let result = try await client("s3", server).call(
            "CopyObject", ["Bucket": "demo", "Key": "k", "CopySource": "a/b"])
        #expect(result.metadata.attempts == 2 && result.output["CopyObjectResult"]?["ETag"] == "e")
    }

    @Test func bucketsOfOtherRegionsAreFound() async throws {
        let server = try TestServer { request, connection in
            if request.header("authorization")?.contains("/us-west-2/s3/") == true {
                return connection.respond(body: "<ListBucketResult/>")
            }
            return connection.respond(
                301, headers: ["x-amz-bucket-region": "us-west-2"],
                body: "<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>")
        }
        let client = try client("s3", server)
        #expect(try await client.call("ListObjectsV2", ["Bucket": "demo"]).metadata.attempts == 2)
        #expect(try await client.call("ListObjectsV2", ["Bucket": "demo"]).metadata.attempts == 1, "remembered")
    }

    @Test func presignedURLs() async throws {
        let operation = try #require(try Catalog.builtIn.open("s3").operation("GetObject"))
        let request = try await offline().presign(operation, ["Bucket": "demo", "Key": "k"], expires: 60)
        let target = "/" + (try #require(request.url.split(separator: "/", maxSplits: 2).last))
        let identity = try SigV4.verify(
            SigningRequest(
                method: "GET", target: target, headers: [("host", "demo.s3.eu-west-1.amazonaws.com")],
                payload: .unsigned),
            now: 1_700_000_030
        ) { _ in "SECRET" }
        #expect(identity.isPresigned)
        let identityOperation = try #require(try Catalog.builtIn.open("sts").operation("GetCallerIdentity"))
        let sts = try await offline("sts").presign(identityOperation, [:])
        #expect(
            sts.method == "GET" && sts.url.contains("Action=GetCallerIdentity") && sts.url.contains("X-Amz-Signature="))
        await #expect(throws: AWSError.self) {
            try await offline().presign(operation, ["Bucket": "b", "Key": "k"], expires: 604_801)
        }
    }

    @Test func directoryBucketsGetASession() async throws {
        let server = try TestServer { request, connection in
            if request.target.contains("session") {
                return connection.respond(
                    body: """
                        <CreateSessionResult><Credentials><SessionToken>ST</SessionToken><SecretAccessKey>S</SecretAccessKey>\
                        <AccessKeyId>EXPRESS</AccessKeyId><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></CreateSessionResult>
                        """)
            }
            return connection.respond(body: "content")
        }
        let client = try client("s3", server)
        for _ in 0..<2 { _ = try await client.call("GetObject", ["Bucket": "demo--use1-az4--x-s3", "Key": "k"]) }
        let reads = server.requests.filter { !$0.target.contains("session") }
        #expect(server.requests.count == 3 && reads.count == 2, "one session for both")
        #expect(
            reads.allSatisfy {
                $0.header("x-amz-s3session-token") == "ST" && $0.header("authorization")?.contains("EXPRESS") == true
            })
    }

    // MARK: Other services' requests

    @Test func hostPrefixesCompressionAndUnsignedOperations() async throws {
        let discovery = try offline("servicediscovery")
        let input: AWSValue = ["NamespaceName": "n", "ServiceName": "s"]
        #expect(
            try await discovery.prepare("DiscoverInstances", input).url
                == "https://data-servicediscovery.eu-west-1.amazonaws.com/")
        let local = try offline("servicediscovery") { $0.endpoint = "http://127.0.0.1:1" }
        #expect(try await local.prepare("DiscoverInstances", input).url == "http://127.0.0.1:1/")

        // S3 Control's account stands before a name, never before an address; boto3 puts it before both, in vain.
        for (endpoint, host) in [
            ("http://127.0.0.1:1", "127.0.0.1:1"), ("https://[::1]:2/base", "[::1]:2"),
            ("https://10.1.2.3", "10.1.2.3"),
            ("http://control.test:3", "123456789012.control.test:3"),
        ] {
            let jobs = try await offline("s3control") { $0.endpoint = endpoint }
                .prepare("ListJobs", ["AccountId": "123456789012"])
            #expect(jobs.url.contains("://\(host)/") && jobs.url.hasSuffix("/v20180820/jobs"), "\(jobs.url)")
            #expect(jobs.header("x-amz-account-id") == "123456789012")
            #expect(jobs.url.contains("/base/") == endpoint.contains("/base"))
        }

        let data = (0..<200).map { AWSValue.map(["MetricName": .string("metric-\($0)-with-a-long-name"), "Value": 1]) }
        let metrics = try await offline("cloudwatch").prepare(
            "PutMetricData", ["Namespace": "demo", "MetricData": .list(data)])
        #expect(metrics.header("content-encoding") == "gzip")
        #expect(metrics.body.count < 4000)
        let small = try await offline("cloudwatch").prepare(
            "PutMetricData", ["Namespace": "demo", "MetricData": .list([data[0]])])
        #expect(small.header("content-encoding") == nil)

        let identity = try await offline("cognito-identity").prepare("GetId", ["IdentityPoolId": "eu-west-1:x"])
        #expect(identity.header("authorization") == nil)
    }

    @Test func globalServicesAndVariantsOfEndpoints() async throws {
        let iam = try await offline("iam").prepare("ListUsers")
        #expect(
            iam.url == "https://iam.amazonaws.com/" && iam.header("authorization")?.contains("/us-east-1/iam/") == true)
        #expect(
            try await offline("sts", region: "cn-north-1").prepare("GetCallerIdentity").url
                == "https://sts.cn-north-1.amazonaws.com.cn/")
        #expect(
            try await offline("codepipeline", region: "us-east-1") { $0.usesFIPS = true }.prepare("ListPipelines").url
                == "https://codepipeline-fips.us-east-1.amazonaws.com/")
    }
}
