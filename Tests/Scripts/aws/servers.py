"""Servers on loopback for the scripts beside this one: a handler that answers, and STS behind a proxy."""
import http.server
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def answer_caller(self):
        """As GetCallerIdentity does, with the access key in place of the ARN."""
        self.rfile.read(int(self.headers["Content-Length"]))
        who = self.headers["Authorization"].split("Credential=")[1].split("/")[0]
        name = "GetCallerIdentity"
        self.answer(f"<{name}Response><{name}Result><Arn>{who}</Arn></{name}Result></{name}Response>")


def serve(handler):
    """The port on which `handler` answers from now on."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]
