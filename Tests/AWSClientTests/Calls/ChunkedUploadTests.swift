import AWSModel
import AWSSigning
import Foundation
import Testing

@testable import AWSClient

/// Files go to S3 in chunks, read once, with their checksum behind them.
@Suite struct ChunkedUploadTests {
    private let directory: TemporaryDirectory
    private let clock = FakeClock()

    init() throws { directory = try TemporaryDirectory() }

    private func input(_ content: [UInt8], _ more: AWSMap = [:]) throws -> AWSValue {
        let path = directory.path + "/object"
        try Data(content).write(to: URL(filePath: path))
        var input: AWSMap = [
            "Bucket": "demo", "Key": "k", "Body": .body(.file(path: path, offset: 0, length: Int64(content.count))),
        ]
        for (name, value) in more { input[name] = value }
        return .map(input)
    }

    private func content(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) } }

    private static func crc32(_ content: [UInt8]) -> String {
        var crc = CRC32.iso
        crc.update(content)
        return Base64.encode(crc.bytes)
    }

    /// Checks the request's signature and each chunk's, as S3 does.
    private func verify(_ request: TestRequest) throws -> ChunkedContent {
        let payload = try #require(request.header("x-amz-content-sha256"))
        let identity = try SigV4.verify(
            SigningRequest(
                method: request.method, target: request.target, headers: request.headers, payload: .streaming(payload)),
            now: clock.now, service: "s3"
        ) { _ in "SECRET" }
        var chain = try #require(identity.chunks)
        let coded = try ChunkedContent(request.body)
        for (number, chunk) in coded.chunks.enumerated() {
            let isTrue = chain.verify(chunk.content, signature: chunk.signature ?? "")
            #expect(isTrue, "chunk \(number)")
        }
        if let checksum = coded.trailers.first, checksum.name != "x-amz-trailer-signature" {
            let signature = chain.trailer(Array("\(checksum.name):\(checksum.value)\n".utf8))
            #expect(coded.trailer("x-amz-trailer-signature") == signature)
        }
        return coded
    }

    /// Less than a chunk, one chunk to the byte, one byte more, several.
    @Test(arguments: [1, 65535, 65536, 65537, 300_000])
    func chunksAreSignedWhereThereIsNoTLS(count: Int) async throws {
        let server = try TestServer.scripted({ _, connection in connection.respond(200, headers: ["ETag": "\"e\""]) })
        let content = content(count)
        let result = try await client("s3", server, clock: clock).call("PutObject", try input(content))
        #expect(result.output["ETag"] == "\"e\"")
        let request = try #require(server.requests.first)
        #expect(server.requests.count == 1)
        #expect(request.header("x-amz-content-sha256") == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
        #expect(request.header("content-encoding") == "aws-chunked")
        #expect(request.header("x-amz-decoded-content-length") == String(count))
        #expect(request.header("content-length") == String(request.body.count))
        #expect(request.header("x-amz-trailer") == "x-amz-checksum-crc32")
        let coded = try verify(request)
        #expect(coded.content == content)
        #expect(coded.chunks.dropLast().dropLast().allSatisfy { $0.content.count == 65536 })
        #expect(coded.trailer("x-amz-checksum-crc32") == Self.crc32(content))
    }

    @Test func eachAttemptSignsItsOwnChunks() async throws {
        let server = try TestServer.scripted(
            { _, connection in connection.respond(503) }, Script.close, { _, connection in connection.respond(200) })
        let content = content(200_000)
        let result = try await client("s3", server, clock: clock).call("PutObject", try input(content))
        #expect(result.metadata.attempts == 3)
        for request in server.requests { #expect(try verify(request).content == content) }
    }

    @Test func algorithmsOfChoiceAndGivenChecksums() async throws {
        let server = try TestServer.scripted({ _, connection in connection.respond(200) })
        let client = try client("s3", server, clock: clock)
        let content = content(70_000)
        for algorithm in ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] {
            _ = try await client.call("PutObject", try input(content, ["ChecksumAlgorithm": .string(algorithm)]))
            let request = try #require(server.requests.last)
            let coded = try verify(request)
            let name = "x-amz-checksum-\(algorithm.lowercased())"
            #expect(
                request.header("x-amz-trailer") == name && request.header("x-amz-sdk-checksum-algorithm") == algorithm)
            let known = try #require(ChecksumAlgorithm(rawValue: algorithm.lowercased()))
            let whole = try await FileHash.digest(.bytes(content), known)
            #expect(coded.trailer(name) == Base64.encode(whole))
        }
        // The caller's own stands in a header, and only the chunks are signed.
        _ = try await client.call("PutObject", try input(content, ["ChecksumCRC32": .string(Self.crc32(content))]))
        let given = try #require(server.requests.last)
        #expect(given.header("x-amz-content-sha256") == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
        #expect(given.header("x-amz-checksum-crc32") == Self.crc32(content) && given.header("x-amz-trailer") == nil)
        #expect(try verify(given).content == content)
    }

    @Test func theCallersEncodingStaysAndEmptyFilesAreNotChunked() async throws {
        let server = try TestServer.scripted({ _, connection in connection.respond(200) })
        let client = try client("s3", server, clock: clock)
        _ = try await client.call("PutObject", try input(content(10), ["ContentEncoding": "gzip"]))
        #expect(server.requests.last?.header("content-encoding") == "gzip,aws-chunked")
        _ = try await client.call("PutObject", try input([]))
        let empty = try #require(server.requests.last)
        #expect(empty.header("content-encoding") == nil && empty.body.isEmpty)
        #expect(empty.header("x-amz-checksum-crc32") == "AAAAAA==")
    }

    /// A file that shrinks while it is sent must not end as a shorter object.
    @Test func aFileThatIsShorterThanSaidIsAnError() async throws {
        let server = try TestServer.scripted({ _, connection in connection.respond(200) })
        var given = try input(content(1000))
        given["Body"] = .body(.file(path: directory.path + "/object", offset: 0, length: 200_000))
        let error = await (try client("s3", server, clock: clock)).failure("PutObject", given)
        #expect(error != nil && server.requests.isEmpty)
    }

    /// Over TLS the connection protects the chunks: they are not signed, the checksum is there all the same.
    @Test func chunksAreNotSignedOverTLS() async throws {
        let server = try await TLSEchoServer(directory)
        var configuration = ClientConfiguration(
            session: session([
                "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "SECRET", "AWS_REGION": "eu-west-1",
                "AWS_CA_BUNDLE": server.certificate,
            ]))
        configuration.endpoint = server.url
        let s3 = AWSClient(service: try Catalog.builtIn.open("s3"), configuration: configuration)
        let content = content(150_000)
        _ = try await s3.call("PutObject", try input(content))
        let request = try #require(await server.request())
        #expect(request.header("x-amz-content-sha256") == "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        #expect(request.header("content-length") == String(request.body.count))
        let coded = try ChunkedContent(request.body)
        #expect(coded.chunks.allSatisfy { $0.signature == nil } && coded.content == content)
        #expect(coded.trailers.map(\.name) == ["x-amz-checksum-crc32"])
        #expect(coded.trailer("x-amz-checksum-crc32") == Self.crc32(content))
    }
}
