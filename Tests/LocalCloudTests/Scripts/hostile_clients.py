"""Clients of a load balancer that are slow, cut off or malformed: others are served, and no request becomes two."""
import re
import socket
import threading
import urllib.parse

from fleets import *

# Answers with what it took for the request, and counts the requests.
ECHO = """import http.server, threading
LARGE = b"x" * (8 << 20)
threading.stack_size(256 << 10)
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    count = 0
    def do_GET(self):
        Handler.count += 1
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size) if size else b""
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        text = LARGE if self.path == "/large" else f"{self.command} {self.path} {len(body)} {Handler.count}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
    do_POST = do_PUT = do_GET
    def log_message(self, *arguments): pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256
Server(("", 80), Handler).serve_forever()
"""
script = f"#!/bin/bash\ncat > /opt/echo.py <<'END'\n{ECHO}END\nexec python3 /opt/echo.py &\n"
ec2.create_launch_template(LaunchTemplateName="echo", LaunchTemplateData={
    "ImageId": IMAGE, "InstanceType": "t3.micro", "SecurityGroupIds": [WEB], "UserData": base64.b64encode(script.encode()).decode()})
tg = targets("echo", HealthCheckPath="/health")
_, _, url = balancer("echo", {"Type": "forward", "TargetGroupArn": tg})
group("echo", "echo", tg)
healthy(tg)
place = urllib.parse.urlsplit(url)
ADDRESS = (place.hostname, place.port or 80)


def raw(data, seconds=240):
    """What comes back until the connection is closed or nothing more comes."""
    with socket.create_connection(ADDRESS, timeout=seconds) as one:
        one.sendall(data)
        answer = b""
        try:
            while part := one.recv(65536):
                answer += part
        except (ConnectionResetError, TimeoutError):
            pass
        return answer


def statuses(answer):
    return re.findall(rb"HTTP/1\.[01] (\d+)", answer)


assert statuses(raw(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) == [b"200"]
# Malformed requests are refused here: none reaches the target, whose paths start with /evil.
for head in (b"GARBAGE\r\n\r\n", b"GET /evil\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET /evil HTTP/9.9\r\nHost: x\r\n\r\n",
             b"GET /evil HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n", b"GET /evil HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
             b"GET /evil HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200000 + b"\r\n\r\n", b"GET /" + b"evil" * 50000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
             b"POST /evil HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"POST /evil HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\nx",
             b"POST /evil HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
             b"POST /evil HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"):
    answer = raw(head, 2)
    assert not answer or b"/evil" not in answer and statuses(answer)[0][:1] == b"4", (head[:60], answer[:200])
# A chunk that lies about its size: nothing that follows is taken for a request.
hidden = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
for body in (b"zz\r\n" + hidden, b"-1\r\n" + hidden, b"ffffffffffffffffff\r\n" + hidden, b"3\r\nabcdef\r\n0\r\n\r\n" + hidden):
    answer = raw(b"POST /start HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body, 2)
    assert b"/smuggled" not in answer, (body, answer)
# Requests that come at once are answered one by one, in their order.
answer = raw(b"".join(f"GET /{at} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for at in range(50))
             + b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
assert re.findall(rb"GET /(\w+) 0", answer) == [str(at).encode() for at in range(50)] + [b"last"], answer[:500]

# Slow ones: heads and bodies byte by byte, answers that nobody reads, connections that say nothing.
slow = [socket.create_connection(ADDRESS) for _ in range(300)]
for at, one in enumerate(slow):
    kind = at % 4
    if kind == 0:
        one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    elif kind == 1:
        one.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + b"x" * 10)
    elif kind == 2:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
done = threading.Event()


def drip():
    while not done.wait(0.2):
        for one in slow[::4]:
            one.sendall(b"a")


threading.Thread(target=drip, daemon=True).start()
for _ in range(50):
    status, text = get(url, "/served")
    assert status == 200 and text.startswith("GET /served 0"), (status, text)
# The cloud itself is not held up either.
assert elb.describe_target_health(TargetGroupArn=tg)["TargetHealthDescriptions"][0]["TargetHealth"]["State"] == "healthy"
done.set()
time.sleep(0.3)
for one in slow:
    one.close()
status, text = get(url, "/after")
assert status == 200 and text.startswith("GET /after 0"), text
