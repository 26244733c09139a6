import AWSModel
import AWSSigning
import Synchronization
import Testing

@testable import AWSClient

/// Renewal: advised 15 minutes before the end, mandatory 10 minutes before, one fetch at a time.
@Suite struct CacheTests {
    /// Gives keys that last an hour; counts, waits and fails as it is told.
    private final class Source: CredentialsProvider {
        let name = "source"
        let clock: FakeClock
        private let state = Mutex<(count: Int, fails: Bool, lifetime: Double)>((0, false, 3600))
        private let gate = Mutex<[CheckedContinuation<Void, Never>]?>(nil)

        init(_ clock: FakeClock) { self.clock = clock }

        var count: Int { state.withLock { $0.count } }
        func fail(_ fails: Bool) { state.withLock { $0.fails = fails } }
        func close() { gate.withLock { $0 = [] } }
        func open() {
            let waiting = gate.withLock { gate in
                defer { gate = nil }
                return gate ?? []
            }
            waiting.forEach { $0.resume() }
        }

        var lifetime: Double { state.withLock { $0.lifetime } }
        func last(_ seconds: Double) { state.withLock { $0.lifetime = seconds } }

        func load() async throws -> CredentialsOffer {
            let (count, fails) = state.withLock { state in
                state.count += 1
                return (state.count, state.fails)
            }
            await withCheckedContinuation { continuation in
                let waits = gate.withLock { gate in
                    gate?.append(continuation)
                    return gate != nil
                }
                if !waits { continuation.resume() }
            }
            if fails { throw CredentialsFailure("broken") }
            return .found(
                Credentials(
                    accessKeyID: "K\(count)", secretAccessKey: "S", expiration: clock.now + lifetime, source: name))
        }
    }

    private let clock = FakeClock(now: 1000)

    @Test func keptUntilFifteenMinutesBeforeTheEnd() async throws {
        let source = Source(clock)
        let cache = CredentialsCache(source, clock: clock)
        #expect(try await cache.credentials().accessKeyID == "K1")
        clock.advance(2699)
        #expect(try await cache.credentials().accessKeyID == "K1")
        clock.advance(2)
        #expect(try await cache.credentials().accessKeyID == "K2")
        #expect(source.count == 2)
    }

    /// The shortest time for which a role is given is the advisory one: they would else be fetched for every call.
    @Test func shortLivedOnesAreKeptForHalfTheirTime() async throws {
        let source = Source(clock)
        source.last(900)
        let cache = CredentialsCache(source, clock: clock)
        for seconds in [0.0, 1, 400] {
            clock.advance(seconds)
            #expect(try await cache.credentials().accessKeyID == "K1")
        }
        clock.advance(50)
        #expect(try await cache.credentials().accessKeyID == "K2")
    }

    /// The limit of a call counts while it waits for credentials, and the next call gets those that came late.
    @Test func waitingForCredentialsIsPartOfACallsTime() async throws {
        let server = try TestServer.scripted(Script.json())
        let source = Source(clock)
        source.close()
        let client = try client("codepipeline", server, clock: clock) { $0.credentials = .provider(source) }
        let error = await client.failure("ListPipelines", options: CallOptions(timeout: 0.2))
        #expect(error?.kind == .timeout && error?.message.contains("before there were source") == true)
        #expect(server.requests.isEmpty)
        source.open()
        #expect(try await client.call("ListPipelines").metadata.attempts == 1)
        #expect(source.count == 1)
    }

    @Test func theOldOnesStayWhenAnAdvisedRenewalFails() async throws {
        let source = Source(clock)
        let cache = CredentialsCache(source, clock: clock)
        _ = try await cache.credentials()
        source.fail(true)
        clock.advance(2701)
        #expect(try await cache.credentials().accessKeyID == "K1")
        #expect(try await cache.credentials().accessKeyID == "K1")
        #expect(source.count == 2, "not asked again at once")
        clock.advance(300)
        await #expect(throws: CredentialsFailure.self) { try await cache.credentials() }
        source.fail(false)
        #expect(try await cache.credentials().accessKeyID == "K4")
    }

    @Test func manyCallersShareOneFetch() async throws {
        let source = Source(clock)
        let cache = CredentialsCache(source, clock: clock)
        source.close()
        let tasks = (0..<50).map { _ in Task { try await cache.credentials().accessKeyID } }
        while source.count == 0 { await Task.yield() }
        source.open()
        for task in tasks { #expect(try await task.value == "K1") }
        #expect(source.count == 1)
    }

    @Test func acancelledCallerDoesNotWaitAndTheOthersDo() async throws {
        let source = Source(clock)
        let cache = CredentialsCache(source, clock: clock)
        source.close()
        let first = Task { try await cache.credentials().accessKeyID }
        let second = Task { try await cache.credentials().accessKeyID }
        while source.count == 0 { await Task.yield() }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        source.open()
        #expect(try await second.value == "K1")
    }

    @Test func expiredCredentialsAreAnError() async throws {
        struct Expired: CredentialsProvider {
            let name = "stale"
            func load() async throws -> CredentialsOffer {
                .found(Credentials(accessKeyID: "K", secretAccessKey: "S", expiration: 10, source: name))
            }
        }
        await #expect(throws: CredentialsFailure.self) {
            try await CredentialsCache(Expired(), clock: clock).credentials()
        }
    }

    @Test func anExpiredTokenIsFetchedAgainOnce() async throws {
        let server = try TestServer { request, connection in
            request.header("authorization")?.contains("Credential=K1/") == true
                ? connection.respond(400, body: #"{"__type":"ExpiredTokenException","message":"expired"}"#)
                : connection.respond(body: "{}")
        }
        let source = Source(clock)
        let client = try client("codepipeline", server, clock: clock) { $0.credentials = .provider(source) }
        #expect(try await client.call("ListPipelines").metadata.attempts == 2)
        #expect(source.count == 2)
    }
}
