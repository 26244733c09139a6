import AWSModel
import Foundation
import Testing

@testable import AWSClient

@Suite struct PagesAndWaitersTests {
    @Test func pagesFollowTheirTokens() async throws {
        let server = try TestServer.scripted(
            Script.json(200, #"{"pipelines":[{"name":"a"},{"name":"b"}],"nextToken":"t1"}"#),
            Script.json(200, #"{"pipelines":[],"nextToken":"t2"}"#), Script.json(200, #"{"pipelines":[{"name":"c"}]}"#))
        let client = try client("codepipeline", server)
        let operation = try #require(client.service.operation("ListPipelines"))
        let pages = client.pages(operation, pageSize: 2)
        var names: [String?] = []
        var count = 0
        for try await page in pages {
            count += 1
            names += try pages.items(of: page.output).map { $0["name"]?.string }
        }
        #expect(pages.isPaged && count == 3 && names == ["a", "b", "c"])
        let inputs = try server.requests.map { try JSON.parse($0.body) }
        #expect(inputs.map { $0["nextToken"]?.string } == [nil, "t1", "t2"])
        #expect(inputs.allSatisfy { $0["maxResults"] == 2 })
    }

    @Test func moreResultsAndTokensMadeOfTheAnswer() async throws {
        func list(_ keys: String, truncated: Bool) -> Script.Answer {
            { _, connection in
                connection.respond(
                    body:
                        "<ListBucketResult><IsTruncated>\(truncated)</IsTruncated>\(keys.split(separator: ",").map { "<Contents><Key>\($0)</Key></Contents>" }.joined())</ListBucketResult>"
                )
            }
        }
        let server = try TestServer.scripted(list("a,b", truncated: true), list("c", truncated: false))
        let client = try client("s3", server)
        let operation = try #require(client.service.operation("ListObjects"))
        var keys: [AWSValue] = []
        let pages = client.pages(operation, ["Bucket": "demo"])
        for try await page in pages { keys += try pages.items(of: page.output).compactMap { $0["Key"] } }
        #expect(keys == ["a", "b", "c"])
        #expect(server.requests.last?.target.contains("marker=b") == true, "the last key stands for the token")
    }

    @Test func unpagedOperationsHaveOnePageAndRepeatedTokensEnd() async throws {
        let server = try TestServer.scripted(Script.json(200, #"{"pipelines":[],"nextToken":"same"}"#))
        let client = try client("codepipeline", server)
        let list = try #require(client.service.operation("ListPipelines"))
        var count = 0
        do {
            for try await _ in client.pages(list) { count += 1 }
            Issue.record("pages without end")
        } catch let error as AWSError {
            #expect(error.code == "PaginationError" && count == 1)
        }
        let single = try #require(client.service.operation("GetPipelineState"))
        count = 0
        for try await _ in client.pages(single, ["name": "x"]) { count += 1 }
        #expect(count == 1 && !client.pages(single).isPaged)
    }

    private func groups(_ state: String) -> Script.Answer {
        { _, connection in
            connection.respond(
                body: """
                    <DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceState><name>\(state)</name>\
                    </instanceState></item></instancesSet></item></reservationSet></DescribeInstancesResponse>
                    """)
        }
    }

    @Test func waitersWaitSucceedAndFail() async throws {
        let clock = FakeClock()
        let server = try TestServer.scripted(
            groups("pending"), groups("pending"), groups("running"), groups("terminated"))
        let client = try client("ec2", server, clock: clock)
        let waiter = try #require(client.service.waiter("instance_running"))
        let result = try await client.wait(waiter, ["InstanceIds": ["i-1"]])
        #expect(result?.output["Reservations"]?.list?.count == 1)
        #expect(clock.sleeps == [15, 15])
        do {
            _ = try await client.wait(waiter, ["InstanceIds": ["i-1"]])
            Issue.record("a terminated instance is not running")
        } catch let error as AWSError {
            #expect(error.code == "WaiterFailed" && error.message.contains("terminated"))
        }
    }

    @Test func waitersEndAndKnowErrors() async throws {
        let clock = FakeClock()
        let pending = try TestServer.scripted(groups("pending"))
        let ec2 = try client("ec2", pending, clock: clock)
        let waiter = try #require(ec2.service.waiter("InstanceRunning"))
        do {
            _ = try await ec2.wait(waiter, [:], delay: 1, maxAttempts: 3)
            Issue.record("a wait without end")
        } catch let error as AWSError {
            #expect(
                error.code == "WaiterTimeout" && error.message.contains("pending")
                    && error.message.contains("3 attempts"))
            #expect(clock.sleeps == [1, 1])
        }
        let missing = try TestServer.scripted(
            { _, connection in connection.respond(404) }, { _, connection in connection.respond(200) })
        let s3 = try client("s3", missing, clock: FakeClock())
        let exists = try #require(s3.service.waiter("bucket_exists"))
        #expect(try await s3.wait(exists, ["Bucket": "demo"])?.metadata.status == 200)
        let denied = try TestServer.scripted({ _, connection in connection.respond(400) })
        let other = try client("s3", denied)
        await #expect(throws: AWSError.self) { try await other.wait(exists, ["Bucket": "demo"]) }
        #expect(denied.requests.count == 1, "an error that the waiter does not know ends it")
    }

    /// The limit of a wait ends a call that is under way, and lets the last question wait for the end.
    @Test func waitersKeepWithinTheirTime() async throws {
        func failure(_ server: TestServer, clock: any ClientClock, within: Double) async throws -> AWSError? {
            let s3 = try client("s3", server, clock: clock)
            let exists = try #require(s3.service.waiter("bucket_exists"))
            do {
                _ = try await s3.wait(exists, ["Bucket": "demo"], within: within)
                return nil
            } catch {
                return error as? AWSError
            }
        }
        let missing = try TestServer.scripted({ _, connection in connection.respond(404) })
        let clock = FakeClock()
        let late = try await failure(missing, clock: clock, within: 8)
        #expect(late?.code == "WaiterTimeout" && late?.message.contains("not so within 8 s") == true)
        #expect(clock.sleeps.count == 2 && abs(clock.sleeps.reduce(0, +) - 8) < 0.1 && missing.requests.count == 3)
        let silent = try TestServer { _, connection in
            connection.stall()
            return false
        }
        let began = ContinuousClock.now
        let stalled = try await failure(silent, clock: SystemClock(), within: 1)
        #expect(stalled?.code == "WaiterTimeout", "\(String(describing: stalled))")
        #expect(ContinuousClock.now - began < .seconds(30), "its own limit is a minute")
    }

    @Test func eventsComeOneByOne() async throws {
        func event(_ type: String, _ payload: String) throws -> [UInt8] {
            try EventStreamMessage(
                headers: [
                    (":message-type", .string("event")), (":event-type", .string(type)),
                    (":content-type", .string("application/json")),
                ], payload: Array(payload.utf8)
            ).encoded()
        }
        let first = try event("sessionStart", #"{"requestId":"r","sessionId":"s"}"#)
        let second = try event("sessionUpdate", #"{"sessionResults":[{"message":"hello"}]}"#)
        let goOn = DispatchSemaphore(value: 0)
        let server = try TestServer.scripted(
            Script.error("InternalFailure", 500),
            { _, connection in
                connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\n\r\n")
                connection.send(Array(first.prefix(20)))
                connection.send(Array(first.dropFirst(20)))
                goOn.wait()
                connection.send(second)
                connection.send(Array(first.prefix(30)))  // cut off
                return false
            })
        let client = try client("logs", server)
        let operation = try #require(client.service.operation("StartLiveTail"))
        let stream = try await client.events(
            operation, ["logGroupIdentifiers": ["arn:aws:logs:eu-west-1:1:log-group:g"]])
        #expect(server.requests.count == 2, "opened at the second attempt")
        #expect(try await stream.next()?["sessionStart"]?["sessionId"] == "s")
        goOn.signal()
        #expect(try await stream.next()?["sessionUpdate"]?["sessionResults"]?.list?[0]["message"] == "hello")
        do {
            _ = try await stream.next()
            Issue.record("a stream that was cut off ended without an error")
        } catch let error as AWSError {
            #expect(error.code == "IncompleteRead")
        }
        await #expect(throws: AWSError.self) {
            try await client.events(try #require(client.service.operation("DescribeLogGroups")), [:])
        }
    }
}
