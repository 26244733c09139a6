"""A hook that runs as root in an instance and a build's command try to leave; three applications listen on one port."""
import atexit
import ctypes
import os
import socket
import tempfile

from fleets import *

INSIDE = open(os.path.join(os.path.dirname(__file__), "Inside", "escape.py")).read()
folder = tempfile.TemporaryDirectory(prefix="awscicd-host-")
os.chmod(folder.name, 0o755)
secret, path = os.path.join(folder.name, "secret"), os.path.join(folder.name, "socket")
with open(secret, "w") as file:
    file.write("of the host")
# One in every other folder of the host that we may write to, and a message queue.
places = ("/var/tmp", "/home", "/root", "/opt", "/srv", "/mnt", "/run", "/etc", "/var/lib", os.path.expanduser("~"))
others = [tempfile.NamedTemporaryFile(prefix="awscicd-host-", dir=place)
          for place in places if os.path.isdir(place) and os.access(place, os.W_OK)]
for other in others:
    os.chmod(other.name, 0o644)
KEY = 0x41570000 | os.getpid() & 0xFFFF
libc = ctypes.CDLL(None)
queue = libc.msgget(KEY, 0o1666)  # IPC_CREAT, for everybody
assert queue >= 0
atexit.register(libc.msgctl, queue, 0, None)  # IPC_RMID
name = f"awscicd-abstract-{os.getpid()}"
listeners = []
for family, address in ((socket.AF_UNIX, path), (socket.AF_UNIX, "\0" + name), (socket.AF_INET, ("127.0.0.1", 0))):
    listeners.append(socket.socket(family, socket.SOCK_STREAM))
    listeners[-1].bind(address)
    listeners[-1].listen()
os.chmod(path, 0o777)
FACTS = {"secret": secret, "secrets": [other.name for other in others], "socket": path, "abstract": name,
         "port": listeners[-1].getsockname()[1], "pid": os.getpid(), "key": KEY, "name": os.uname().nodename}
before = {path: os.stat(path).st_mtime_ns for path in ("/etc/passwd", "/etc/hosts", "/usr/bin", "/usr/lib", secret)}

# Three applications on 0.0.0.0:80, each in an instance of its own.
SERVE = """#!/bin/bash
mkdir -p /srv/www && cd /srv/www
metadata=http://169.254.169.254/latest
token=$(curl -s -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $metadata/api/token)
curl -s -H "X-aws-ec2-metadata-token: $token" $metadata/meta-data/instance-id > index.html
python3 -m http.server --bind 0.0.0.0 80 &
cd /tmp
wget -q https://aws-codedeploy-us-east-1.s3.us-east-1.amazonaws.com/latest/install
chmod +x ./install
./install auto
"""
ec2.create_launch_template(LaunchTemplateName="apps", LaunchTemplateData={
    "ImageId": IMAGE, "InstanceType": "t3.micro", "SecurityGroupIds": [WEB], "IamInstanceProfile": {"Name": "fleet"},
    "UserData": base64.b64encode(SERVE.encode()).decode()})
apps = targets("apps")
_, _, url = balancer("apps", {"Type": "forward", "TargetGroupArn": apps})
group("apps", "apps", apps, size=3)
members = set(healthy(apps, 3))
seen = {get(url)[1] for _ in range(30)}
assert seen == members, (seen, members)

# The hook, on all of them.
s3.create_bucket(Bucket="revisions")
deploys.create_application(applicationName="app")
deploys.create_deployment_group(
    applicationName="app", deploymentGroupName="dg", serviceRoleArn=ROLES["codedeploy"], autoScalingGroups=["apps"],
    deploymentConfigName="CodeDeployDefault.AllAtOnce")
files = page("hook", {"AfterInstall": f"""cd "$(dirname "$0")"
/usr/bin/python3 escape.py '{json.dumps(FACTS)}' > /srv/www/escape.txt 2>&1
cat /srv/www/escape.txt
! grep -q LEFT: /srv/www/escape.txt"""})
id = deploys.create_deployment(applicationName="app", deploymentGroupName="dg",
                               revision=revision("escape", {**files, "escape.py": INSIDE}))["deploymentId"]
done = reaches(id, "Succeeded", "Failed")
assert done["status"] == "Succeeded", [event for target in deployment_targets(id) for event in target["lifecycleEvents"]
                                       if event["status"] == "Failed"]
for _ in range(6):  # it ran to its end, on each, and each still serves
    said = get(url, "/escape.txt")
    assert said == (200, said[1]) and said[1].startswith("tried ") and int(said[1].split()[1]) > 90, said
seen = {get(url)[1] for _ in range(30)}
assert seen == members, (seen, members)

# The same in a build, which has the host's network.
build, logs = client("codebuild"), client("logs")
role = iam.create_role(RoleName="build", AssumeRolePolicyDocument=trust("codebuild.amazonaws.com"))["Role"]["Arn"]
iam.put_role_policy(RoleName="build", PolicyName="p", PolicyDocument=policy(allow("*")))
# A build may read where the host keeps tools and their settings, as far as everybody may.
unshown = [path for path in FACTS["secrets"] if not path.startswith(("/opt/", "/etc/"))]
facts = json.dumps({**FACTS, "network": True, "secrets": unshown})
spec = {"version": 0.2, "phases": {"build": {"commands": [f"/usr/bin/python3 escape.py '{facts}'"]}}}
revision("source", {"escape.py": INSIDE, "buildspec.yml": json.dumps(spec)})
build.create_project(
    name="escape", source={"type": "S3", "location": "revisions/source"}, artifacts={"type": "NO_ARTIFACTS"}, serviceRole=role,
    environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"})
id = build.start_build(projectName="escape")["build"]["id"]
done = eventually(lambda: next((one for one in build.batch_get_builds(ids=[id])["builds"] if one["buildComplete"]), None))
events = logs.get_log_events(logGroupName=done["logs"]["groupName"], logStreamName=done["logs"]["streamName"],
                             startFromHead=True)["events"]
log = "".join(event["message"] for event in events)
assert done["buildStatus"] == "SUCCEEDED" and "LEFT:" not in log and int(log.split("\ntried ")[1].split()[0]) > 90, log

assert {path: os.stat(path).st_mtime_ns for path in before} == before
assert not os.path.exists("/usr/bin/awscicd-evil")
