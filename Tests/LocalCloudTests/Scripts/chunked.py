"""Payloads in aws-chunked coding, as the Java and Go SDKs send them: signed chunk by chunk, and with trailing checksums."""
import base64
import datetime
import hashlib
import hmac
import http.client
import zlib

from support import *

HOST = ENDPOINT.removeprefix("http://")
s3 = client("s3")
s3.create_bucket(Bucket="chunks")


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def put(key, chunks, kind="STREAMING-AWS4-HMAC-SHA256-PAYLOAD", trailer=None, tamper=None):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/us-east-1/s3/aws4_request"
    headers = {"host": HOST, "x-amz-content-sha256": kind, "x-amz-date": now,
               "x-amz-decoded-content-length": str(sum(map(len, chunks)))}
    if trailer:
        headers["x-amz-trailer"] = trailer[0]
    names = ";".join(sorted(headers))
    canonical = f"PUT\n/chunks/{key}\n\n" + "".join(f"{n}:{headers[n]}\n" for n in sorted(headers)) + f"\n{names}\n{kind}"
    signing = mac(mac(mac(mac(b"AWS4test", now[:8]), "us-east-1"), "s3"), "aws4_request")

    def sign(algorithm, *lines):
        return mac(signing, "\n".join((algorithm, now, scope) + lines)).hex()

    digest = lambda data: hashlib.sha256(data).hexdigest()
    previous = sign("AWS4-HMAC-SHA256", digest(canonical.encode()))
    headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders={names}, Signature={previous}")
    body = b""
    for chunk in chunks + [b""]:
        extension = ""
        if kind.startswith("STREAMING-AWS4"):
            previous = sign("AWS4-HMAC-SHA256-PAYLOAD", previous, digest(b""), digest(chunk))
            extension = f";chunk-signature={previous}"
        body += f"{len(chunk):x}{extension}\r\n".encode() + chunk + (b"\r\n" if chunk else b"")
    if trailer:
        body += f"{trailer[0]}:{trailer[1]}\r\n".encode()
        if kind.startswith("STREAMING-AWS4"):
            signature = sign("AWS4-HMAC-SHA256-TRAILER", previous, digest(f"{trailer[0]}:{trailer[1]}\n".encode()))
            body += f"x-amz-trailer-signature:{signature}\r\n".encode()
    body += b"\r\n"
    if tamper:
        body = body.replace(*tamper)
    connection = http.client.HTTPConnection(HOST)
    connection.request("PUT", f"/chunks/{key}", body=body, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def read(key):
    return s3.get_object(Bucket="chunks", Key=key)["Body"].read()


small = [b"a" * 8192, b"b" * 100]
assert put("small", small) == (200, b"") and read("small") == b"".join(small)
large = [bytes([at]) * (1 << 20) for at in range(5)]
assert put("large", large) == (200, b"") and read("large") == b"".join(large)
status, body = put("changed", small, tamper=(b"bbbb", b"bbbc"))
assert status == 403 and b"SignatureDoesNotMatch" in body
crc = base64.b64encode(zlib.crc32(b"".join(small)).to_bytes(4, "big")).decode()
for kind in ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"):
    assert put("trailer", small, kind, ("x-amz-checksum-crc32", crc)) == (200, b""), kind
    assert read("trailer") == b"".join(small)
    assert s3.head_object(Bucket="chunks", Key="trailer", ChecksumMode="ENABLED")["ChecksumCRC32"] == crc
    status, body = put("trailer", small, kind, ("x-amz-checksum-crc32", "AAAAAA=="))
    assert status == 400 and b"BadDigest" in body, (kind, status, body)
status, body = put("forged", small, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", ("x-amz-checksum-crc32", crc),
                   tamper=(crc.encode(), b"AAAAAA=="))
assert status == 403, body
for wrong in ((b"2000;", b"zzzz;"), (b"2000;", b"ffffffffffff;"), (b"\r\n64;", b"\r\n65;")):
    assert put("broken", small, tamper=wrong)[0] in (400, 403)
refused("404", s3.head_object, Bucket="chunks", Key="broken")
