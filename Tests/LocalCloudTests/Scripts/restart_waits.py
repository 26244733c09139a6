"""A blue/green deployment that waits when the server ends goes on waiting: for the word to reroute traffic (round 0 to 1), and
before its original instances go (round 1 to 2)."""
import os
import sys

from support import *

directory, current = sys.argv[1], int(sys.argv[2])
note = os.path.join(directory, "waits.json")
deploys, scaling = client("codedeploy"), client("autoscaling")


def described(name):
    return scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]


def info(id):
    return deploys.get_deployment(deploymentId=id)["deploymentInfo"]


def page(url):
    try:
        return urllib.request.urlopen(url, timeout=10).read().decode().strip()
    except OSError:
        return None


if current == 0:
    import fleets

    fleets.s3.create_bucket(Bucket="revisions")
    fleets.template("fleet", "v1")
    tg = fleets.targets("fleet")
    _, _, url = fleets.balancer("fleet", {"Type": "forward", "TargetGroupArn": tg})
    fleets.group("blue", "fleet", tg)
    fleets.healthy(tg)
    deploys.create_application(applicationName="app", computePlatform="Server")
    deploys.create_deployment_group(
        applicationName="app", deploymentGroupName="dg", serviceRoleArn=fleets.ROLES["codedeploy"], autoScalingGroups=["blue"],
        autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
        deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        blueGreenDeploymentConfiguration={
            "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 1440},
            "deploymentReadyOption": {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 1440},
            "greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"}},
        loadBalancerInfo={"targetGroupInfoList": [{"name": "fleet"}]})
    id = deploys.create_deployment(applicationName="app", deploymentGroupName="dg",
                                   revision=fleets.revision("v2", fleets.page("v2")))["deploymentId"]
    fleets.reaches(id, "Ready")
    with open(note, "w") as file:
        json.dump({"id": id, "url": url, "started": str(info(id)["startTime"])}, file)
else:
    kept = json.load(open(note))
    id, url = kept["id"], kept["url"]
    if current == 1:
        eventually(lambda: info(id)["status"] == "Ready")
        eventually(lambda: page(url) == "v1")
        deploys.continue_deployment(deploymentId=id, deploymentWaitType="READY_WAIT")
        eventually(lambda: info(id).get("instanceTerminationWaitTimeStarted"))
    else:
        eventually(lambda: info(id).get("instanceTerminationWaitTimeStarted"))
        assert info(id)["status"] == "InProgress" and described("blue"), info(id)
        deploys.continue_deployment(deploymentId=id, deploymentWaitType="TERMINATION_WAIT")
        eventually(lambda: info(id)["status"] == "Succeeded")
        eventually(lambda: not described("blue"))
        assert len(deploys.list_deployments(applicationName="app", deploymentGroupName="dg")["deployments"]) == 1
        assert str(info(id)["startTime"]) == kept["started"], (info(id), kept)
    eventually(lambda: page(url) == "v2")
