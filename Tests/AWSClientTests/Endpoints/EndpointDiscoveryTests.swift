import AWSModel
import Testing

@testable import AWSClient

/// Services that name the endpoints of their operations themselves.
@Suite struct EndpointDiscoveryTests {
    /// The usual endpoint of a service is not reached by these tests: its own names for it are sent to servers here.
    private func discovery(_ clock: FakeClock) -> EndpointDiscovery { EndpointDiscovery(clock: clock) }

    private func answer(_ address: String, minutes: Int64) -> AWSValue {
        ["Endpoints": [["Address": .string(address), "CachePeriodInMinutes": .integer(minutes)]]]
    }

    private final class Questions: Sendable {
        let log = Log()
        var count: Int { log.entries.count }
    }

    @Test func anAnswerIsKeptForItsTime() async throws {
        let clock = FakeClock(now: 1000)
        let (discovery, asked) = (discovery(clock), Questions())
        @Sendable func ask() async throws -> AWSValue {
            asked.log.add("asked")
            return answer("ingest-\(asked.count).example:443", minutes: 10)
        }
        #expect(try await discovery.address(isRequired: true, ask: ask) == "https://ingest-1.example:443")
        clock.advance(599)
        #expect(try await discovery.address(isRequired: true, ask: ask) == "https://ingest-1.example:443")
        clock.advance(2)
        #expect(try await discovery.address(isRequired: true, ask: ask) == "https://ingest-2.example:443")
        await discovery.forget()
        #expect(try await discovery.address(isRequired: true, ask: ask) == "https://ingest-3.example:443")
        #expect(asked.count == 3)
    }

    @Test func manyCallersAskOnce() async throws {
        let (discovery, asked) = (discovery(FakeClock()), Questions())
        try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await discovery.address(isRequired: true) {
                        asked.log.add("asked")
                        for _ in 0..<50 { await Task.yield() }
                        return answer("a.example", minutes: 1)
                    }
                }
            }
            for try await address in group { #expect(address == "https://a.example") }
        }
        #expect(asked.count == 1)
    }

    @Test func afterAFailureAStaleAddressServesAndTheServiceIsLeftAlone() async throws {
        struct Broken: Error {}
        let clock = FakeClock(now: 1000)
        let (discovery, asked) = (discovery(clock), Questions())
        _ = try await discovery.address(isRequired: true) { answer("old.example", minutes: 1) }
        clock.advance(61)
        @Sendable func fail() async throws -> AWSValue {
            asked.log.add("asked")
            throw Broken()
        }
        for _ in 0..<3 {
            #expect(try await discovery.address(isRequired: true, ask: fail) == "https://old.example")
        }
        #expect(asked.count == 1, "not asked again at once")
        clock.advance(61)
        _ = try await discovery.address(isRequired: true, ask: fail)
        #expect(asked.count == 2)
    }

    @Test func withoutAnAddressOnlyWhatNeedsOneFails() async throws {
        struct Broken: Error {}
        let discovery = discovery(FakeClock())
        await #expect(throws: Broken.self) { try await discovery.address(isRequired: true) { throw Broken() } }
        #expect(try await discovery.address(isRequired: false) { throw Broken() } == nil)
    }

    // MARK: In a call

    /// A client of a service whose usual endpoint is the server: not by a setting, which would turn discovery off.
    private func client(_ server: TestServer, variables: [String: String] = [:]) throws -> AWSClient {
        let rules = """
            {"version": "1.0", "parameters": {}, "rules": [{"conditions": [], "type": "endpoint",
                "endpoint": {"url": "\(server.url)", "properties": {}, "headers": {}}}]}
            """
        var configuration = ClientConfiguration(
            session: session(
                ["AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "SECRET", "AWS_REGION": "eu-west-1"]
                    .merging(variables) { $1 }))
        configuration.maxAttempts = 2
        return AWSClient(
            service: try Catalog.compile(
                name: "ingest", json: Array(Self.model.utf8), endpointRules: Array(rules.utf8)),
            configuration: configuration)
    }

    private static let model = """
        {"metadata": {"protocol": "json", "jsonVersion": "1.0", "endpointPrefix": "ingest", "serviceId": "Ingest",
            "signatureVersion": "v4", "targetPrefix": "Ingest"},
          "operations": {
            "DescribeEndpoints": {"http": {"method": "POST", "requestUri": "/"}, "output": {"shape": "Endpoints"},
                "endpointoperation": true},
            "Write": {"http": {"method": "POST", "requestUri": "/"}, "endpointdiscovery": {"required": true}},
            "Read": {"http": {"method": "POST", "requestUri": "/"}, "endpointdiscovery": {}}},
          "shapes": {
            "Endpoints": {"type": "structure", "members": {"Endpoints": {"shape": "List"}}},
            "List": {"type": "list", "member": {"shape": "Endpoint"}},
            "Endpoint": {"type": "structure", "members": {"Address": {"shape": "Text"},
                "CachePeriodInMinutes": {"shape": "Long"}}},
            "Text": {"type": "string"}, "Long": {"type": "long"}}}
        """

    private func targets(_ server: TestServer) -> [String] {
        server.requests.compactMap { $0.header("x-amz-target")?.split(separator: ".").last.map(String.init) }
    }

    private func naming(_ other: TestServer) throws -> TestServer {
        try TestServer.scripted(
            Script.json(200, #"{"Endpoints":[{"Address":"\#(other.url)","CachePeriodInMinutes":5}]}"#))
    }

    @Test func callsGoWhereTheServiceSays() async throws {
        let cell = try TestServer.scripted(Script.json())
        let front = try naming(cell)
        let client = try client(front)
        _ = try await client.call("Write")
        _ = try await client.call("Write")
        #expect(targets(front) == ["DescribeEndpoints"] && targets(cell) == ["Write", "Write"])
        #expect(cell.requests.first?.header("host") == "127.0.0.1:\(cell.port)")
        _ = try await client.call("Read")
        #expect(targets(front).last == "Read", "asked for only where it is needed, unless the settings say so")
    }

    @Test func anAddressThatIsRefusedIsAskedForAgain() async throws {
        let cell = try TestServer.scripted(Script.error("InvalidEndpointException", 421), Script.json())
        let front = try naming(cell)
        let result = try await client(front).call("Write")
        #expect(result.metadata.attempts == 2)
        #expect(targets(front) == ["DescribeEndpoints", "DescribeEndpoints"])
    }

    @Test func settingsTurnItOnAndOff() async throws {
        let cell = try TestServer.scripted(Script.json())
        let front = try naming(cell)
        _ = try await client(front, variables: ["AWS_ENABLE_ENDPOINT_DISCOVERY": "true"]).call("Read")
        #expect(targets(cell) == ["Read"])
        let off = try client(front, variables: ["AWS_ENABLE_ENDPOINT_DISCOVERY": "false"])
        let error = await off.failure("Write")
        #expect(error?.message.contains("AWS_ENABLE_ENDPOINT_DISCOVERY") == true, "\(String(describing: error))")
        _ = try await off.call("Read")
        #expect(targets(front) == ["DescribeEndpoints", "Read"])
        let wrong = await (try client(front, variables: ["AWS_ENABLE_ENDPOINT_DISCOVERY": "maybe"])).failure("Read")
        #expect(wrong?.message.contains("maybe") == true)
    }

    @Test func aServiceThatNamesNoEndpointIsAnError() async throws {
        let front = try TestServer.scripted(Script.error("AccessDeniedException"))
        let error = await (try client(front)).failure("Write")
        #expect(error?.code == "AccessDeniedException", "\(String(describing: error))")
        #expect(targets(front).contains("Write") == false)
        let empty = try TestServer.scripted(Script.json(200, #"{"Endpoints":[]}"#))
        let nothing = await (try client(empty)).failure("Write")
        #expect(nothing != nil && targets(empty).contains("Write") == false, "\(String(describing: nothing))")
    }

    /// Building a request must not ask the network.
    @Test func preparingAsksNobody() async throws {
        let front = try TestServer.scripted(Script.json())
        #expect(try await client(front).prepare("Write").url == front.url + "/")
        #expect(front.requests.isEmpty)
    }
}
