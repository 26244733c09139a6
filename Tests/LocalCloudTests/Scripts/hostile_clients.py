"""Clients of a load balancer that are slow, cut off or malformed: others are served, and no request becomes two.

On a manual clock, so that how fast this machine is decides nothing: targets are checked when the script lets them be.
"""
import re
import socket
import urllib.parse

from fleets import *

# Answers with what it took for the request, and counts the requests.
ECHO = """import http.server, threading
LARGE = b"x" * (8 << 20)
threading.stack_size(256 << 10)
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    count, checks = 0, 0
    def do_GET(self):
        Handler.count += 1
        Handler.checks += self.path == "/health"
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size) if size else b""
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        text = f"{self.command} {self.path} {len(body)} {Handler.count}".encode()
        trace = str(self.headers["X-Amzn-Trace-Id"]).encode()
        text = {"/large": LARGE, "/trace": trace, "/checks": b"%6d" % Handler.checks}.get(self.path, text)
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
    do_POST = do_PUT = do_GET
    def log_message(self, *arguments): pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256
server = Server(("", 80), Handler)
print("listening", flush=True)
server.serve_forever()
"""
script = f"#!/bin/bash\ncat > /opt/echo.py <<'END'\n{ECHO}END\nexec python3 /opt/echo.py &\n"
id = ec2.run_instances(ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1, SecurityGroupIds=[WEB], SubnetId=SUBNETS[0],
                       UserData=script)["Instances"][0]["InstanceId"]
# A check may take its time: what it is to say is whether the target answers.
tg = elb.create_target_group(Name="echo", Protocol="HTTP", Port=80, VpcId=VPC, HealthCheckPath="/health", HealthCheckIntervalSeconds=300,
                             HealthCheckTimeoutSeconds=120, UnhealthyThresholdCount=2)["TargetGroups"][0]["TargetGroupArn"]
row = elb.create_load_balancer(Name="echo", Subnets=SUBNETS, SecurityGroups=[WEB])["LoadBalancers"][0]
elb.modify_load_balancer_attributes(LoadBalancerArn=row["LoadBalancerArn"], Attributes=[
    {"Key": "idle_timeout.timeout_seconds", "Value": "4000"}])  # the slow clients are not closed for it
elb.create_listener(LoadBalancerArn=row["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[
    {"Type": "forward", "TargetGroupArn": tg}])
url = f"http://{row['DNSName']}/"


def state():
    return elb.describe_target_health(TargetGroupArn=tg)["TargetHealthDescriptions"][0]["TargetHealth"]["State"]


passes(lambda: ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]["State"]["Name"] == "running")
eventually(lambda: "listening" in ec2.get_console_output(InstanceId=id).get("Output", ""))
elb.register_targets(TargetGroupArn=tg, Targets=[{"Id": id}])
passes(lambda: state() == "healthy", 3000)
place = urllib.parse.urlsplit(url)
ADDRESS = (place.hostname, place.port or 80)


def raw(data):
    """What comes back until the connection is closed."""
    with socket.create_connection(ADDRESS, timeout=240) as one:
        answer = b""
        try:
            one.sendall(data)
            while part := one.recv(65536):
                answer += part
        except (BrokenPipeError, ConnectionResetError):
            pass  # closed before all was sent or read
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
    answer = raw(head)
    assert not answer or b"/evil" not in answer and statuses(answer)[0][:1] == b"4", (head[:60], answer[:200])
# What a load balancer answers itself, and what it makes of a trace's header.
for method, more, status in ((b"TRACE", b"", b"405"), (b"CONNECT", b"", b"405"), (b"GET", b"X-Forwarded-For: " + b"1.2.3.4, " * 30 + b"1.2.3.4\r\n", b"463"),
                             (b"GET", b"X-Forwarded-For: " + b"1.2.3.4, " * 29 + b"1.2.3.4\r\n", b"200")):
    target = b"x:80" if method == b"CONNECT" else b"/itself"
    answer = raw(method + b" " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + more + b"\r\n")
    assert statuses(answer) == [status] and (b"/itself" in answer) == (status == b"200"), answer
for given, wanted in ((b"", rb"\nRoot=1-[0-9a-f]{8}-[0-9a-f]{24}$"), (b"X-Amzn-Trace-Id: Self=1-2-3;Root=1-a-b;CalledFrom=app\r\n",
                      rb"\nSelf=1-[0-9a-f]{8}-[0-9a-f]{24};Root=1-a-b;CalledFrom=app$")):
    answer = raw(b"GET /trace HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + given + b"\r\n")
    assert re.search(wanted, answer), answer
# A chunk that lies about its size: nothing that follows is taken for a request.
hidden = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
for body in (b"zz\r\n" + hidden, b"-1\r\n" + hidden, b"ffffffffffffffffff\r\n" + hidden, b"3\r\nabcdef\r\n0\r\n\r\n" + hidden):
    answer = raw(b"POST /start HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
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
drips = slow[::4]
for _ in range(50):
    for one in drips:
        one.sendall(b"a")
    status, text = get(url, "/served")
    assert status == 200 and text.startswith("GET /served 0"), (status, text)
# The cloud itself is not held up either, and neither are its checks of the target: when the third begins, two have ended.
for _ in range(3):
    before = get(url, "/checks")
    advance(300)
    eventually(lambda: get(url, "/checks") > before)
assert state() == "healthy"
for one in slow:
    one.close()
status, text = get(url, "/after")
assert status == 200 and text.startswith("GET /after 0"), text
