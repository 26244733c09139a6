import AWSModel
import AWSSigning
import Foundation
import Synchronization
import Testing

@testable import AWSClient

@Suite struct CallTests {
    @Test func aCallIsSignedSentAndRead() async throws {
        let server = try TestServer.scripted(
            Script.json(200, #"{"pipelines":[{"name":"demo","version":3}]}"#, headers: ["x-amzn-RequestId": "id-1"]))
        let clock = FakeClock()
        let result = try await client("codepipeline", server, clock: clock).call("ListPipelines", ["maxResults": 5])
        #expect(result.output["pipelines"]?.list?[0]["name"] == "demo")
        #expect(result.metadata.requestID == "id-1" && result.metadata.attempts == 1 && result.metadata.status == 200)
        let request = try #require(server.requests.first)
        #expect(request.header("x-amz-target") == "CodePipeline_20150709.ListPipelines")
        #expect(String(decoding: request.body, as: UTF8.self) == #"{"maxResults":5}"#)
        let identity = try SigV4.verify(
            SigningRequest(
                method: request.method, target: request.target, headers: request.headers, payload: .bytes(request.body)),
            now: clock.now, service: "codepipeline"
        ) { _ in "SECRET" }
        #expect(identity.region == "eu-west-1" && identity.accessKeyID == "AKID")
    }

    @Test func nothingIsSentWhenTheInputIsWrong() async throws {
        let server = try TestServer.scripted(Script.json())
        let client = try client("codepipeline", server)
        let error = await client.failure("GetPipeline", ["nmae": "x"])
        #expect(error?.kind == .validation && error?.code == "ParamValidation")
        #expect(error?.message.contains("name") == true)
        #expect(error?.problems.isEmpty == false)
        #expect(server.requests.isEmpty)
    }

    @Test func errorsTellEverything() async throws {
        let server = try TestServer.scripted(
            Script.error("PipelineNotFoundException", headers: ["x-amzn-RequestId": "id-2"]))
        let error = await (try client("codepipeline", server)).failure("GetPipeline", ["name": "x"])
        #expect(error?.kind == .service && error?.code == "PipelineNotFoundException" && error?.status == 400)
        #expect(error?.message == "says no" && error?.requestID == "id-2" && error?.attempts == 1)
        #expect(error?.service == "codepipeline" && error?.operation == "GetPipeline")
        #expect(
            error?.description
                == "codepipeline.GetPipeline: PipelineNotFoundException: says no (HTTP 400, request id-2)")
        #expect(server.requests.count == 1, "an error of the caller's is not sent again")
    }

    @Test func idempotencyTokensAreFilledAndStayTheSame() async throws {
        let server = try TestServer.scripted(
            Script.close, Script.error("InternalFailure", 500), Script.json(200, #"{"CommandId":"1"}"#))
        _ = try await client("codepipeline", server).call("StartPipelineExecution", ["name": "demo"])
        let tokens = server.requests.map { request in
            (try? JSON.parse(request.body))?["clientRequestToken"]?.string
        }
        #expect(tokens.count == 3)
        #expect(tokens[0] != nil && Set(tokens).count == 1)
    }

    @Test func withoutARegionTheErrorSaysWhatToDo() async throws {
        let client = AWSClient(
            service: try Catalog.builtIn.open("codepipeline"),
            configuration: ClientConfiguration(
                session: session(["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B"])))
        let error = await client.failure("ListPipelines")
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains("region") == true, "\(String(describing: error))")
    }

    @Test func interceptorsStandInOrderAroundTheCall() async throws {
        let server = try TestServer.scripted(
            Script.error("InternalFailure", 500), Script.json(200, #"{"pipelines":[]}"#))
        let log = Log()
        let client = try client("codepipeline", server) {
            $0.interceptors = [Watcher("permit", log), Watcher("journal", log), Watcher("attempt", log, each: true)]
        }
        _ = try await client.call("ListPipelines")
        #expect(
            log.entries == [
                "permit 0", "journal 0", "attempt 1", "attempt 1 threw", "attempt 2", "attempt 2 done",
                "journal 0 done",
                "permit 0 done",
            ])
    }

    @Test func anInterceptorMayAnswerChangeOrRefuse() async throws {
        let server = try TestServer.scripted(Script.json())
        let planned = try client("codepipeline", server) { $0.interceptors = [Planner()] }
        #expect(try await planned.call("DeletePipeline", ["name": "x"]).output["planned"] == true)
        #expect(server.requests.isEmpty)
        _ = try await planned.call("ListPipelines")
        let body = try JSON.parse(try #require(server.requests.first).body)
        #expect(body["maxResults"] == 7)
        #expect(await planned.failure("GetPipeline", ["name": "x"])?.code == "NotPermitted")
    }

    /// With a sink there is a tree for who looks at the output, and what an interceptor puts in its place counts.
    @Test func outputsIntoASink() async throws {
        let server = try TestServer.scripted(
            Script.json(200, #"{"pipelines":[{"name":"p","version":3}]}"#), Script.json(200, "{broken"),
            Script.json(200, #"{"pipelines":[]}"#), Script.json(200, #"{"pipelines":[]}"#))
        var options = CallOptions()
        options.sink = { WordSink() }
        let plain = try client("codepipeline", server)
        let result = try await plain.call("ListPipelines", options: options)
        #expect((result.written as? WordSink)?.words == "{ pipelines [ { name p version 3 } ] }")
        #expect(result.output == ["pipelines": [["name": "p", "version": 3]]])
        #expect(result.metadata.status == 200)
        let error = await #expect(throws: AWSError.self) { try await plain.call("ListPipelines", options: options) }
        #expect(error?.code == "InvalidResponse")

        let log = Log()
        let watched = try client("codepipeline", server) { $0.interceptors = [Looker(log)] }
        let seen = try await watched.call("ListPipelines", options: options)
        #expect(log.entries == ["pipelines"] && (seen.written as? WordSink)?.words == "{ pipelines [ ] }")
        let changed = try await watched.call("ListPipelines", ["maxResults": 1], options: options)
        #expect(changed.written == nil && changed.output == ["changed": true])
    }

    @Test func tracesMaskSecrets() async throws {
        let server = try TestServer.scripted(
            Script.error("InternalServiceError", 500), Script.json(200, "{}", headers: ["x-amzn-RequestId": "id-3"]))
        let log = Log()
        let client = try client("secretsmanager", server) { $0.trace = { log.add($0.line) } }
        _ = try await client.call(
            "PutSecretValue", ["SecretId": "name", "SecretString": "hunter2", "VersionStages": ["AWSCURRENT"]])
        let text = log.entries.joined(separator: "\n")
        #expect(text.contains("secretsmanager.PutSecretValue eu-west-1"))
        #expect(text.contains("\"name\"") && text.contains("***") && text.contains("AWSCURRENT"))
        #expect(!text.contains("hunter2") && !text.contains("SECRET\""))
        #expect(text.contains("attempt 1: 500 InternalServiceError") && text.contains("attempt 2: 200"))
        #expect(text.contains("waits 50.0 ms") && text.contains("2 attempts") && text.contains("id-3"))
    }

    @Test func requestsCanBeBuiltAndAnswersReadWithoutANetwork() async throws {
        let server = try TestServer.scripted(Script.json())
        let client = try client("sts", server)
        let request = try await client.prepare("GetCallerIdentity")
        #expect(request.method == "POST" && request.url == server.url + "/")
        #expect(request.body == .bytes(Array("Action=GetCallerIdentity&Version=2011-06-15".utf8)))
        #expect(request.header("authorization")?.contains("/eu-west-1/sts/aws4_request") == true)
        #expect(server.requests.isEmpty)
        let operation = try #require(client.service.operation("GetCallerIdentity"))
        let answer = """
            <GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult>\
            </GetCallerIdentityResponse>
            """
        #expect(
            try client.parse(operation, status: 200, headers: [], body: Array(answer.utf8))["Account"] == "123456789012"
        )
        #expect(throws: AWSError.self) {
            try client.parse(
                operation, status: 403, headers: [],
                body: Array("<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>".utf8))
        }
    }
}

final class Log: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var entries: [String] { lines.withLock { $0 } }
}

private struct Watcher: Interceptor {
    let name: String
    let log: Log
    let seesEachAttempt: Bool

    init(_ name: String, _ log: Log, each: Bool = false) {
        self.name = name
        self.log = log
        seesEachAttempt = each
    }

    func intercept(_ call: Call, next: @Sendable (Call) async throws -> AWSResult) async throws -> AWSResult {
        log.add("\(name) \(call.attempt)")
        do {
            let result = try await next(call)
            log.add("\(name) \(call.attempt) done")
            return result
        } catch {
            log.add("\(name) \(call.attempt) threw")
            throw error
        }
    }
}

/// Looks at every output, and puts another in the place of those of limited calls.
private struct Looker: Interceptor {
    let name = "looker"
    let log: Log

    init(_ log: Log) { self.log = log }

    func intercept(_ call: Call, next: @Sendable (Call) async throws -> AWSResult) async throws -> AWSResult {
        var result = try await next(call)
        if call.input["maxResults"] != nil {
            result.output = ["changed": true]
        } else {
            log.add(result.output.map?.orderedKeys.joined() ?? "nothing")
        }
        return result
    }
}

/// Writes down what a sink is told.
private struct WordSink: ValueSink {
    var words = ""

    private mutating func add(_ word: String) { words += words.isEmpty ? word : " " + word }

    mutating func null() { add("null") }
    mutating func bool(_ value: Bool) { add("\(value)") }
    mutating func integer(_ value: Int64) { add("\(value)") }
    mutating func double(_ value: Double) { add("\(value)") }
    mutating func timestamp(_ seconds: Double) { add("\(seconds)") }
    mutating func string(_ utf8: UnsafeBufferPointer<UInt8>) { add(String(decoding: utf8, as: UTF8.self)) }
    mutating func blob(_ bytes: [UInt8]) { add("\(bytes)") }
    mutating func body(_ body: AWSBody) { add("\(body)") }
    mutating func beginList() -> Int { begin("[") }
    mutating func endList(_ mark: Int, count: Int) { add("]") }
    mutating func beginMap() -> Int { begin("{") }
    mutating func key(_ utf8: UnsafeBufferPointer<UInt8>) { string(utf8) }
    mutating func endMap(_ mark: Int, count: Int) { add("}") }
    mutating func beginStructure() -> Int { begin("{") }
    mutating func member(_ place: Int, of shape: BareShape) {
        add(String(decoding: shape.memberName(place), as: UTF8.self))
    }
    mutating func endStructure(_ mark: Int, count: Int, of shape: BareShape) { add("}") }
    mutating func endUnion(_ mark: Int, unknownMember: String) { add("\(unknownMember) }") }

    private mutating func begin(_ bracket: String) -> Int {
        add(bracket)
        return 0
    }
}

private struct Planner: Interceptor {
    let name = "plan"

    func intercept(_ call: Call, next: @Sendable (Call) async throws -> AWSResult) async throws -> AWSResult {
        if call.operation.name == "GetPipeline" {
            throw AWSError(
                .refused, code: "NotPermitted", message: "no", service: call.service.name,
                operation: call.operation.name)
        }
        if !call.isReadOnly { return AWSResult(output: ["planned": true]) }
        var call = call
        call.input["maxResults"] = 7
        return try await next(call)
    }
}
