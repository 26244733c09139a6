"""Deployments in place behind a load balancer, and the ways in which they end badly."""
from fleets import *

s3.create_bucket(Bucket="revisions")
template("fleet", "v1")
tg = targets("fleet")
_, _, url = balancer("fleet", {"Type": "forward", "TargetGroupArn": tg})
group("fleet", "fleet", tg, size=2, HealthCheckType="ELB", HealthCheckGracePeriod=0)
healthy(tg, 2)
deploys.create_application(applicationName="app")
common = {"applicationName": "app", "serviceRoleArn": ROLES["codedeploy"]}
deploys.create_deployment_group(
    deploymentGroupName="dg", autoScalingGroups=["fleet"], **common,
    deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
    loadBalancerInfo={"targetGroupInfoList": [{"name": "fleet"}]})


def deploy(place, group="dg", **more):
    return deploys.create_deployment(applicationName="app", deploymentGroupName=group, revision=place, **more)["deploymentId"]


EVENTS = ["BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic", "ApplicationStop", "DownloadBundle", "BeforeInstall",
          "Install", "AfterInstall", "ApplicationStart", "ValidateService", "BeforeAllowTraffic", "AllowTraffic",
          "AfterAllowTraffic"]
note = "echo $LIFECYCLE_EVENT $DEPLOYMENT_GROUP_NAME >> /var/www/html/course.txt"
scripted = [event for event in EVENTS if event not in ("BlockTraffic", "DownloadBundle", "Install", "AllowTraffic")]
good = revision("good", page("v2", {event: note for event in scripted}))
first = deploy(good)
row = reaches(first, "Succeeded")
assert row["deploymentOverview"]["Succeeded"] == 2 and row["deploymentConfigName"] == "CodeDeployDefault.OneAtATime", row
rows = deployment_targets(first)
assert len(rows) == 2 and all([name for name, _ in course(one)] == EVENTS for one in rows), rows
# One at a time: the second one's first event starts after the first one's last.
spans = sorted((one["lifecycleEvents"][0]["startTime"], one["lifecycleEvents"][-1]["endTime"]) for one in rows)
assert spans[0][1] <= spans[1][0], spans
for one in rows:
    names = [event for event, _ in course(one)]
    assert len(set(names)) == len(names) and set(scripted) <= set(names), names
assert get(url) == (200, "v2")
ran = get(url, "/course.txt")[1].split("\n")
assert ran == [f"{event} dg" for event in scripted if event not in ("BeforeBlockTraffic", "AfterBlockTraffic", "ApplicationStop")], ran
# The next one runs the installed revision's scripts before its own.
second = deploy(revision("next", page("v3")))
reaches(second, "Succeeded")
ran = get(url, "/course.txt")[1].split("\n")
assert ran[-3:] == ["BeforeBlockTraffic dg", "AfterBlockTraffic dg", "ApplicationStop dg"], ran


def fails(place, code, *words, group="dg", **more):
    """A deployment that fails with a code; the diagnostics of the event that failed, if one did."""
    id = deploy(place, group, **more)
    row = reaches(id, "Failed")
    assert row["errorInformation"]["code"] == code, row["errorInformation"]
    assert all(word in row["errorInformation"]["message"] for word in words), row["errorInformation"]
    failed = [event for one in deployment_targets(id) for event in one["lifecycleEvents"] if event["status"] == "Failed"]
    return failed[0] if failed else None


many = "too many individual instances failed deployment"
event = fails({**good, "s3Location": {**good["s3Location"], "key": "none"}}, "HEALTH_CONSTRAINTS", many)
assert event["lifecycleEventName"] == "DownloadBundle" and "does not exist" in event["diagnostics"]["message"], event
event = fails(revision("no-spec", {"index.html": "x"}), "HEALTH_CONSTRAINTS", many)
assert "did not find an AppSpec file" in event["diagnostics"]["message"], event
missing = page("x", {"AfterInstall": "true"})
del missing["AfterInstall.sh"]
event = fails(revision("no-script", missing), "HEALTH_CONSTRAINTS", many)
assert event["lifecycleEventName"] == "AfterInstall" and event["diagnostics"]["errorCode"] == "ScriptMissing", event
event = fails(revision("bad-start", page("x", {"ApplicationStart": "echo so it ends; exit 7"})), "HEALTH_CONSTRAINTS", many)
assert event["diagnostics"]["errorCode"] == "ScriptFailed" and event["diagnostics"]["scriptName"] == "ApplicationStart.sh"
assert event["diagnostics"]["message"].endswith("failed with exit code 7") and "[stdout]so it ends" in event["diagnostics"]["logTail"]
# A bad ApplicationStop stands in the way of the deployments after it, until they are told not to mind.
trap = deploy(revision("trap", page("v4", {"ApplicationStop": "exit 1"})), ignoreApplicationStopFailures=True)
reaches(trap, "Succeeded")
event = fails(revision("next", page("v5")), "HEALTH_CONSTRAINTS", many)
assert event["lifecycleEventName"] == "ApplicationStop", event
freed = deploy(revision("free", page("v5")), ignoreApplicationStopFailures=True)
reaches(freed, "Succeeded")
assert get(url) == (200, "v5")

# Nothing to deploy to; a floor that nobody can keep; a role that may not.
deploys.create_deployment_group(deploymentGroupName="nobody", **common,
                                ec2TagFilters=[{"Key": "no", "Value": "body", "Type": "KEY_AND_VALUE"}])
fails(good, "NO_INSTANCES", "no instances were found", group="nobody")
deploys.create_deployment_config(deploymentConfigName="both", minimumHealthyHosts={"type": "HOST_COUNT", "value": 2})
fails(good, "HEALTH_CONSTRAINTS_INVALID", deploymentConfigName="both")
iam.create_role(RoleName="weak", AssumeRolePolicyDocument=trust("codedeploy.amazonaws.com"))
iam.put_role_policy(RoleName="weak", PolicyName="p", PolicyDocument=policy(allow("autoscaling:*")))
deploys.create_deployment_group(
    applicationName="app", deploymentGroupName="weak", autoScalingGroups=["fleet"],
    serviceRoleArn=f"arn:aws:iam::{ACCOUNT}:role/weak",
    ec2TagFilters=[{"Key": "no", "Value": "body", "Type": "KEY_AND_VALUE"}])
fails(good, "IAM_ROLE_PERMISSIONS", "weak", "AmazonEC2", group="weak")
refused("InvalidRoleException", deploys.create_deployment_group, applicationName="app", deploymentGroupName="x",
        serviceRoleArn=ROLES["ec2"])
refused("DeploymentConfigDoesNotExistException", deploy, good, deploymentConfigName="none")
refused("DeploymentGroupDoesNotExistException", deploy, good, "none")
refused("DeploymentDoesNotExistException", deploys.get_deployment, deploymentId="d-000000000")

# A new instance of the group gets the last good revision before it takes traffic.
groups.set_desired_capacity(AutoScalingGroupName="fleet", DesiredCapacity=3)
healthy(tg, 3)
assert {get(url) for _ in range(12)} == {(200, "v5")}
assert deployment(deploys.list_deployments(applicationName="app", deploymentGroupName="dg")["deployments"][0])["creator"] == "autoscaling"
