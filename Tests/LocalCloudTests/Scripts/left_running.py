"""An instance and a build that go on running: each with a process behind it that left its session, the instance with an httpd.

Usage: left_running.py NAME    what the processes call themselves: NAME-instance and NAME-build, each twice
"""
import sys

from fleets import *
import pipelines

name = sys.argv[1]
behind = f"(setsid bash -c 'exec -a {name}-%s sleep 1000000' > /dev/null 2>&1 &)"
before = f"bash -c 'exec -a {name}-%s sleep 1000000'"
data = "\n".join([
    "#!/bin/bash", "yum install -y httpd", "systemctl enable --now httpd", behind % "instance",
    "curl -fs --retry 60 --retry-connrefused --retry-delay 1 http://localhost/ -o /dev/null -w '%{http_code}' > /dev/null || true",
    "echo all are up", before % "instance", ""])
(row,) = ec2.run_instances(ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1, UserData=data)["Instances"]
build = client("codebuild")
build.create_project(
    name="left", artifacts={"type": "NO_ARTIFACTS"}, serviceRole=pipelines.ROLES["codebuild"],
    source={"type": "NO_SOURCE", "buildspec": json.dumps(
        {"version": 0.2, "phases": {"build": {"commands": [behind % "build", "echo it runs", before % "build"]}}})},
    environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"})
id = build.start_build(projectName="left")["build"]["id"]
eventually(lambda: "all are up" in ec2.get_console_output(InstanceId=row["InstanceId"]).get("Output", ""))
logs = client("logs")


def log():
    place = build.batch_get_builds(ids=[id])["builds"][0].get("logs", {})
    if not place.get("streamName"):
        return ""
    events = logs.get_log_events(logGroupName=place["groupName"], logStreamName=place["streamName"], startFromHead=True)
    return "".join(event["message"] for event in events["events"])


eventually(lambda: "it runs" in log())
