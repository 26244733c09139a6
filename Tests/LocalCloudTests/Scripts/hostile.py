"""Requests that no honest client sends: each gets an answer or a closed connection, and the server goes on."""
import socket

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from support import *

HOST, PORT = ENDPOINT.removeprefix("http://").split(":")


def raw(data, seconds=120):
    """What comes back for bytes; empty when the server closes without a word."""
    with socket.create_connection((HOST, int(PORT)), timeout=seconds) as connection:
        answer = b""
        try:
            connection.sendall(data)  # the server may close before it has read all of it
            while chunk := connection.recv(65536):
                answer += chunk
        except (ConnectionError, socket.timeout):
            pass
        return answer


def signed(method, path, body=b"", service="ssm", headers=None, send=None):
    """A request that is signed for `body` and carries `send`."""
    request = AWSRequest(method=method, url=ENDPOINT + path, data=body, headers=dict(headers or {}))
    (S3SigV4Auth if service == "s3" else SigV4Auth)(Credentials("test", "test"), service, "us-east-1").add_auth(request)
    send = body if send is None else send
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}:{PORT}", f"Content-Length: {len(send)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return raw(("\r\n".join(lines) + "\r\n\r\n").encode() + send)


target = {"X-Amz-Target": "AmazonSSM.PutParameter", "Content-Type": "application/x-amz-json-1.1"}
good = json.dumps({"Name": "/a", "Value": "1", "Type": "String"}).encode()
assert b" 200 " in signed("POST", "/", good, headers=target)[:20]

# A changed body, path or header.
answer = signed("POST", "/", good, headers=target, send=good.replace(b"1", b"2"))
assert b"InvalidSignatureException" in answer and answer.startswith(b"HTTP/1.1 403")
client("s3").create_bucket(Bucket="box")
answer = signed("PUT", "/box/k", b"true", "s3", send=b"fals")
assert b"XAmzContentSHA256Mismatch" in answer and answer.startswith(b"HTTP/1.1 400")

# What cannot be read.
for body in (b"{", b"[1]", b"\xff\xfe", b"[" * 100000, b'{"Name": 7}', b'{"Name": "/a"}', b"null" * 1000):
    answer = signed("POST", "/", body, headers=target)
    assert answer.startswith(b"HTTP/1.1 400"), (body[:20], answer[:300])
answer = signed("POST", "/", good, headers={**target, "X-Amz-Target": "AmazonSSM.NoSuchOperation"})
assert b"UnknownOperationException" in answer
bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + at, b"&%c;" % (97 + at) * 10) for at in range(9)) + b"]><Delete><Object><Key>&j;</Key></Object></Delete>"
answer = signed("POST", "/box?delete=", bomb, "s3")
assert answer.startswith(b"HTTP/1.1 400"), answer[:300]

# What is no request of AWS's, or none at all.
assert raw(b"GARBAGE\r\n\r\n").startswith((b"HTTP/1.1 400", b"HTTP/1.0 400"))
assert raw(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 200000 + b"\r\n\r\n")[:12] in (b"HTTP/1.1 431", b"HTTP/1.1 400", b"")
assert raw(b"PUT /box/k HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n").startswith(b"HTTP/1.1 413")
# What is a call's input is not taken by the gigabyte: neither of a size that is told nor piece by piece.
for head in (b"X-Amz-Target: AmazonSSM.GetParameter", b"Content-Type: application/x-www-form-urlencoded; charset=utf-8"):
    assert raw(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n" + head + b"\r\n\r\n").startswith(b"HTTP/1.1 413"), head
piece = b"100000\r\n" + b"a" * (1 << 20) + b"\r\n"
answer = raw(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX-Amz-Target: AmazonSSM.GetParameter\r\n\r\n" + piece * 80)
assert answer == b"" or answer.startswith(b"HTTP/1.1 413"), answer[:200]
assert b"403" in raw(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")[:20]
for path in ("/../../etc/passwd", "/box/../../../etc/passwd", "/box/%2e%2e/%2e%2e/etc/passwd", "/%00", "//", "/box//", "/%zz"):
    answer = raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert b"root:" not in answer and answer[9:12] in (b"403", b"404", b"400", b"405"), (path, answer[:200])

# A signature's region and service, an old signature, a malformed header.
answer = raw(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\nAuthorization: AWS4-HMAC-SHA256 nonsense\r\n\r\n")
assert answer.startswith(b"HTTP/1.1 4"), answer
old = raw((
    "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\nX-Amz-Date: 20200101T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 "
    "Credential=test/20200101/us-east-1/ssm/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + "0" * 64 + "\r\n"
    "X-Amz-Target: AmazonSSM.GetParameter\r\n\r\n").encode())
assert b"InvalidSignatureException" in old and b"Signature expired" in old, old

# Connections that do nothing do not hold up others.
idle = [socket.create_connection((HOST, int(PORT))) for _ in range(200)]
for number, connection in enumerate(idle):
    if number % 2:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\npart")
assert client("ssm").get_parameter(Name="/a")["Parameter"]["Value"] == "1"
for connection in idle:
    connection.close()

# Chunked transfer coding, and bodies that end early.
answer = raw(b"PUT /box/k HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
assert b"AccessDenied" in answer
with socket.create_connection((HOST, int(PORT))) as connection:
    connection.sendall(b"PUT /box/cut HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n" + b"x" * 2000000)
refused("404", client("s3").head_object, Bucket="box", Key="cut")
assert client("ssm").get_parameter(Name="/a")["Parameter"]["Value"] == "1"
