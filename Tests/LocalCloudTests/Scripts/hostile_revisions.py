"""Revisions and hooks that are traps: the deployment fails and says why, the instance and the server go on."""
from bundles import bomb, bundle
from fleets import *

SERVE = "#!/bin/bash\nmkdir -p /srv/www; cd /srv/www; echo here > index.html; python3 -m http.server 80 &\n" + "\n".join(
    USER_DATA.split("\n")[5:])
ec2.create_launch_template(LaunchTemplateName="one", LaunchTemplateData={
    "ImageId": IMAGE, "InstanceType": "t3.micro", "SecurityGroupIds": [WEB], "IamInstanceProfile": {"Name": "fleet"},
    "UserData": base64.b64encode(SERVE.encode()).decode()})
tg = targets("one")
_, _, url = balancer("one", {"Type": "forward", "TargetGroupArn": tg})
group("one", "one", tg)
s3.create_bucket(Bucket="revisions")
deploys.create_application(applicationName="app")
deploys.create_deployment_group(
    applicationName="app", deploymentGroupName="dg", serviceRoleArn=ROLES["codedeploy"], autoScalingGroups=["one"])
healthy(tg)


def deploy(files):
    body = files if isinstance(files, bytes) else bundle(files)
    s3.put_object(Bucket="revisions", Key="r", Body=body)
    id = deploys.create_deployment(applicationName="app", deploymentGroupName="dg", revision={
        "revisionType": "S3", "s3Location": {"bucket": "revisions", "key": "r", "bundleType": "zip"}})["deploymentId"]
    eventually(lambda: deployment(id)["status"] in ("Succeeded", "Failed"))
    return id


def fails(event, words, files):
    """The deployment fails in an event, whose words say why."""
    (target,) = deployment_targets(deploy(files))
    row = next((row for row in target["lifecycleEvents"] if row["status"] == "Failed"), None)
    assert row and row["lifecycleEventName"] == event, target["lifecycleEvents"]
    said = row["diagnostics"]["message"] + row["diagnostics"].get("logTail", "")
    assert words in said, row
    return row["diagnostics"]


def installs(destination, **more):
    spec = {"version": 0.0, "os": "linux", "files": [{"source": "/index.html", "destination": destination}], **more}
    return {"appspec.yml": json.dumps(spec), "index.html": "evil"}


for name, text, words in (("../evil", "x", "leads outside"), ("/tmp/evil", "x", "absolute path"),
                          ("a/../../evil", "x", "leads outside"), ("out", ("link", "../../etc"), "points outside"),
                          ("out", ("link", "/etc/passwd"), "points outside")):
    fails("DownloadBundle", words, {"appspec.yml": "version: 0.0\nos: linux\n", name: text})
fails("DownloadBundle", "more than its", bomb())
fails("DownloadBundle", "cannot be read", b"PK\x03\x04" + b"\xff" * 1000)
for destination, words in (("../../etc", "absolute path"), ("etc", "absolute path"), ("/usr/bin", "cannot copy"),
                           ("/proc/1", "cannot"), ("/.awscicd/bin", "cannot"), ("/bin/../usr/sbin", "cannot"),
                           ("/dev", "cannot"), ("/srv/$(touch /srv/www/evil)/../../usr/lib", "cannot")):
    fails("Install", words, installs(destination))
files = installs("/srv/out")
files["appspec.yml"] = files["appspec.yml"].replace("/index.html", "/../../../../etc/passwd")
fails("Install", "not valid", files)
for location, words in (("../../../../bin/sh", "does not exist"), ("/bin/sh", "does not exist"), ("no/such.sh", "does not exist")):
    fails("BeforeInstall", words, installs("/srv/out", hooks={"BeforeInstall": [{"location": location}]}))
# What a hook says of itself is not obeyed.
assert get(url, "/evil")[0] == 404

# Hooks that take all there is: processes, memory, disk. Each is ended or refused, and what served goes on serving.
trap = {"fork.sh": "#!/bin/bash\nbomb() { bomb | bomb & }\nbomb\nsleep 600\n",
        "memory.sh": "#!/bin/sh\n/usr/bin/python3 -c 'bytearray(3 << 30)'\n",
        "temporary.sh": "#!/bin/sh\nhead -c 300M /dev/zero > /tmp/fill; code=$?; rm /tmp/fill; exit $code\n",
        "disk.sh": "#!/bin/sh\nfallocate -l 5G /var/fill\n"}
for script, timeout, words in (("fork.sh", 1, "failed to complete in 1 seconds"), ("memory.sh", 60, "MemoryError"),
                               ("temporary.sh", 60, "No space left on device"), ("disk.sh", 60, "File size limit exceeded")):
    hooks = {"AfterInstall": [{"location": script, "timeout": timeout}]}
    fails("AfterInstall", words, {**installs("/srv/out", hooks=hooks, file_exists_behavior="OVERWRITE"), script: trap[script]})
    assert get(url) == (200, "here")

# More names than a listing of a megabyte holds: each file is installed, or the hook that counts them fails.
many = {f"many/{'d' * 200}/{number:04}{'f' * 240}": "x" for number in range(2600)}
count = "#!/bin/sh\n[ $(find /srv/many -type f | wc -l) = 2600 ]\n"
spec = {"version": 0.0, "os": "linux", "files": [{"source": "/many", "destination": "/srv/many"}],
        "hooks": {"AfterInstall": [{"location": "count.sh"}], "ApplicationStart": [{"location": "count.sh"}, {"location": "count.sh"}]}}
done = deploy({"appspec.yml": json.dumps(spec), "count.sh": count, **many})
assert deployment(done)["status"] == "Succeeded", deployment_targets(done)
done = deploy(installs("/srv/www", file_exists_behavior="OVERWRITE"))
assert deployment(done)["status"] == "Succeeded", deployment_targets(done)
assert get(url) == (200, "evil")
