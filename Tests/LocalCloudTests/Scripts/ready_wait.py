"""A blue/green deployment that waits for the word to go on, on a manual clock: nobody says it in time."""
from fleets import *

s3.create_bucket(Bucket="revisions")
template("fleet", "v1")
tg = targets("fleet")
row = elb.create_load_balancer(Name="fleet", Subnets=SUBNETS, SecurityGroups=[WEB])["LoadBalancers"][0]
url = f"http://{row['DNSName']}/"
elb.create_listener(LoadBalancerArn=row["LoadBalancerArn"], Protocol="HTTP", Port=80,
                    DefaultActions=[{"Type": "forward", "TargetGroupArn": tg}])
passes(lambda: elb.describe_load_balancers(Names=["fleet"])["LoadBalancers"][0]["State"]["Code"] == "active")
group("blue", "fleet", tg)


def states():
    return [row["TargetHealth"]["State"] for row in elb.describe_target_health(TargetGroupArn=tg)["TargetHealthDescriptions"]]


passes(lambda: states() == ["healthy"])
deploys.create_application(applicationName="app", computePlatform="Server")
deploys.create_deployment_group(
    applicationName="app", deploymentGroupName="dg", serviceRoleArn=ROLES["codedeploy"], autoScalingGroups=["blue"],
    deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
    blueGreenDeploymentConfiguration={
        "terminateBlueInstancesOnDeploymentSuccess": {"action": "KEEP_ALIVE"},
        "deploymentReadyOption": {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 60},
        "greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"}},
    loadBalancerInfo={"targetGroupInfoList": [{"name": "fleet"}]})
id = deploys.create_deployment(applicationName="app", deploymentGroupName="dg",
                               revision=revision("v2", page("v2")))["deploymentId"]
passes(lambda: deployment(id)["status"] == "Ready")
advance(59 * 60)
assert deployment(id)["status"] == "Ready", deployment(id)
advance(60)
row = reaches(id, "Stopped")
assert row["errorInformation"]["code"] == "MANUAL_STOP", row["errorInformation"]
# Green is left running, and blue serves.
assert get(url) == (200, "v1")
left = described(f"CodeDeploy_dg_{id}")
assert left["Instances"] and left["Instances"][0]["LifecycleState"] == "InService"
