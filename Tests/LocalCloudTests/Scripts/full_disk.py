"""A server whose disk takes nothing more, as told by a limit on its files: it says so, acknowledges nothing that it cannot
keep, and goes on once there is room. Usage: full_disk.py BINARY"""
import os
import resource
import signal
import subprocess
import sys
import tempfile


def start(directory):
    # The limit shall be an error of the write, not a signal.
    server = subprocess.Popen(["bash", "-c", "trap '' XFSZ; exec \"$0\" \"$@\"", sys.argv[1], "--port", "0", "--quiet", "--data", directory],
                              stdout=subprocess.PIPE, text=True)
    os.environ["AWS_ENDPOINT_URL"] = server.stdout.readline().split("AWS_ENDPOINT_URL=")[1].split()[0]
    return server


def limit(size):
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


folder = tempfile.TemporaryDirectory(prefix="awscicd-full-")
server = start(folder.name + "/data")
from support import *

ssm, s3 = client("ssm"), client("s3")
ssm.put_parameter(Name="/before", Value="1", Type="String")
s3.create_bucket(Bucket="box")
limit(1)
for _ in range(2):  # the second time it is in memory, and still not kept
    message = refused("InternalFailure", ssm.put_parameter, Name="/during", Value="1", Type="String", status=500)
    assert "cannot" in message, message
for size in (100, 100_000, 3_000_000):
    # An error that clients try again after: the disk, not the request, is at fault.
    message = refused("InternalError", s3.put_object, Bucket="box", Key=str(size), Body=b"x" * size, status=500)
    assert "no space left on the local cloud's disk" in message, message
limit(resource.RLIM_INFINITY)
ssm.put_parameter(Name="/after", Value="1", Type="String")
s3.put_object(Bucket="box", Key="after", Body=b"x" * 3_000_000)
seen = {row["Name"] for row in ssm.get_parameters(Names=["/before", "/during", "/after"])["Parameters"]}
server.send_signal(signal.SIGKILL)
server.wait()
server = start(folder.name + "/data")
again = client("ssm", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
kept = {row["Name"] for row in again.get_parameters(Names=["/before", "/during", "/after"])["Parameters"]}
assert kept == seen and {"/before", "/after"} <= kept, (seen, kept)
body = client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"]).get_object(Bucket="box", Key="after")["Body"].read()
assert body == b"x" * 3_000_000
server.send_signal(signal.SIGTERM)
assert server.wait() == 0
