"""User data that cannot be carried out says so on the console, and the instance comes up all the same."""
from fleets import *

CASES = {
    "#cloud-config\nruncmd: [unclosed\n": "Failed loading yaml blob. Invalid #cloud-config",
    "#cloud-config\n- a list\n": "#cloud-config has to be a mapping",
    "#cloud-config\nwrite_files:\n- {path: /tmp/x, encoding: b64, content: '***'}\nruncmd: [echo went on]\n":
        "the content of /tmp/x is not Base64",
    "echo no interpreter\n": 'Unhandled user data: it starts with neither "#!" nor "#cloud-config": echo no interpreter',
    "#cloud-config\nruncmd:\n- echo all is well\n": "all is well",
}
consoles = {}
for text, words in CASES.items():
    (row,) = ec2.run_instances(ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1, UserData=text)["Instances"]
    consoles[row["InstanceId"]] = words


def console(id):
    return ec2.get_console_output(InstanceId=id).get("Output", "")


for id, words in consoles.items():
    eventually(lambda: words in console(id))
(broken,) = (id for id, words in consoles.items() if "Base64" in words)
eventually(lambda: "went on" in console(broken))
assert "WARNING" not in console(list(consoles)[-1])
ec2.get_waiter("instance_running").wait(InstanceIds=list(consoles), WaiterConfig={"Delay": 1})
ec2.terminate_instances(InstanceIds=list(consoles))
