import Testing

@testable import AWSModel

@Suite struct EndpointRulesTests {
    private func resolve(_ service: String, _ parameters: AWSMap) throws -> ResolvedEndpoint {
        try #require(try Catalog.builtIn.open(service).endpointRules).resolve(parameters: parameters)
    }

    @Test(
        arguments: [
            ("codepipeline", ["Region": "eu-west-1"], "https://codepipeline.eu-west-1.amazonaws.com"),
            (
                "codepipeline", ["Region": "us-east-1", "UseFIPS": true],
                "https://codepipeline-fips.us-east-1.amazonaws.com"
            ),
            ("codepipeline", ["Region": "cn-north-1"], "https://codepipeline.cn-north-1.amazonaws.com.cn"),
            ("codepipeline", ["Region": "us-east-1", "Endpoint": "http://127.0.0.1:1"], "http://127.0.0.1:1"),
            ("sts", ["Region": "aws-global"], "https://sts.amazonaws.com"),
            ("iam", ["Region": "eu-central-1"], "https://iam.amazonaws.com"),
            ("lambda", ["Region": "eu-west-1", "UseDualStack": true], "https://lambda.eu-west-1.api.aws"),
            ("s3", ["Region": "us-west-2", "Bucket": "my-bucket"], "https://my-bucket.s3.us-west-2.amazonaws.com"),
            (
                "s3", ["Region": "us-west-2", "Bucket": "my.bucket"],
                "https://s3.us-west-2.amazonaws.com/my.bucket"
            ),
            (
                "s3",
                ["Region": "us-west-2", "Bucket": "b-1", "ForcePathStyle": true, "Endpoint": "http://127.0.0.1:1"],
                "http://127.0.0.1:1/b-1"
            ),
            ("ec2", ["Region": "xx-new-9"], "https://ec2.xx-new-9.amazonaws.com"),
        ] as [(String, AWSMap, String)])
    func givesTheURL(service: String, parameters: AWSMap, url: String) throws {
        #expect(try resolve(service, parameters).url == url)
    }

    @Test func givesHowToSign() throws {
        let iam = try #require(try resolve("iam", ["Region": "eu-central-1"]).authSchemes.first)
        #expect(iam.name == "sigv4" && iam.signingRegion == "us-east-1")
        let bucket = try #require(try resolve("s3", ["Region": "eu-west-1", "Bucket": "b-1"]).authSchemes.first)
        #expect(bucket.signingName == "s3" && bucket.disableDoubleEncoding)
        let access = try resolve(
            "s3", ["Region": "us-west-2", "Bucket": "arn:aws:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap"])
        #expect(access.authSchemes.first?.name == "sigv4a" && access.authSchemes.first?.signingRegionSet == ["*"])
    }

    @Test func refusesInTheRulesWords() {
        #expect(throws: EndpointFailure("Invalid Configuration: Missing Region")) { try resolve("codepipeline", [:]) }
        #expect(throws: EndpointFailure("Invalid Configuration: FIPS and custom endpoint are not supported")) {
            try resolve("codepipeline", ["Region": "us-east-1", "UseFIPS": true, "Endpoint": "http://x"])
        }
        #expect(throws: EndpointFailure("the endpoint parameter UseFIPS must be a boolean")) {
            try resolve("codepipeline", ["Region": "us-east-1", "UseFIPS": "yes"])
        }
    }

    @Test func aModelWithoutRulesGetsTheStandardOnes() throws {
        let json = #"{"metadata":{"protocol":"json","endpointPrefix":"newthing"}}"#
        let service = try Catalog.compile(name: "newthing", json: Array(json.utf8))
        let endpoint = try #require(service.endpointRules).resolve(parameters: ["Region": "eu-west-1"])
        #expect(endpoint.url == "https://newthing.eu-west-1.amazonaws.com")
    }

    @Test func parsesURLs() {
        #expect(
            RuleFunctions.parseURL("https://example.com:8443/a/../b//c d/") == [
                "scheme": "https", "authority": "example.com:8443", "path": "/a/../b//c d/",
                "normalizedPath": "/b/c%20d/", "isIp": false,
            ])
        for url in ["http://127.0.0.1", "http://[::1]:80/x", "https://[2001:db8::ff00:42:8329]"] {
            #expect(RuleFunctions.parseURL(url)?["isIp"] == true, "\(url)")
        }
        for url in ["http://1.2.3", "http://[::1::2]", "http://a:80"] {
            #expect(RuleFunctions.parseURL(url)?["isIp"] == false, "\(url)")
        }
        for url in ["ftp://x", "https://x?q=1", "x", "", "http://x:99999", "http://x:port", "http:x"] {
            #expect(RuleFunctions.parseURL(url) == nil, "\(url)")
        }
    }

    @Test func parsesARNs() {
        #expect(
            RuleFunctions.parseARN("arn:aws:s3:::bucket/key:x") == [
                "partition": "aws", "service": "s3", "region": "", "accountId": "",
                "resourceId": ["bucket", "key", "x"],
            ])
        for text in ["arn:aws:s3::", "arn::s3:::x", "arn:aws::::x", "arn:aws:s3:::", "nra:aws:s3:::x"] {
            #expect(RuleFunctions.parseARN(text) == nil, "\(text)")
        }
    }

    @Test func judgesNames() {
        for name in ["abc", "a-b.c-d", "123"] { #expect(RuleFunctions.isBucketHost(name, dotted: true), "\(name)") }
        for name in ["ab", "aBc", "-ab", "ab-", "a..b", "1.2.3.4", "a_b", String(repeating: "a", count: 64)] {
            #expect(!RuleFunctions.isBucketHost(name, dotted: true), "\(name)")
        }
        #expect(!RuleFunctions.isHostLabel("a.b", dotted: false))
        #expect(RuleFunctions.substring("abcdef", from: 1, to: 3, fromEnd: true) == "de")
        #expect(RuleFunctions.substring("abc", from: 0, to: 4, fromEnd: false) == nil)
        #expect(RuleFunctions.substring("äbc", from: 0, to: 2, fromEnd: false) == nil)
        #expect(RuleFunctions.uriEncode("a/b c~é") == "a%2Fb%20c~%C3%A9")
    }

    @Test func knowsPartitions() {
        let partitions = Partitions.builtIn
        #expect(partitions.partition(forRegion: "us-gov-west-1").name == "aws-us-gov")
        #expect(partitions.partition(forRegion: "eusc-de-east-1").dnsSuffix == "amazonaws.eu")
        #expect(partitions.partition(forRegion: "eu-mars-7").name == "aws")
        #expect(partitions.partition(forRegion: "nowhere").name == "aws")
        #expect(partitions.partition(forRegion: "cn-newplace-3").name == "aws-cn")
        let ireland = partitions.partition(forRegion: "eu-west-1").regions.first { $0.name == "eu-west-1" }
        #expect(ireland?.location == "Europe (Ireland)")
    }
}
