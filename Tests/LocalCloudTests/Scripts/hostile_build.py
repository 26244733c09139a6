"""Builds that reach for the host's files, hang, bomb or fill: each ends with its error, and the host is as it was."""
import os
import tempfile

from bundles import *

build, logs, iam = client("codebuild"), client("logs"), client("iam")
role = iam.create_role(RoleName="build", AssumeRolePolicyDocument=trust("codebuild.amazonaws.com"))["Role"]["Arn"]
iam.put_role_policy(RoleName="build", PolicyName="p", PolicyDocument=policy(allow("*")))
for bucket in ("sources", "results"):
    s3.create_bucket(Bucket=bucket)
folder = tempfile.TemporaryDirectory(prefix="awscicd-host-")
os.chmod(folder.name, 0o755)
SECRET = os.path.join(folder.name, "secret.txt")
with open(SECRET, "w") as file:
    file.write("<testsuite name='of the host'><testcase name='of the host'/></testsuite>")


def start(name, commands=(), source=None, packaging="NONE", **sections):
    """A finished build of a source (the bytes of a bundle) or of commands, and its log."""
    spec = {"version": 0.2, "phases": {"build": {"commands": list(commands)}}, **sections}
    s3.put_object(Bucket="sources", Key=name, Body=source or bundle({"buildspec.yml": json.dumps(spec)}))
    artifacts = {"type": "S3", "location": "results", "name": name, "packaging": packaging} if "artifacts" in sections \
        else {"type": "NO_ARTIFACTS"}
    build.create_project(
        name=name, source={"type": "S3", "location": f"sources/{name}"}, artifacts=artifacts, serviceRole=role,
        cache={"type": "S3", "location": "results/cache"} if "cache" in sections else {"type": "NO_CACHE"},
        environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"})
    id = build.start_build(projectName=name)["build"]["id"]
    done = eventually(lambda: next((one for one in build.batch_get_builds(ids=[id])["builds"] if one["buildComplete"]), None))
    events = logs.get_log_events(logGroupName=done["logs"]["groupName"], logStreamName=done["logs"]["streamName"],
                                 startFromHead=True)["events"]
    return done, "".join(event["message"] for event in events)


def last(done):
    """The last events of its log."""
    return [event["message"].rstrip("\n") for event in logs.get_log_events(
        logGroupName=done["logs"]["groupName"], logStreamName=done["logs"]["streamName"], startFromHead=False)["events"]]


def failed(phase, words, *arguments, **sections):
    done, log = start(*arguments, **sections)
    row = next((row for row in done["phases"] if row["phaseType"] == phase), None)
    assert row, (done["phases"], log)
    assert done["buildStatus"] == "FAILED" and row["phaseStatus"] == "FAILED", (done["phases"], log)
    assert words in row["contexts"][0]["message"], row
    return log


def nothing_came_out():
    for row in s3.list_objects_v2(Bucket="results").get("Contents", []):
        assert b"of the host" not in files_of(s3.get_object(Bucket="results", Key=row["Key"])["Body"].read()), row


# Links to the host's files, where files are taken one by one, and in the place of the source's folder itself.
failed("UPLOAD_ARTIFACTS", "leads out of the build", "links", [f"ln -s {SECRET} link.txt"], artifacts={"files": ["**/*"]})
failed("UPLOAD_ARTIFACTS", "leads out of the build", "shadow", ["ln -s /etc/passwd passwd"], artifacts={"files": ["passwd"]})
moved = ["cd /", 'rm -rf "$CODEBUILD_SRC_DIR"', f'ln -s {folder.name} "$CODEBUILD_SRC_DIR"', f"mkdir -p {folder.name}"]
for kind in ("NONE", "ZIP"):
    log = failed("UPLOAD_ARTIFACTS", "no matching base directory", f"moved-{kind}", moved, packaging=kind, artifacts={"files": ["**/*"]},
                 reports={"host": {"files": ["*.txt"]}}, cache={"paths": ["**/*"]})
failed("UPLOAD_ARTIFACTS", "no matching", "stars", moved, packaging="ZIP", artifacts={"files": ["**/*"], "base-directory": "*"})
done, log = start("cache", moved, reports={"host": {"files": ["*.txt"]}}, cache={"paths": ["**/*", "/tmp/**/*"]})
assert done["buildStatus"] == "SUCCEEDED", log
for arn in build.list_reports()["reports"]:
    assert not build.describe_test_cases(reportArn=arn)["testCases"], arn
nothing_came_out()

# What is no file, and files that are larger than what they hold.
done, log = start("pipes", ["mkfifo pipe.xml pipe.txt", "truncate -s 8G big.xml", "echo fine > fine.txt"], packaging="ZIP",
                  artifacts={"files": ["*.txt"]}, reports={"pipes": {"files": ["*.xml"]}})
assert done["buildStatus"] == "SUCCEEDED" and "big.xml is larger than 20 MB" in log, log
assert files_of(s3.get_object(Bucket="results", Key="pipes")["Body"].read()) == b"fine.txtfine\n"

# Output without end: so much of it is kept, and what the build itself says. No event is longer than CloudWatch takes.
done, log = start("chatter", ["yes | head -n 600000", "echo left out"])
assert done["buildStatus"] == "SUCCEEDED" and any("500000 lines or 64 MB; the rest is left out" in line for line in last(done)), done
done, log = start("bytes", ["head -c 300000 /dev/zero | tr '\\0' '\\377'; echo", "echo after"])
events = last(done)
assert events[-1].startswith("[Container]") and max(len(line.encode()) for line in events) <= 250000, len(events)
shown = (done["buildStatus"], done["phases"], [line[-200:] for line in events])
assert sum(line.count("\ufffd") for line in events) == 300000 and "after" in events, shown

# A command that sends the shell's output elsewhere, or hides the programs that the shell tells of an end with.
done, log = start("elsewhere", ["exec > elsewhere.txt 2>&1", "echo in the file", "exec 1>&-", "pwd > here.txt"])
assert done["buildStatus"] == "SUCCEEDED" and "Running command pwd > here.txt" in log, log
assert "\nin the file" not in log, log
done, log = start("hidden", ["printf() { :; }; pwd() { :; }; read() { return 1; }", "echo seen"])
assert done["buildStatus"] == "SUCCEEDED" and "\nseen\n" in log, log
failed("BUILD", "Reason: exit status 4", "later", ["exec > /dev/null", "(exit 4)"])

# Sources that are traps.
for name, source, words in (
        ("parent", bundle({"../evil": "x"}), "leads outside"), ("absolute", bundle({"/tmp/awscicd-evil": "x"}), "absolute path"),
        ("link", bundle({"out": ("link", "/etc")}), "points outside"),
        ("through", bundle({"d": ("link", "."), "d/../../evil": "x"}), "leads outside"),
        ("bomb", bomb(), "more than its"), ("garbage", b"PK\x03\x04" + b"\xff" * 1000, "cannot")):
    failed("DOWNLOAD_SOURCE", words, name, source=source)
levels = "".join(f"l{at}: &l{at} [{', '.join([f'*l{at - 1}'] * 10)}]\n" for at in range(1, 10))
for name, text in (("aliases", f"version: 0.2\nl0: &l0 [x]\n{levels}phases: {{build: {{commands: *l9}}}}\n"),
                   ("keys", f"version: 0.2\nl0: &l0 [x]\n{levels}? *l9\n: x\n"), ("deep", "[" * 100000), ("binary", "\0\1\2" * 100)):
    done, log = start(name, source=bundle({"buildspec.yml": text}))
    assert done["buildStatus"] == "FAILED", log
    assert done["phases"][-3]["contexts"][0]["statusCode"] == "YAML_FILE_ERROR", done["phases"]
for id in ("../../evil", "a/b", ""):
    refused("InvalidInputException", build.create_project, name="secondary", source={"type": "NO_SOURCE", "buildspec": "x"},
            secondarySources=[{"type": "S3", "location": "sources/links", "sourceIdentifier": id}], serviceRole=role,
            artifacts={"type": "NO_ARTIFACTS"}, environment={"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"})
refused("InvalidInputException", build.create_project, name="../../evil", source={"type": "NO_SOURCE", "buildspec": "x"},
        serviceRole=role, artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"})
assert os.listdir(folder.name) == ["secret.txt"] and not os.path.exists("/tmp/awscicd-evil")
# It goes on.
done, log = start("after", ["echo after"])
assert done["buildStatus"] == "SUCCEEDED", log
