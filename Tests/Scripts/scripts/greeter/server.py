"""A service that greets: JSON on /, and its health on /healthz."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).parent


def greeting():
    version = (HERE / "VERSION").read_text(encoding="utf-8").strip()
    return {"service": "greeter", "version": version, "greeting": os.environ["GREETING"]}


def answer(path):
    """The status and the JSON for a path."""
    if path == "/":
        return 200, greeting()
    if path == "/healthz":
        return 200, {"healthy": True}
    return 404, {"error": f"there is nothing at {path}"}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        status, body = answer(self.path)
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
