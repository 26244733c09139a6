import Foundation

/// A small HTTP server of the tests' own, in Python: echoes, redirects, packs, is slow.
///
/// It ends with this object, and by itself when the test program does not come to that: a server that lived on with the test
/// program's own streams would keep whoever reads them waiting for ever.
public final class HTTPServer {
    public let url: String
    private let program: Program

    public init() throws {
        program = try Program(["python3", "-c", Self.code], output: .pipe)
        // It says on which free port it listens.
        guard let port = program.output?.line() else {
            throw Program.NotStarted(description: "the tests' HTTP server needs python3")
        }
        url = "http://127.0.0.1:\(port)"
    }

    deinit {
        // Nothing is to be waited for: it holds no state.
        program.send(SIGKILL)
    }

    private static let code = """
        import gzip, http.server, json, os, threading, time, urllib.parse
        parent = os.getppid()
        def end_with_the_tests():
            while os.getppid() == parent: time.sleep(1)
            os._exit(0)
        threading.Thread(target=end_with_the_tests, daemon=True).start()
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *_): pass
            def answer(self, body, status=200, **headers):
                self.send_response(status)
                for name, value in headers.items(): self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD": self.wfile.write(body)
            def redirect(self):
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                self.answer(b"", 302, Location=query.get("to", ["/echo"])[0])
            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = self.path.split("?")[0].split("/")
                if parts[1] == "status": return self.answer(("status " + parts[2]).encode(), int(parts[2]))
                if parts[1] == "redirect": return self.redirect()
                if parts[1] == "gzip": return self.answer(gzip.compress(b"unpacked"), Content_Encoding="gzip")
                if parts[1] == "bytes": return self.answer(b"x" * int(parts[2]))
                if parts[1] == "half":
                    self.send_response(200)
                    if parts[2] == "chunked": self.send_header("Transfer-Encoding", "chunked")
                    else: self.send_header("Content-Length", "200000")
                    self.end_headers()
                    self.wfile.write((b"186a0\\r\\n" if parts[2] == "chunked" else b"") + b"x" * 100000)
                    self.close_connection = True
                    return
                if parts[1] == "count": return self.answer(str(len(body)).encode())
                if parts[1] == "wait": time.sleep(int(parts[2]) / 1000); return self.answer(b"")
                if parts[1] == "slow": time.sleep(300); return self.answer(b"")
                self.answer(json.dumps({"method": self.command, "path": self.path, "body": body.decode(),
                    "headers": {k.lower(): v for k, v in self.headers.items()}}).encode(), Content_Type="application/json")
            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = handle_any
        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 100
        server = Server(("127.0.0.1", 0), Handler)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """
}
