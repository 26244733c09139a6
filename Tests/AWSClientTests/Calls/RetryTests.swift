import AWSModel
import AWSSigning
import Foundation
import Testing

@testable import AWSClient

/// The retry rules of 2026, with a clock that does not wait.
@Suite struct RetryTests {
    @Test(arguments: [500, 502, 503, 504])
    func transientStatusesAreTriedAgain(status: Int) async throws {
        let server = try TestServer.scripted(Script.json(status, "<html>"), Script.json(status, ""), Script.json())
        let clock = FakeClock()
        let result = try await client("codepipeline", server, clock: clock).call("ListPipelines")
        #expect(result.metadata.attempts == 3)
        #expect(clock.sleeps == [0.05, 0.1])
    }

    @Test func throttlingWaitsLonger() async throws {
        let server = try TestServer.scripted(Script.error("ThrottlingException"), Script.json(429, ""), Script.json())
        let clock = FakeClock()
        #expect(try await client("codepipeline", server, clock: clock).call("ListPipelines").metadata.attempts == 3)
        #expect(clock.sleeps == [1, 2])
    }

    @Test func dynamoDBIsTriedSoonerAndOnceMore() async throws {
        let server = try TestServer.scripted(Script.error("InternalServerError", 500))
        let clock = FakeClock()
        let error = await (try client("dynamodb", server, clock: clock)).failure("ListTables")
        #expect(error?.attempts == 4 && error?.code == "InternalServerError")
        #expect(clock.sleeps == [0.025, 0.05, 0.1])
    }

    /// Every code of the rules of 2026, and some that another attempt would not change.
    @Test func codesThatAreTriedAgain() throws {
        let service = try Catalog.builtIn.open("codepipeline")
        let operation = try #require(service.operation("ListPipelines"))
        func classes(_ codes: [String], status: Int = 400) -> Set<RetryRules.Class?> {
            Set(
                codes.map { code in
                    let error = AWSError(
                        .service, code: code, message: "", service: "codepipeline", operation: "ListPipelines",
                        status: status)
                    return RetryRules.classify(error, operation: operation, service: service)
                })
        }
        let throttling = [
            "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
            "TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
            "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown",
            "EC2ThrottledException",
            "PriorRequestNotComplete",
        ]
        #expect(classes(throttling) == [.throttling] && classes(throttling, status: 503) == [.throttling])
        #expect(classes(["RequestTimeout", "RequestTimeoutException"]) == [.transient])
        #expect(classes(["InternalFailure"], status: 500) == [.transient])
        #expect(classes(["ValidationException", "AccessDenied", "ExpiredToken", "IDPCommunicationError"]) == [nil])
        #expect(classes(["NotImplemented"], status: 501) == [nil])
    }

    @Test func attemptsCanBeSet() async throws {
        let server = try TestServer.scripted(Script.error("InternalFailure", 500))
        let five = try client("codepipeline", server, variables: ["AWS_MAX_ATTEMPTS": "5"])
        #expect(await five.failure("ListPipelines")?.attempts == 5)
        #expect(await five.failure("ListPipelines", options: CallOptions(maxAttempts: 2))?.attempts == 2)
        #expect(await five.failure("ListPipelines", options: CallOptions(sendsOnce: true))?.attempts == 1)
        #expect(server.requests.count == 8)
    }

    /// max(t, min(wish, t + 5 s)); what is no number is ignored.
    @Test(arguments: [("3000", 3.0), ("60000", 5.05), ("10", 0.05), ("-1", 0.05), ("soon", 0.05)])
    func theServiceMayAskForAWait(header: String, expected: Double) async throws {
        let server = try TestServer.scripted(
            Script.error("InternalFailure", 500, headers: ["x-amz-retry-after": header]), Script.json())
        let clock = FakeClock()
        _ = try await client("codepipeline", server, clock: clock).call("ListPipelines")
        #expect(clock.sleeps == [expected])
    }

    /// HTTP's own header, in seconds, as a balancer sends it; AWS's counts before it.
    @Test(arguments: [
        (["Retry-After": "3"], 3.0), (["Retry-After": "60"], 5.05), (["Retry-After": "0"], 0.05),
        (["Retry-After": "Thu, 26 Nov 2026 00:00:00 GMT"], 0.05),
        (["Retry-After": "9", "x-amz-retry-after": "700"], 0.7),
    ])
    func aBalancerMayAskForAWait(headers: [String: String], expected: Double) async throws {
        let server = try TestServer.scripted(Script.json(503, "busy", headers: headers), Script.json())
        let clock = FakeClock()
        _ = try await client("codepipeline", server, clock: clock).call("ListPipelines")
        #expect(clock.sleeps == [expected])
    }

    @Test func waitsGrowToTwentySecondsAtMost() throws {
        let service = try Catalog.builtIn.open("codepipeline")
        let delays = (0..<40).map {
            RetryRules.delay(.throttling, retry: $0, random: 1, service: service, headers: [])
        }
        #expect(Array(delays[..<6]) == [1, 2, 4, 8, 16, 20] && delays.max() == 20)
        #expect(RetryRules.delay(.throttling, retry: 3, random: 0.25, service: service, headers: []) == 2)
    }

    @Test func modelledErrorsAreTriedAgain() async throws {
        // The model calls it retryable, without throttling.
        let server = try TestServer.scripted(Script.error("TransactionInProgressException"), Script.json())
        #expect(try await client("dynamodb", server).call("ListTables").metadata.attempts == 2)
        let sts = try TestServer.scripted(
            { _, connection in
                connection.respond(
                    400, body: "<ErrorResponse><Error><Code>IDPCommunicationError</Code></Error></ErrorResponse>")
            },
            { _, connection in
                connection.respond(
                    body:
                        "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult/></AssumeRoleWithWebIdentityResponse>"
                )
            })
        let result = try await client("sts", sts).call(
            "AssumeRoleWithWebIdentity",
            ["RoleArn": "arn:aws:iam::123456789012:role/demo", "RoleSessionName": "demo", "WebIdentityToken": "token"])
        #expect(result.metadata.attempts == 2)
        #expect(sts.requests.allSatisfy { $0.header("authorization") == nil }, "this operation is not signed")
    }

    @Test func theQuotaEndsRetriesOfAClientThatOnlyFails() async throws {
        let server = try TestServer.scripted(Script.error("InternalFailure", 500))
        let client = try client("codepipeline", server)
        var last: AWSError?
        // 500 / 14 = 35 retries, two for each call.
        for _ in 0..<20 { last = await client.failure("ListPipelines") }
        #expect(last?.attempts == 1 && last?.message.contains("not tried again") == true)
        #expect(server.requests.count == 20 + 35)
    }

    @Test func successesFillTheQuotaAgain() {
        let quota = RetryQuota()
        #expect(quota.acquire(14) && quota.left == 486)
        quota.release(14)
        quota.release(14)
        #expect(quota.left == 500)
        #expect(!quota.acquire(501) && quota.left == 500)
    }

    @Test func longPollsWaitEvenWithoutQuota() async throws {
        let server = try TestServer.scripted(Script.error("InternalFailure", 500))
        let clock = FakeClock()
        let client = try client("sqs", server, clock: clock)
        for _ in 0..<18 { _ = await client.failure("ListQueues") }
        let before = clock.sleeps.count
        let error = await client.failure("ReceiveMessage", ["QueueUrl": .string(server.url)])
        #expect(error?.attempts == 1)
        #expect(clock.sleeps.count == before + 1)
    }

    @Test func theLimitOfACallIncludesItsRetries() async throws {
        let server = try TestServer.scripted(Script.error("ThrottlingException"))
        let clock = FakeClock()
        let error = await (try client("codepipeline", server, clock: clock)).failure(
            "ListPipelines", options: CallOptions(timeout: 2.5, maxAttempts: 10))
        #expect(error?.attempts == 2 && error?.code == "ThrottlingException")
        #expect(error?.message.contains("no time is left") == true)
        #expect(clock.sleeps == [1])
    }

    @Test func aServiceThatStallsEndsWithTheCallsLimit() async throws {
        let server = try TestServer { _, connection in
            connection.stall()
            return false
        }
        let error = await (try client("codepipeline", server, clock: SystemClock())).failure(
            "ListPipelines", options: CallOptions(timeout: 0.3))
        #expect(error?.kind == .timeout)
    }

    @Test func connectionsThatBreakAreTriedAgain() async throws {
        let server = try TestServer.scripted(
            Script.close,
            { _, connection in
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"pipe")
                return false
            }, Script.json(200, #"{"pipelines":[]}"#))
        #expect(try await client("codepipeline", server).call("ListPipelines").metadata.attempts == 3)
    }

    @Test func whatMustNotBeSentTwiceIsNot() async throws {
        let server = try TestServer.scripted(Script.json(), Script.close)
        let client = try client("codepipeline", server)
        _ = try await client.call("ListPipelines")
        let error = await client.failure("ListPipelines", options: CallOptions(sendsOnce: true))
        #expect(error?.code == "ConnectionClosed" && error?.attempts == 1)
        #expect(server.requests.count == 2)
        #expect(server.connectionCount == 2, "a connection of its own")
    }

    @Test func brokenAnswersAreOneClearError() async throws {
        let json = try TestServer.scripted(Script.json(200, #"{"pipelines":[{]"#))
        let error = await (try client("codepipeline", json)).failure("ListPipelines")
        #expect(error?.kind == .response && error?.code == "InvalidResponse" && error?.attempts == 1)
        let xml = try TestServer { _, connection in connection.respond(body: "<ListBucketsResult><Buckets>") }
        #expect(await (try client("sts", xml)).failure("GetCallerIdentity")?.code == "InvalidResponse")
        let redirect = try TestServer { _, connection in
            connection.respond(302, headers: ["Location": "http://127.0.0.1:1/"])
        }
        #expect(await (try client("codepipeline", redirect)).failure("ListPipelines")?.status == 302)
        let html = try TestServer { _, connection in connection.respond(403, body: "<html><body>proxy</body></html>") }
        #expect(await (try client("codepipeline", html)).failure("ListPipelines")?.code == "403")
    }

    @Test func cancellationAtAnyPoint() async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let server = try TestServer { _, connection in
            arrived.yield()
            connection.stall()
            return false
        }
        let client = try client("codepipeline", server)
        let task = Task { await client.failure("ListPipelines") }
        for await _ in arrivals { break }
        task.cancel()
        #expect(await task.value?.kind == .cancelled)

        // While it waits to try again.
        let failing = try TestServer.scripted(Script.error("ThrottlingException"))
        let waiting = try self.client("codepipeline", failing, clock: CancellingClock())
        let second = Task { await waiting.failure("ListPipelines") }
        #expect(await second.value?.kind == .cancelled)
        #expect(failing.requests.count == 1)
    }

    private func client(_ service: String, _ server: TestServer, clock: any ClientClock) throws -> AWSClient {
        try AWSClientTests.client(service, server, clock: clock)
    }
    private func client(_ service: String, _ server: TestServer, variables: [String: String] = [:]) throws -> AWSClient
    {
        try AWSClientTests.client(service, server, variables: variables)
    }

    /// The task is cancelled while it sleeps.
    private struct CancellingClock: ClientClock {
        var now: Double { SystemClock().now }
        var random: Double { 1 }
        func sleep(seconds: Double) async throws {
            withUnsafeCurrentTask { $0?.cancel() }
            try await Task.sleep(for: .seconds(seconds))
        }
    }

    @Test func aWrongClockIsCorrectedOnce() async throws {
        let real = Date().timeIntervalSince1970
        let server = try TestServer { request, connection in
            let date = Timestamps.format(real, as: .rfc822)
            do {
                _ = try SigV4.verify(
                    SigningRequest(
                        method: request.method, target: request.target, headers: request.headers,
                        payload: .bytes(request.body)), now: real
                ) { _ in "SECRET" }
                return connection.respond(headers: ["Date": date], body: "{}")
            } catch {
                return connection.respond(
                    400, headers: ["Date": date], body: #"{"__type":"InvalidSignatureException","message":"\#(error)"}"#
                )
            }
        }
        let client = try client("codepipeline", server, clock: FakeClock(now: real - 7200))
        #expect(try await client.call("ListPipelines").metadata.attempts == 2)
        #expect(try await client.call("ListPipelines").metadata.attempts == 1, "the offset is kept")
    }

    @Test func aSignatureThatIsWrongForAnotherReasonIsNotSentAgain() async throws {
        let server = try TestServer.scripted(
            Script.error(
                "InvalidSignatureException",
                headers: ["Date": Timestamps.format(Date().timeIntervalSince1970, as: .rfc822)]))
        #expect(await (try client("codepipeline", server)).failure("ListPipelines")?.attempts == 1)
        let wrongDate = try TestServer.scripted(
            Script.json(200, "{}", headers: ["Date": "Thu, 01 Jan 1970 00:00:00 GMT"]))
        #expect(try await client("codepipeline", wrongDate).call("ListPipelines").metadata.attempts == 1)
    }

    @Test func theAdaptiveModeHoldsTheRateDown() async throws {
        let clock = FakeClock(now: 1000)
        let limiter = AdaptiveLimiter(clock: clock)
        for _ in 0..<20 {
            try await limiter.acquire()
            clock.advance(0.1)
            limiter.record(throttled: false)
        }
        #expect(clock.sleeps.isEmpty, "nothing is held before throttling")
        limiter.record(throttled: true)
        let rate = limiter.rate
        #expect(rate > 0 && rate < 10)
        for _ in 0..<3 { try await limiter.acquire() }
        #expect(!clock.sleeps.isEmpty)
        clock.advance(60)
        limiter.record(throttled: false)
        #expect(limiter.rate >= 0.5)
    }

    /// Who has less time than the wait takes is told so at once, and takes nothing from the others.
    @Test func theAdaptiveModeKeepsToTheLimitOfACall() async throws {
        let server = try TestServer.scripted(Script.error("ThrottlingException"))
        let clock = FakeClock(now: 1000)
        let client = try AWSClientTests.client("codepipeline", server, clock: clock) { $0.retryMode = .adaptive }
        #expect(await client.failure("ListPipelines", options: CallOptions(maxAttempts: 1))?.attempts == 1)
        // After the first refusal there is one request in two seconds.
        let hurried = await client.failure("ListPipelines", options: CallOptions(timeout: 1.5, maxAttempts: 1))
        #expect(hurried?.kind == .timeout && hurried?.attempts == 0)
        #expect(hurried?.message.contains("throttles this client") == true)
        #expect(clock.sleeps.isEmpty && server.requests.count == 1)
        #expect(await client.failure("ListPipelines", options: CallOptions(timeout: 60, maxAttempts: 1))?.attempts == 1)
        #expect(clock.sleeps == [2] && server.requests.count == 2)
    }
}
