import AWSModel
import Foundation
import Testing

@testable import AWSClient

/// What a server does wrong, seen by a whole call: success after another attempt, or one clear error in its time; and
/// what must not be sent twice is sent once.
@Suite struct CallFaultTests {
    /// A fault; what a call of three attempts ends with; how often it reached the server.
    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        let kind: AWSError.Kind
        let code: String
        let attempts: Int
        let answer: Script.Answer
        var testDescription: String { name }
    }

    static let faults: [Fault] = [
        Fault(name: "closes", kind: .network, code: "ConnectionClosed", attempts: 3, answer: Script.close),
        Fault(name: "truncates", kind: .response, code: "", attempts: 3) { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"pipe")
            return false
        },
        Fault(name: "500", kind: .service, code: "500", attempts: 3, answer: Script.json(500, "")),
        Fault(name: "503 with HTML", kind: .service, code: "503", attempts: 3) { _, connection in
            connection.respond(503, headers: ["Content-Type": "text/html"], body: "<html><h1>busy</h1>")
        },
        Fault(name: "429", kind: .service, code: "429", attempts: 3, answer: Script.json(429, "")),
        Fault(
            name: "503 with retry-after", kind: .service, code: "ServiceUnavailable", attempts: 3,
            answer: Script.error("ServiceUnavailable", 503, headers: ["x-amz-retry-after": "700", "Retry-After": "9"])),
        Fault(
            name: "broken JSON", kind: .response, code: "InvalidResponse", attempts: 1, answer: Script.json(200, "{]")),
        Fault(name: "not JSON", kind: .response, code: "InvalidResponse", attempts: 1) { _, connection in
            connection.respond(200, headers: ["Content-Type": "text/html"], body: "<html>log in first</html>")
        },
        Fault(name: "redirect", kind: .service, code: "302", attempts: 1) { _, connection in
            connection.respond(302, headers: ["Location": "http://127.0.0.1:1/"])
        },
        Fault(name: "1 MB headers", kind: .response, code: "", attempts: 1) { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nX-Large: \(String(repeating: "x", count: 1 << 20))\r\n\r\n")
            return false
        },
        Fault(name: "an endless body", kind: .response, code: "", attempts: 1) { _, connection in
            connection.send("HTTP/1.1 200 OK\r\n\r\n")
            let block = [UInt8](repeating: 0x20, count: 1 << 16)
            while connection.send(block) {}
            return false
        },
    ]

    @Test(arguments: faults) func eachEndsInOneClearError(_ fault: Fault) async throws {
        let server = try TestServer.scripted(fault.answer)
        let client = try client("codepipeline", server)
        let error = try #require(
            await client.failure("ListPipelines", options: CallOptions(memoryLimit: 1 << 20)))
        #expect(error.kind == fault.kind && error.attempts == fault.attempts, "\(error.kind) \(error)")
        if !fault.code.isEmpty { #expect(error.code == fault.code) }
        #expect(server.requests.count == fault.attempts)
        #expect(error.description.hasPrefix("codepipeline.ListPipelines: "))
        #expect(error.description.utf8.count < 600, "\(error)")
    }

    /// One good answer behind two bad ones is a success, wherever trying again is right.
    @Test(arguments: faults.filter { $0.attempts > 1 }) func successAfterRetries(_ fault: Fault) async throws {
        let server = try TestServer.scripted(fault.answer, fault.answer, Script.json(200, #"{"pipelines":[]}"#))
        let result = try await client("codepipeline", server).call("ListPipelines")
        #expect(result.metadata.attempts == 3 && result.output["pipelines"] == [])
    }

    @Test(arguments: faults) func whatMustNotBeSentTwiceIsNot(_ fault: Fault) async throws {
        let server = try TestServer.scripted(fault.answer)
        let options = CallOptions(memoryLimit: 1 << 20, sendsOnce: true)
        let error = await (try client("codepipeline", server)).failure("ListPipelines", options: options)
        #expect(error?.attempts == 1 && server.requests.count == 1, "\(String(describing: error))")
    }

    /// Before any byte, in the headers, in the body: the call's own limit ends it.
    @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"pi"])
    func stallsEndWithTheDeadline(sent: String) async throws {
        let server = try TestServer { _, connection in
            connection.send(sent)
            connection.stall()
            return false
        }
        let error = await (try client("codepipeline", server, clock: SystemClock())).failure(
            "ListPipelines", options: CallOptions(timeout: 0.4))
        #expect(error?.kind == .timeout, "\(String(describing: error))")
    }

    @Test func brokenXML() async throws {
        let deep = String(repeating: "<a>", count: 10_000)
        let bomb = """
            <!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">\
            <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><GetCallerIdentityResponse>&c;</GetCallerIdentityResponse>
            """
        for body in ["<GetCallerIdentityResponse><A>", "<a></b>", "", "\u{0}", deep, bomb] {
            let server = try TestServer { _, connection in connection.respond(body: body) }
            let error = await (try client("sts", server)).failure("GetCallerIdentity")
            #expect(
                error == nil ? body.isEmpty : error?.code == "InvalidResponse", "\(body.prefix(40)): \(error as Any)")
            #expect(server.requests.count == 1)
        }
    }

    @Test func deepJSONAndCBOR() async throws {
        let json = try TestServer.scripted(Script.json(200, String(repeating: "[", count: 100_000)))
        #expect(await (try client("codepipeline", json)).failure("ListPipelines")?.code == "InvalidResponse")
        let cbor = try TestServer { _, connection in
            let body = [UInt8](repeating: 0x81, count: 100_000)
            connection.send(
                "HTTP/1.1 200 OK\r\nSmithy-Protocol: rpc-v2-cbor\r\nContent-Type: application/cbor\r\nContent-Length: \(body.count)\r\n\r\n"
            )
            connection.send(body)
            return true
        }
        let spoken = try TestService.cbor(cbor)
        #expect(await spoken.failure("Do")?.code == "InvalidResponse")
        #expect(cbor.requests.count == 1)
    }

    /// A write that may be repeated carries the same token each time; so the service knows it again.
    @Test(arguments: faults.filter { $0.attempts > 1 }) func repeatedWritesCarryOneToken(_ fault: Fault) async throws {
        let server = try TestServer.scripted(fault.answer)
        _ = await (try client("codepipeline", server)).failure("StartPipelineExecution", ["name": "p"])
        let tokens = Set(server.requests.map { (try? JSON.parse($0.body))?["clientRequestToken"]?.string })
        #expect(tokens.count == 1 && tokens.first != .some(nil))
    }
}

enum TestService {
    /// A service that speaks CBOR.
    static func cbor(_ server: TestServer) throws -> AWSClient {
        let model = """
            {"metadata": {"protocols": ["smithy-rpc-v2-cbor"], "protocol": "smithy-rpc-v2-cbor", "serviceId": "Demo",
              "endpointPrefix": "demo", "signatureVersion": "v4", "targetPrefix": "Demo"},
             "operations": {"Do": {"name": "Do", "http": {"method": "POST", "requestUri": "/"}, "output": {"shape": "Out"}}},
             "shapes": {"Out": {"type": "structure", "members": {"Text": {"shape": "Text"}}}, "Text": {"type": "string"}}}
            """
        var configuration = ClientConfiguration(
            session: session([
                "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "SECRET", "AWS_REGION": "eu-west-1",
            ]))
        configuration.endpoint = server.url
        return AWSClient(
            service: try Catalog.compile(name: "demo", json: Array(model.utf8), endpointRules: nil),
            configuration: configuration)
    }
}
