"""Builds that install Python packages, with whatever Python the host has: Debian's, or a version manager's behind shims."""
import io
import zipfile

from support import *

build, iam, s3, logs = client("codebuild"), client("iam"), client("s3"), client("logs")
role = iam.create_role(RoleName="build", AssumeRolePolicyDocument=trust("codebuild.amazonaws.com"))["Role"]["Arn"]
iam.put_role_policy(RoleName="build", PolicyName="p", PolicyDocument=policy(allow("*")))
s3.create_bucket(Bucket="sources")


def archive(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zip:
        for name, text in files.items():
            zip.writestr(name, text)
    return out.getvalue()


# A wheel with a command of its own, which only the installation puts into PATH.
info = "awscicd_greeter-1.0.dist-info"
WHEEL = "awscicd_greeter-1.0-py3-none-any.whl"
wheel = archive({
    "awscicd_greeter.py": "def main():\n    print('greetings from the package')\n",
    f"{info}/METADATA": "Metadata-Version: 2.1\nName: awscicd-greeter\nVersion: 1.0\n",
    f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    f"{info}/entry_points.txt": "[console_scripts]\nawscicd-greet = awscicd_greeter:main\n",
    f"{info}/RECORD": "",
})


def run(name, commands):
    """The status and the log of a build with the wheel in its source."""
    spec = "version: 0.2\nphases:\n  build:\n    commands:\n" + "".join(f"      - {json.dumps(line)}\n" for line in commands)
    s3.put_object(Bucket="sources", Key=name, Body=archive({WHEEL: wheel, "buildspec.yml": spec}))
    build.create_project(
        name=name, source={"type": "S3", "location": f"sources/{name}"}, artifacts={"type": "NO_ARTIFACTS"},
        serviceRole=role,
        environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"})
    id = build.start_build(projectName=name)["build"]["id"]
    done = eventually(lambda: next((one for one in build.batch_get_builds(ids=[id])["builds"] if one["buildComplete"]), None))
    events = logs.get_log_events(logGroupName=done["logs"]["groupName"], logStreamName=done["logs"]["streamName"],
                                 startFromHead=True)["events"]
    return done["buildStatus"], "".join(event["message"] for event in events)


status, log = run("install", [
    f"python3 -m pip install --no-index ./{WHEEL}", "awscicd-greet", "python3 -c 'import awscicd_greeter'",
    "if command -v pip; then pip uninstall --yes awscicd-greeter; fi"])
assert status == "SUCCEEDED" and "greetings from the package" in log, log
# Nothing of it is left for the next one.
status, log = run("afterwards", ["python3 -c 'import awscicd_greeter'"])
assert status == "FAILED" and "No module named 'awscicd_greeter'" in log, log
status, log = run("again", ["awscicd-greet"])
assert status == "FAILED" and "awscicd-greet" in log, log
