import Testing

@testable import AWSSigning

/// The worked examples of the Amazon S3 API Reference ("Signature Calculations for the Authorization Header").
@Suite struct S3DocumentationExamples {
    let credentials = Credentials(
        accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    let signer = SigV4(service: "s3", region: "us-east-1")
    let host = (name: "Host", value: "examplebucket.s3.amazonaws.com")
    let time = 1_369_353_600.0  // 2013-05-24T00:00:00Z

    private func signature(_ request: SigningRequest) -> String? {
        signer.sign(request, credentials: credentials, at: time).last?.value.split(separator: "=").last.map(String.init)
    }

    @Test func getObject() {
        let request = SigningRequest(
            method: "GET", path: "/test.txt", headers: [host, ("Range", "bytes=0-9")], payload: .bytes([]))
        #expect(signature(request) == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    @Test func putObject() {
        let request = SigningRequest(
            method: "PUT", path: "/test%24file.text",
            headers: [
                host, ("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ], payload: .bytes(Array("Welcome to Amazon S3.".utf8)))
        #expect(signature(request) == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
    }

    @Test func parameterWithoutValue() {
        let request = SigningRequest(method: "GET", target: "/?lifecycle", headers: [host], payload: .bytes([]))
        #expect(signature(request) == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
    }

    @Test func listObjects() {
        let request = SigningRequest(
            method: "GET", target: "/?max-keys=2&prefix=J", headers: [host], payload: .bytes([]))
        #expect(signature(request) == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
    }

    @Test func presignedURL() {
        let request = SigningRequest(method: "GET", path: "/test.txt", headers: [host], payload: .bytes([]))
        let parameters = signer.presign(request, credentials: credentials, at: time, expires: 86400)
        #expect(parameters.map(\.name).contains("X-Amz-Content-SHA256") == false)
        #expect(
            parameters.last?.value == "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
    }

    @Test func chunkedUpload() throws {
        let request = SigningRequest(
            method: "PUT", path: "/examplebucket/chunkObject.txt",
            headers: [
                ("Host", "s3.amazonaws.com"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                ("Content-Encoding", "aws-chunked"), ("x-amz-decoded-content-length", "66560"),
                ("Content-Length", "66824"),
            ], payload: .streaming("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"))
        var signed = request
        signed.headers += signer.sign(request, credentials: credentials, at: time)
        #expect(signature(request) == "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")

        let identity = try SigV4.verify(signed, now: time + 60) { _ in credentials.secretAccessKey }
        var chunks = try #require(identity.chunks)
        let letters = { (count: Int) in [UInt8](repeating: UInt8(ascii: "a"), count: count) }
        let expected = [
            (65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
            (1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
            (0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
        ]
        for (count, signature) in expected {
            let accepted = chunks.verify(letters(count), signature: signature)
            #expect(accepted)
        }
    }
}

/// The rules that a signature must follow, one by one.
@Suite struct CanonicalFormTests {
    private func canonical(
        _ target: String, headers: [(name: String, value: String)] = [], service: String = "service"
    ) -> [String] {
        let request = SigningRequest(
            method: "GET", target: target, headers: [("Host", "example.com")] + headers, payload: .bytes([]))
        let form = CanonicalRequest(
            request, payloadLine: "HASH", doubleEncodesPath: SigV4(service: service, region: "r").doubleEncodesPath)
        return String(decoding: form.bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
    }

    @Test(arguments: [
        ("", "/"), ("/", "/"), ("/a/./b//c/../d", "/a/b/d"), ("/..", "/"), ("/a/", "/a/"), ("/a%20b", "/a%2520b"),
        ("/a:b", "/a%3Ab"), ("//a//", "/a/"),
    ])
    func pathsAreNormalizedAndEncodedTwice(path: String, expected: String) {
        #expect(canonical(path)[1] == expected)
    }

    @Test(arguments: [
        ("", "/"), ("/a/./b//c/../d", "/a/./b//c/../d"), ("/a%20b", "/a%20b"), ("/a%2fb", "/a%2Fb"), ("/a+b", "/a%2Bb"),
        ("/%e1%88%b4~", "/%E1%88%B4~"),
    ])
    func pathsOfS3AreKeptAsTheyAre(path: String, expected: String) {
        #expect(canonical(path, service: "s3")[1] == expected)
    }

    @Test(arguments: [
        ("/?b=1&a=2", "a=2&b=1"), ("/?a=2&a=1", "a=1&a=2"), ("/?a-b=1&a=2", "a=2&a-b=1"), ("/?x", "x="),
        ("/?a=b=c", "a=b%3Dc"), ("/?k=%2f+", "k=%2F%20"), ("/?A=1&a=0", "A=1&a=0"),
    ])
    func queriesAreSortedAfterEncoding(target: String, expected: String) {
        #expect(canonical(target)[2] == expected)
    }

    @Test func headersAreLoweredTrimmedMergedAndSorted() {
        let lines = canonical(
            "/",
            headers: [("X-B", "  two   words \t"), ("x-a", "1"), ("X-A", "0"), ("User-Agent", "no"), ("Expect", "no")])
        #expect(lines[3...5] == ["host:example.com", "x-a:1,0", "x-b:two words"])
        #expect(lines[7] == "host;x-a;x-b")
    }

    @Test func timeStamps() {
        for (seconds, stamp) in [
            (0.0, "19700101T000000Z"), (1_440_938_160, "20150830T123600Z"), (951_827_696, "20000229T123456Z"),
            (4_107_542_399, "21000228T235959Z"), (1_709_251_199.9, "20240229T235959Z"),
        ] {
            #expect(SigningTime(seconds).stamp == stamp)
            #expect(SigningTime.seconds(stamp) == seconds.rounded(.down))
        }
        for broken in ["", "20150830T123600", "2015-08-30T12:36:00Z", "20151330T123600Z", "20150830T256000Z"] {
            #expect(SigningTime.seconds(broken) == nil)
        }
    }
}

/// Signature Version 4a: the derived key is the one that AWS publishes for its example credentials; a signature made
/// with it cannot be foreseen, so it is verified.
@Suite struct SigV4ATests {
    let credentials = Credentials(
        accessKeyID: "AKISORANDOMAASORANDOM", secretAccessKey: "q+jcrXGc+0zWN6uzclKVhvMmUsIfRPa4rlRandom")

    @Test func derivesThePublishedKey() throws {
        let key = try #require(SigV4A.key(credentials))
        let point = key.publicPoint
        #expect(
            Hex.encode(Array(point[1...32])) == "15d242ceebf8d8169fd6a8b5a746c41140414c3b07579038da06af89190fffcb")
        #expect(
            Hex.encode(Array(point[33...64])) == "0515242cedd82e94799482e4c0514b505afccf2c0c98d6a553bf539f424c5ec0")
    }

    @Test func signsWithIt() throws {
        let signer = SigV4A(service: "s3", regionSet: "*")
        let request = SigningRequest(
            method: "GET", path: "/key", headers: [("host", "mrap.accesspoint.s3-global.amazonaws.com")],
            payload: .bytes([]))
        let added = signer.sign(request, credentials: credentials, at: 1_440_938_160)
        var signed = request
        signed.headers = request.headers.replacing(with: added.dropLast().map { $0 })
        let canonical = CanonicalRequest(signed, payloadLine: request.payload.line, doubleEncodesPath: false)
        let text = signer.stringToSign(canonical, time: SigningTime(1_440_938_160))
        let hex = try #require(added.last?.value.split(separator: "=").last)
        let signature = try #require(Hex.decode(hex))
        let key = try #require(SigV4A.key(credentials))
        #expect(key.verifies(signature, of: Array(text.utf8)))
        #expect(added.contains { $0.name == "X-Amz-Region-Set" && $0.value == "*" })
        #expect(key.signRaw([1, 2, 3]).count == 64)
        #expect(
            added.last?.value.contains(
                "/20150830/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-region-set")
                == true)
    }
}
