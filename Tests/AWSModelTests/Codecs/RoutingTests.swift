import AWSModel
import Testing

/// S3 has many operations on two paths; the others are picked from services with long ones.
@Suite struct RoutingTests {
    @Test(arguments: [
        ("GET", "/", "ListBuckets"), ("PUT", "/b", "CreateBucket"), ("PUT", "/b/", "CreateBucket"),
        ("HEAD", "/b", "HeadBucket"),
        ("GET", "/b", "ListObjects"), ("GET", "/b?list-type=2&prefix=x", "ListObjectsV2"),
        ("GET", "/b?versions", "ListObjectVersions"),
        ("GET", "/b?location", "GetBucketLocation"), ("GET", "/b?uploads", "ListMultipartUploads"),
        ("POST", "/b?delete", "DeleteObjects"),
        ("PUT", "/b/k", "PutObject"), ("PUT", "/b/dir/k%20x?x-id=PutObject", "PutObject"),
        ("PUT", "/b/dir/", "PutObject"), ("PUT", "/b//", "PutObject"), ("PUT", "/b//k", "PutObject"),
        ("PUT", "/b/k?partNumber=1&uploadId=u", "UploadPart"), ("POST", "/b/k?uploads", "CreateMultipartUpload"),
        ("POST", "/b/k?uploadId=u", "CompleteMultipartUpload"), ("DELETE", "/b/k?uploadId=u", "AbortMultipartUpload"),
        ("DELETE", "/b/k", "DeleteObject"), ("GET", "/b/k", "GetObject"), ("GET", "/b/k?uploadId=u", "ListParts"),
        ("GET", "/b/k?tagging", "GetObjectTagging"), ("GET", "/b/k?acl", "GetObjectAcl"),
        ("PUT", "/b?policy", "PutBucketPolicy"),
    ])
    func s3(_ method: String, _ target: String, _ name: String) throws {
        #expect(try route("s3", method, target) == name)
    }

    @Test func s3CopiesByHeader() throws {
        let copy = [(name: "x-amz-copy-source", value: "/a/b")]
        #expect(try route("s3", "PUT", "/b/k", copy) == "CopyObject")
        #expect(try route("s3", "PUT", "/b/k?partNumber=1&uploadId=u", copy) == "UploadPartCopy")
    }

    @Test(arguments: [
        ("lambda", "POST", "/2015-03-31/functions/f/invocations", "Invoke"),
        ("lambda", "GET", "/2015-03-31/functions", "ListFunctions"),
        ("lambda", "GET", "/2015-03-31/functions/f", "GetFunction"),
        ("route53", "GET", "/2013-04-01/hostedzone", "ListHostedZones"),
        ("route53", "POST", "/2013-04-01/hostedzone/Z/rrset", "ChangeResourceRecordSets"),
        ("codeartifact", "POST", "/v1/domain?domain=d", "CreateDomain"), ("iam", "POST", "/", nil),
        ("s3", "PATCH", "/b", nil),
    ])
    func others(_ service: String, _ method: String, _ target: String, _ name: String?) throws {
        #expect(try route(service, method, target) == name)
    }

    private func route(
        _ name: String, _ method: String, _ target: String, _ headers: [(name: String, value: String)] = []
    ) throws -> String? {
        let service = try #require(Catalog.builtIn.service(name))
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        let request = WireRequest(
            method: method, path: parts[0], query: parts.count > 1 ? QueryString.split(parts[1]) : [], headers: headers)
        return ServerCodec.route(request, service: service)?.0.name
    }
}
