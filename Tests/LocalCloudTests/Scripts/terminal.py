"""A server that was started from a terminal: nothing in an instance or a build has that terminal, or can type into it.

Usage: terminal.py BINARY
"""
import os
import pty
import signal
import sys

id, terminal = pty.fork()
if id == 0:  # the terminal is this process's own, and its standard streams are the terminal
    os.execv(sys.argv[1], [sys.argv[1], "--port", "0"])
said = b""
while b"\n" not in said:
    said += os.read(terminal, 1000)
os.environ["AWS_ENDPOINT_URL"] = said.decode().split("AWS_ENDPOINT_URL=")[1].split()[0]
import threading


def listen():
    """A terminal that nobody reads holds up who writes to it."""
    try:
        while os.read(terminal, 1000):
            pass
    except OSError:
        pass


threading.Thread(target=listen, daemon=True).start()
from fleets import *
import pipelines

# Says "typed" where it came to the terminal, by a descriptor that it was left or by name.
PROBE = """python3 - <<'END'
import fcntl, os
left = open("/proc/self/stat").read().rsplit(")", 1)[1].split()[4] != "0"
for number in range(3):
    left = left or os.isatty(number)
    try:
        fcntl.ioctl(number, 0x5412, b"x")
        left = True
    except OSError:
        pass
try:
    os.open("/dev/tty", os.O_RDWR)
    left = True
except OSError:
    pass
print("has the terminal" if left else "has none")
END"""
(row,) = ec2.run_instances(ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1, UserData="#!/bin/bash\n" + PROBE)["Instances"]
build, logs = client("codebuild"), client("logs")
build.create_project(
    name="probe", artifacts={"type": "NO_ARTIFACTS"}, serviceRole=pipelines.ROLES["codebuild"],
    source={"type": "NO_SOURCE", "buildspec": json.dumps({"version": 0.2, "phases": {"build": {"commands": [PROBE]}}})},
    environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"})
run = build.start_build(projectName="probe")["build"]["id"]


def instance():
    text = ec2.get_console_output(InstanceId=row["InstanceId"]).get("Output", "")
    return text if "has " in text else None


def finished():
    (one,) = build.batch_get_builds(ids=[run])["builds"]
    return one if one["buildComplete"] else None


text = eventually(instance)
assert "has none" in text, text
place = eventually(finished)["logs"]
events = logs.get_log_events(logGroupName=place["groupName"], logStreamName=place["streamName"], startFromHead=True)["events"]
text = "".join(event["message"] for event in events if not event["message"].startswith("[Container]"))
assert "has none" in text, text
os.kill(id, signal.SIGTERM)
assert os.waitstatus_to_exitcode(os.waitpid(id, 0)[1]) == 0
