import AWSModel
import Testing

@testable import AWSClient

/// Walks over pages that end at a number of items and go on from there, as boto3's MaxItems and StartingToken.
@Suite struct LimitedPagesTests {
    /// Seven pipelines, three to a page.
    private func server() throws -> TestServer {
        try TestServer { request, connection in
            let input = (try? JSON.parse(request.body)) ?? [:]
            let start = input["nextToken"]?.string.flatMap { Int($0.dropFirst()) } ?? 0
            let names = (start..<min(start + 3, 7)).map { #"{"name":"p\#($0)"}"# }.joined(separator: ",")
            let next = start + 3 < 7 ? #","nextToken":"t\#(start + 3)""# : ""
            return connection.respond(body: #"{"pipelines":[\#(names)]\#(next)}"#)
        }
    }

    private func walk(_ server: TestServer, maxItems: Int?, from token: String? = nil) async throws -> (
        names: [String], token: String?
    ) {
        let client = try client("codepipeline", server)
        let operation = try #require(client.service.operation("ListPipelines"))
        let pages = client.pages(operation, maxItems: maxItems, startingToken: token)
        var iterator = pages.makeAsyncIterator()
        var names: [String] = []
        while let page = try await iterator.next() {
            names += try pages.items(of: page.output).compactMap { $0["name"]?.string }
        }
        return (names, iterator.resumeToken)
    }

    @Test(arguments: 0...8) func aWalkInPartsSeesEachItemOnce(size: Int) async throws {
        let server = try server()
        if size == 0 {
            let nothing = try await walk(server, maxItems: 0)
            #expect(nothing.names.isEmpty && nothing.token != nil)
            return
        }
        var token: String?
        var names: [String] = []
        var parts = 0
        repeat {
            let part = try await walk(server, maxItems: size, from: token)
            #expect(part.names.count <= size && (part.token == nil || part.names.count == size))
            names += part.names
            token = part.token
            parts += 1
        } while token != nil && parts < 10
        #expect(names == (0..<7).map { "p\($0)" })
        #expect(parts == (7 + size - 1) / size)
    }

    /// botocore makes the same text: `{"nextToken": null, "boto_truncate_amount": 2}` in Base64.
    @Test func tokensAreThoseOfBoto3() async throws {
        let server = try server()
        let theirs = "eyJuZXh0VG9rZW4iOiBudWxsLCAiYm90b190cnVuY2F0ZV9hbW91bnQiOiAyfQ=="
        #expect(try await walk(server, maxItems: 3, from: theirs).names == ["p2", "p3", "p4"])
        let ours = try #require(try await walk(server, maxItems: 2).token)
        #expect(PageToken(ours) == PageToken(theirs))
        #expect(PageToken(ours)?.skipped == 2)
    }

    /// botocore's for a key that is bytes: JSON has none, so it says where they are.
    @Test func tokensOfBytesAreThoseOfBoto3() throws {
        let theirs = Base64.encode(
            Array(
                #"{"ExclusiveStartKey": {"a": {"B": "/w=="}, "l": {"L": [{"S": "/w=="}, {"B": "AA=="}]}}, "boto_encoded_keys": [["ExclusiveStartKey", "a", "B"], ["ExclusiveStartKey", "l", "L", 1, "B"]]}"#
                    .utf8))
        let token = try #require(PageToken(theirs))
        let key: AWSValue = ["a": ["B": .blob([255])], "l": ["L": [["S": "/w=="], ["B": .blob([0])]]]]
        #expect(token.tokens == ["ExclusiveStartKey": key])
        #expect(PageToken(token.text) == token)
        for places in [#"[["none"]]"#, #"[["a", 0]]"#, #"["a"]"#, #"[["a"], ["a"]]"#] {
            let text = Base64.encode(Array(#"{"a": "/w==", "boto_encoded_keys": \#(places)}"#.utf8))
            #expect(PageToken(text) == nil, "\(places)")
        }
    }

    @Test func wholeResultsTellWhereTheyEnd() async throws {
        let server = try server()
        let client = try client("codepipeline", server)
        let operation = try #require(client.service.operation("ListPipelines"))
        let part = try await client.pages(operation, maxItems: 4).fullResult()
        #expect(part["pipelines"]?.list?.count == 4)
        let token = try #require(part["NextToken"]?.string)
        let rest = try await client.pages(operation, startingToken: token).fullResult()
        #expect(rest["pipelines"]?.list?.compactMap { $0["name"]?.string } == ["p4", "p5", "p6"])
        #expect(rest["NextToken"] == nil && server.requests.count == 4)
    }

    @Test(arguments: [
        "", "no base64", "bm8gSlNPTg==", "eyJNYXJrZXIiOiAieCJ9", "eyJib3RvX3RydW5jYXRlX2Ftb3VudCI6IC0xfQ==",
    ])
    func tokensThatAreNoneAreRefused(token: String) async throws {
        let server = try server()
        await #expect {
            try await walk(server, maxItems: 1, from: token)
        } throws: { ($0 as? AWSError)?.message.contains("starting token") == true }
        #expect(server.requests.isEmpty)
    }

    @Test func sizesThatTheServiceDoesNotTakeAreRefused() async throws {
        let server = try server()
        let client = try client("codepipeline", server)
        let operation = try #require(client.service.operation("ListActionTypes"))
        await #expect(throws: AWSError.self) { try await client.pages(operation, pageSize: 5).fullResult() }
        #expect(server.requests.isEmpty)
    }
}
