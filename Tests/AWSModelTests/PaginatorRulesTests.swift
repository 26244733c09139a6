import Testing

@testable import AWSModel

@Suite struct PaginatorRulesTests {
    private func rules(_ service: String, _ operation: String) throws -> PaginatorRules {
        try PaginatorRules(try #require(try Catalog.builtIn.open(service).paginator(operation)))
    }

    private func rules(_ paginator: String) throws -> PaginatorRules {
        let json = #"{"metadata": {"protocol": "json"}, "operations": {"List": {}}}"#
        let service = try Catalog.compile(
            name: "x", json: Array(json.utf8), paginators: Array(#"{"pagination": {"List": \#(paginator)}}"#.utf8))
        return try PaginatorRules(try #require(service.paginator("List")))
    }

    @Test func followsTokens() throws {
        let rules = try rules("codepipeline", "ListPipelines")
        #expect(rules.paginator.limitKey == "maxResults")
        let next = try rules.nextInput(after: ["pipelines": [], "nextToken": "t1"], input: ["maxResults": 5])
        #expect(next == ["maxResults": 5, "nextToken": "t1"])
        for end: AWSValue in [[:], ["nextToken": ""], ["nextToken": .null]] {
            #expect(try rules.nextInput(after: end, input: ["nextToken": "t1"]) == nil)
        }
    }

    @Test func theSameTokenTwiceIsAnError() throws {
        let rules = try rules("codepipeline", "ListPipelines")
        #expect(
            throws: PaginationFailure(
                operation: "ListPipelines", message: "ListPipelines gave the same nextToken twice")
        ) {
            try rules.nextInput(after: ["nextToken": "t1"], input: ["nextToken": "t1"])
        }
    }

    @Test func moreResultsDecides() throws {
        let rules = try rules("iam", "ListUsers")
        #expect(try rules.nextInput(after: ["IsTruncated": true, "Marker": "m"], input: [:]) == ["Marker": "m"])
        #expect(try rules.nextInput(after: ["IsTruncated": false, "Marker": "m"], input: [:]) == nil)
    }

    @Test func tokensMayBeExpressions() throws {
        let rules = try rules("s3", "ListObjects")
        let page: AWSValue = ["IsTruncated": true, "Contents": [["Key": "a"], ["Key": "b"]]]
        #expect(try rules.nextInput(after: page, input: ["Bucket": "x"]) == ["Bucket": "x", "Marker": "b"])
    }

    @Test func severalTokensEndOneByOne() throws {
        let rules = try rules("s3", "ListObjectVersions")
        let input: AWSMap = ["Bucket": "x", "KeyMarker": "k1", "VersionIdMarker": "v1"]
        let page: AWSValue = ["IsTruncated": true, "NextKeyMarker": "k2"]
        #expect(try rules.nextInput(after: page, input: input) == ["Bucket": "x", "KeyMarker": "k2"])
    }

    @Test func givesItems() throws {
        #expect(try rules("ec2", "DescribeInstances").items(of: ["Reservations": [1, 2]]) == [1, 2])
        #expect(try rules("ec2", "DescribeInstances").items(of: [:]) == [])
        let nested = try rules(#"{"input_token": "t", "output_token": "t", "result_key": "a.b"}"#)
        #expect(try nested.items(of: ["a": ["b": [3]]]) == [3])
    }

    @Test func mergesPages() throws {
        let rules = try rules(
            """
            {"input_token": "t", "output_token": "t", "result_key": ["Users", "Count", "Text", "Deep.Names"],
             "non_aggregate_keys": ["Owner", "Deep.Kind"]}
            """)
        let pages: [AWSValue] = [
            ["Users": ["a"], "Count": 1, "Text": "x", "Deep": ["Names": ["n"], "Kind": "k"], "Owner": "o1", "t": "1"],
            ["Users": ["b", "c"], "Count": 2, "Text": "y", "Deep": ["Names": ["m"]], "Owner": "o2"],
            ["Count": 4],
        ]
        #expect(
            try rules.merged(pages) == [
                "Users": ["a", "b", "c"], "Count": 7, "Text": "xy", "Deep": ["Names": ["n", "m"], "Kind": "k"],
                "Owner": "o1",
            ])
        #expect(try rules.merged([]) == [:])
    }
}
