"""Deployments to fleets that do not stand still: user data without end, targets that are taken away, instances that join."""
from fleets import *

s3.create_bucket(Bucket="revisions")
deploys.create_application(applicationName="app", computePlatform="Server")


def deployment_group(name, **more):
    deploys.create_deployment_group(applicationName="app", deploymentGroupName=name, serviceRoleArn=ROLES["codedeploy"],
                                    autoScalingGroups=[name], **more)


def deploy(name, revision):
    return deploys.create_deployment(applicationName="app", deploymentGroupName=name, revision=revision)["deploymentId"]


def current(id):
    """The one event of a deployment's one target that is under way."""
    return [name for one in deployment_targets(id) for name, status in course(one) if status == "InProgress"]


# The agent asks for its commands as soon as it runs, also where user data goes on for ever; where it never comes up, a stop is
# heeded.
for name, last in (("endless", "exec sleep 100000"), ("waiting", "")):
    text = USER_DATA % name + last if last else "#!/bin/bash\nexec sleep 100000\n"
    ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={
        "ImageId": IMAGE, "InstanceType": "t3.micro", "SecurityGroupIds": [WEB],
        "IamInstanceProfile": {"Name": "fleet"}, "UserData": base64.b64encode(text.encode()).decode()})
    group(name, name, targets(name))
    eventually(lambda: [row["LifecycleState"] for row in described(name)["Instances"]] == ["InService"])
    deployment_group(name)
one = revision("one", page("one"))
reaches(deploy("endless", one), "Succeeded")
stuck = deploy("waiting", one)
eventually(lambda: current(stuck) == ["ApplicationStop"])
deploys.stop_deployment(deploymentId=stuck)
reaches(stuck, "Stopped")
again = deploy("waiting", one)
eventually(lambda: current(again) == ["ApplicationStop"])
groups.delete_auto_scaling_group(AutoScalingGroupName="waiting", ForceDelete=True)
reaches(again, "Failed")
assert "does not run any more" in deployment_targets(again)[0]["lifecycleEvents"][0]["diagnostics"]["message"]

# Traffic is not waited for where the target has been taken away.
template("fleet", "v1")
tg = targets("fleet")
balancer("fleet", {"Type": "forward", "TargetGroupArn": tg})
group("fleet", "fleet", tg)
healthy(tg)
deployment_group("fleet", loadBalancerInfo={"targetGroupInfoList": [{"name": "fleet"}]},
                 deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"})
broken = deploy("fleet", revision("broken", page("broken", {"AfterInstall": "systemctl stop httpd"})))
eventually(lambda: current(broken) == ["AllowTraffic"])
eventually(lambda: elb.describe_target_health(TargetGroupArn=tg)["TargetHealthDescriptions"])
elb.deregister_targets(TargetGroupArn=tg, Targets=[{"Id": described("fleet")["Instances"][0]["InstanceId"]}])
row = reaches(broken, "Failed")
events = {event["lifecycleEventName"]: event for event in deployment_targets(broken)[0]["lifecycleEvents"]}
assert "taken out of its target group" in events["AllowTraffic"]["diagnostics"]["message"], events["AllowTraffic"]

# An instance that joins while a deployment runs gets the revision of the time before, and the new one afterwards.
two = revision("two", page("two", {"ApplicationStart": "systemctl restart httpd"}))
reaches(deploy("fleet", two), "Succeeded")
three = revision("three", page("three", {"ApplicationStart": "systemctl restart httpd", "AfterInstall": "sleep 6"}))
slow = deploy("fleet", three)
eventually(lambda: current(slow) == ["AfterInstall"])
groups.set_desired_capacity(AutoScalingGroupName="fleet", DesiredCapacity=2)
reaches(slow, "Succeeded")


def follow_up():
    ids = deploys.list_deployments(applicationName="app", deploymentGroupName="fleet")["deployments"]
    return next((id for id in ids if deployment(id)["creator"] == "CodeDeployAutoUpdate"), None)


later = eventually(follow_up)
reaches(later, "Succeeded")
joined = {row["InstanceId"] for row in described("fleet")["Instances"]} - {
    one["targetId"].split("/")[-1] for one in deployment_targets(slow)}
assert {one["targetId"].split("/")[-1] for one in deployment_targets(later)} == joined, (later, joined)
info = deploys.get_deployment_group(applicationName="app", deploymentGroupName="fleet")["deploymentGroupInfo"]
assert info["lastSuccessfulDeployment"]["deploymentId"] in (slow, later), info["lastSuccessfulDeployment"]
