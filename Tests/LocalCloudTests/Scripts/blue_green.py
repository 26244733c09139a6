"""Blue/green deployments: waiting for the word to go on, both ways of ending blue, stop, alarm, refusals."""
from fleets import *

cloudwatch = client("cloudwatch")
s3.create_bucket(Bucket="revisions")
template("fleet", "v1")
tg = targets("fleet")
_, listener, url = balancer("fleet", {"Type": "forward", "TargetGroupArn": tg})
group("blue", "fleet", tg, HealthCheckType="ELB", HealthCheckGracePeriod=0)
blue = healthy(tg)[0]
assert get(url) == (200, "v1")
cloudwatch.put_metric_alarm(AlarmName="errors", Namespace="App", MetricName="Errors", Statistic="Sum", Period=60,
                            EvaluationPeriods=1, Threshold=5, ComparisonOperator="GreaterThanThreshold")
deploys.create_application(applicationName="app", computePlatform="Server")


def settings(ready, action="TERMINATE", minutes=0, wait=0):
    blue_green = {
        "terminateBlueInstancesOnDeploymentSuccess": {"action": action},
        "deploymentReadyOption": {"actionOnTimeout": ready},
        "greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"}}
    if action == "TERMINATE":
        blue_green["terminateBlueInstancesOnDeploymentSuccess"]["terminationWaitTimeInMinutes"] = minutes
    if ready == "STOP_DEPLOYMENT":
        blue_green["deploymentReadyOption"]["waitTimeInMinutes"] = wait
    return {"deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
            "blueGreenDeploymentConfiguration": blue_green,
            "loadBalancerInfo": {"targetGroupInfoList": [{"name": "fleet"}]}}


def change(**more):
    deploys.update_deployment_group(applicationName="app", currentDeploymentGroupName="dg", **more)


def deploy(place, **more):
    return deploys.create_deployment(applicationName="app", deploymentGroupName="dg", revision=place, **more)["deploymentId"]


def owner():
    return [row["name"] for row in deploys.get_deployment_group(
        applicationName="app", deploymentGroupName="dg")["deploymentGroupInfo"]["autoScalingGroups"]]


deploys.create_deployment_group(
    applicationName="app", deploymentGroupName="dg", serviceRoleArn=ROLES["codedeploy"], autoScalingGroups=["blue"],
    **settings("STOP_DEPLOYMENT", minutes=1440, wait=1440))

# Green stands ready and gets no traffic until it is told to.
first = deploy(revision("v2", page("v2")))
refused("DeploymentLimitExceededException", deploy, revision("v2", page("v2")))
row = reaches(first, "Ready")
green_group = f"CodeDeploy_dg_{first}"
greens = {one["targetId"].split("/")[-1]: one for one in deployment_targets(first) if one["instanceLabel"] == "Green"}
assert len(greens) == 1 and all(one["status"] == "Ready" for one in greens.values()), greens
assert get(url) == (200, "v1") and owner() == ["blue"]
made = described(green_group)
assert {process["ProcessName"] for process in made["SuspendedProcesses"]} == {
    "AddToLoadBalancer", "AlarmNotification", "ScheduledActions"}
assert {tag["Key"]: tag["Value"] for tag in made["Tags"]}["CodeDeployProvisioningDeploymentId"] == first
refused("DeploymentIsNotInReadyStateException", deploys.continue_deployment, deploymentId=first,
        deploymentWaitType="TERMINATION_WAIT")
deploys.continue_deployment(deploymentId=first, deploymentWaitType="READY_WAIT")
# Blue stays for its time, or until it is told to go.
eventually(lambda: deployment(first).get("instanceTerminationWaitTimeStarted"))
assert deployment(first)["status"] == "InProgress" and described("blue")
assert get(url) == (200, "v2") and owner() == [green_group]
assert not described(green_group)["SuspendedProcesses"]
hooks = groups.describe_lifecycle_hooks(AutoScalingGroupName=green_group)["LifecycleHooks"]
assert [hook["HeartbeatTimeout"] for hook in hooks if hook["LifecycleHookName"].startswith(
    "CodeDeploy-managed-automatic-launch-deployment-hook-dg-")] == [600], hooks
assert not groups.describe_lifecycle_hooks(AutoScalingGroupName="blue")["LifecycleHooks"]
deploys.continue_deployment(deploymentId=first, deploymentWaitType="TERMINATION_WAIT")
reaches(first, "Succeeded")
eventually(lambda: described("blue") is None)
eventually(lambda: ec2.describe_instances(InstanceIds=[blue])["Reservations"][0]["Instances"][0]["State"]["Name"] == "terminated")
rows = {row["instanceLabel"]: row for row in deployment_targets(first)}
names = [name for name, _ in course(rows["Green"])]
assert names == ["ApplicationStop", "DownloadBundle", "BeforeInstall", "Install", "AfterInstall", "ApplicationStart",
                 "ValidateService", "BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"], names
assert [name for name, _ in course(rows["Blue"])] == ["BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic"]
assert all(status == "Succeeded" for one in rows.values() for _, status in course(one)), rows

# Kept alive: outside the deployment group, without traffic.
change(**settings("CONTINUE_DEPLOYMENT", action="KEEP_ALIVE"))
kept = deploy(revision("v3", page("v3")))
reaches(kept, "Succeeded")
assert get(url) == (200, "v3") and owner() == [f"CodeDeploy_dg_{kept}"] and described(green_group)["Instances"]
ids = {row["Target"]["Id"] for row in elb.describe_target_health(TargetGroupArn=tg)["TargetHealthDescriptions"]
       if row["TargetHealth"]["State"] != "draining"}
assert ids == {one["InstanceId"] for one in described(f"CodeDeploy_dg_{kept}")["Instances"]}, ids
refused("DeploymentAlreadyCompletedException", deploys.stop_deployment, deploymentId=kept)
groups.delete_auto_scaling_group(AutoScalingGroupName=green_group, ForceDelete=True)

# An alarm stops it, and a stop by hand does.
change(alarmConfiguration={"enabled": True, "alarms": [{"name": "errors"}]},
       autoRollbackConfiguration={"enabled": True, "events": [
           "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST", "DEPLOYMENT_FAILURE"]},
       **settings("STOP_DEPLOYMENT", action="KEEP_ALIVE", wait=1440))


def rolled_back(id):
    """The rollback of a deployment, once it has ended."""
    back = eventually(lambda: deployment(id).get("rollbackInfo", {}).get("rollbackDeploymentId"))
    row = reaches(back, "Succeeded")
    assert row["creator"] == "codeDeployRollback" and row["rollbackInfo"]["rollbackTriggeringDeploymentId"] == id, row
    return back


alarmed = deploy(revision("v4", page("v4")))
reaches(alarmed, "Ready")
cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
row = reaches(alarmed, "Stopped")
assert row["errorInformation"]["code"] == "ALARM_ACTIVE" and "errors" in row["errorInformation"]["message"], row
cloudwatch.set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="test")
rolled_back(alarmed)
stopped = deploy(revision("v4", page("v4")))
reaches(stopped, "Ready")
assert deploys.stop_deployment(deploymentId=stopped, autoRollbackEnabled=True)["status"] in ("Pending", "Succeeded")
assert reaches(stopped, "Stopped")["errorInformation"]["code"] == "MANUAL_STOP"
rolled_back(stopped)
assert get(url) == (200, "v3") and owner() == [f"CodeDeploy_dg_{kept}"]
# Too late a failure: the traffic goes back to the instances that had it.
change(**settings("CONTINUE_DEPLOYMENT", action="KEEP_ALIVE"))
late = deploy(revision("v5", page("v5", {"AfterAllowTraffic": "exit 1"})))
row = reaches(late, "Failed")
assert row["errorInformation"]["code"] == "HEALTH_CONSTRAINTS", row
back = rolled_back(late)
rows = {row["instanceLabel"]: row for row in deployment_targets(back)}
assert [name for name, _ in course(rows["Blue"])] == ["BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"], rows
assert [name for name, _ in course(rows["Green"])] == ["BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic"], rows
assert get(url) == (200, "v3") and described(f"CodeDeploy_dg_{late}")["Instances"]

# What is refused: nothing to copy, two to copy, what is in use.
refused("InvalidBlueGreenDeploymentConfigurationException", deploys.create_deployment_group, applicationName="app",
        deploymentGroupName="none", serviceRoleArn=ROLES["codedeploy"], **settings("CONTINUE_DEPLOYMENT"))
deploys.create_deployment_config(deploymentConfigName="half", minimumHealthyHosts={"type": "FLEET_PERCENT", "value": 50})
change(deploymentConfigName="half")
refused("DeploymentConfigInUseException", deploys.delete_deployment_config, deploymentConfigName="half")
assert deploys.delete_deployment_group(applicationName="app", deploymentGroupName="dg")["hooksNotCleanedUp"] == []
deploys.delete_deployment_config(deploymentConfigName="half")
deploys.delete_application(applicationName="app")
refused("ApplicationDoesNotExistException", deploys.get_application, applicationName="app")
