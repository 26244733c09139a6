import AWSModel
import Testing

@testable import AWSClient

/// Services whose signature is a part of the form that they take.
@Suite struct OlderServicesTests {
    @Test func formsAreSignedWithVersion2() async throws {
        let server = try TestServer.scripted(
            { _, connection in connection.respond(503) },
            { _, connection in
                connection.respond(
                    body:
                        "<ListDomainsResponse><ListDomainsResult><DomainName>d</DomainName></ListDomainsResult></ListDomainsResponse>"
                )
            })
        let clock = FakeClock(now: 1_318_001_530)
        let client = try client("sdb", server, clock: clock, variables: ["AWS_SESSION_TOKEN": "token"])
        let result = try await client.call("ListDomains", ["MaxNumberOfDomains": 5])
        #expect(result.output["DomainNames"] == ["d"] && result.metadata.attempts == 2)
        for request in server.requests {
            #expect(request.header("authorization") == nil)
            let form = try QueryString.parseForm(request.body)
            #expect(form.filter { $0.name == "Signature" }.count == 1)
            let given = Dictionary(form.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
            #expect(given["AWSAccessKeyId"] == "AKID" && given["SecurityToken"] == "token")
            #expect(given["SignatureVersion"] == "2" && given["MaxNumberOfDomains"] == "5")
        }
    }

    @Test func presigningThemIsRefused() async throws {
        let server = try TestServer.scripted(Script.json())
        let client = try client("sdb", server)
        let operation = try #require(client.service.operation("ListDomains"))
        await #expect(throws: AWSError.self) { try await client.presign(operation, [:], expires: 60) }
        #expect(server.requests.isEmpty)
    }
}
