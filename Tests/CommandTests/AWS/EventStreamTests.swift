import Foundation
import Testing

/// Streams of events as a script reads them, from a server of the test's own.
struct EventStreamTests {
    @Test func eventsComeOneByOne() throws {
        let result = try run("ok")
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output == "sessionStart r-1\nsessionUpdate 2 one\nend\n")
    }

    @Test func anErrorInTheStreamIsRaised() throws {
        let result = try run("exception")
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output == "sessionStart r-1\nfailed SessionTimeoutException too long\n")
    }

    @Test func aCutStreamIsAnError() throws {
        let result = try run("cut")
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output == "sessionStart r-1\nfailed IncompleteRead the stream ended inside an event\n")
    }

    private func run(_ kind: String) throws -> Command.Result {
        let script = """
            local group = "arn:aws:logs:us-east-1:123456789012:log-group:\(kind)"
            local ok, err = pcall(function()
              for event in aws.logs.events.start_live_tail { logGroupIdentifiers = { group } } do
                if event.sessionStart then say("sessionStart", event.sessionStart.requestId) end
                if event.sessionUpdate then
                  local found = event.sessionUpdate.sessionResults
                  say("sessionUpdate", #found, found[1].message)
                end
              end
            end)
            if ok then say("end") else say("failed", err.code, err.message) end
            """
        let portFile = FileManager.default.temporaryDirectory.appendingPathComponent("port-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: portFile) }
        let server = try DetachedProcess(["python3", "-c", Self.program, portFile])
        defer { withExtendedLifetime(server) {} }
        var port = ""
        for _ in 0..<6000 where port.isEmpty {
            port = (try? String(contentsOfFile: portFile, encoding: .utf8)) ?? ""
            if port.isEmpty { Thread.sleep(forTimeInterval: 0.02) }
        }
        try #require(!port.isEmpty, "the test's server did not start")
        return try Command(
            arguments: ["-e", "local function say(...) print(table.concat({...}, ' ')) end " + script],
            environment: [
                "AWS_ENDPOINT_URL": "http://127.0.0.1:\(port)", "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_REGION": "us-east-1", "AWS_PROFILE": nil, "AWS_CONFIG_FILE": "/dev/null",
                "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            ]
        ).run()
    }

    private static let program = """
        import http.server, json, os, struct, sys, zlib
        def message(payload, **headers):
            head = b""
            for name, value in headers.items():
                name = (":" + name.replace("_", "-")).encode()
                head += bytes([len(name)]) + name + b"\\x07" + struct.pack(">H", len(value)) + value.encode()
            body = json.dumps(payload).encode()
            start = struct.pack(">II", 16 + len(head) + len(body), len(head))
            start += struct.pack(">I", zlib.crc32(start)) + head + body
            return start + struct.pack(">I", zlib.crc32(start))
        def event(kind, payload): return message(payload, message_type="event", event_type=kind)
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *_): pass
            def do_POST(self):
                request = self.rfile.read(int(self.headers["Content-Length"])).decode()
                body = event("initial-response", {}) + event("sessionStart", {"requestId": "r-1"})
                if "exception" in request:
                    body += message({"message": "too long"}, message_type="exception", exception_type="SessionTimeoutException")
                else:
                    update = event("sessionUpdate", {"sessionResults": [{"message": "one"}, {"message": "two"}]})
                    body += update[:20] if "cut" in request else update
                self.send_response(200)
                self.send_header("Content-Type", "application/vnd.amazon.eventstream")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        with open(sys.argv[1] + ".new", "w") as file: file.write(str(server.server_port))
        os.rename(sys.argv[1] + ".new", sys.argv[1])
        server.serve_forever()
        """
}
