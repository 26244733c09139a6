"""Work in flight when the server is killed or stopped (round 0), and what has become of it after the next start (round 1)."""
import os
import sys

from support import *

directory, current = sys.argv[1], int(sys.argv[2])
note = os.path.join(directory, "flight.json")
build, pipeline, deploys, elb = (client(name) for name in ("codebuild", "codepipeline", "codedeploy", "elbv2"))
scaling = client("autoscaling")


def the(rows):
    return next(iter(rows), None)


def fleet(name):
    return scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]["Instances"]


def members(name):
    states = [row["LifecycleState"] for row in fleet(name)]
    return {state: states.count(state) for state in states}


def ids(name):
    return sorted(row["InstanceId"] for row in fleet(name))


def build_of(project):
    id = build.list_builds_for_project(projectName=project)["ids"][0]
    return build.batch_get_builds(ids=[id])["builds"][0]


def batch_states(id):
    """Of the batch, and of its member `one`."""
    row = build.batch_get_build_batches(ids=[id])["buildBatches"][0]
    one = [group["currentBuildSummary"].get("buildStatus") for group in row.get("buildGroups", []) if group["identifier"] == "one"]
    return row["buildBatchStatus"], *one


def told(id):
    """What a deployment did on each of its instances, and what its fleet did: for the one who reads why it failed."""
    rows = deploys.list_deployment_targets(deploymentId=id)["targetIds"]
    rows = deploys.batch_get_deployment_targets(deploymentId=id, targetIds=rows)["deploymentTargets"] if rows else []
    activities = scaling.describe_scaling_activities(AutoScalingGroupName="fleet")["Activities"]
    return json.dumps([rows, fleet("fleet"), activities], default=str, indent=1)


def stage(name, of):
    return next(row for row in pipeline.get_pipeline_state(name=of)["stageStates"] if row["stageName"] == name)


def status(of):
    return pipeline.list_pipeline_executions(pipelineName=of)["pipelineExecutionSummaries"][0]["status"]


if current == 0:
    import fleets
    import pipelines

    role = pipelines.ROLES["codebuild"]
    fleets.s3.put_object(Bucket="sources", Key="app.zip", Body=b"PK\x05\x06" + bytes(18))
    environment = {"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"}
    spec = "version: 0.2\nphases: {build: {commands: [sleep 600]}}\n"
    build.create_project(name="slow", source={"type": "NO_SOURCE", "buildspec": spec}, artifacts={"type": "NO_ARTIFACTS"},
                         serviceRole=role, environment=environment)
    build.create_project(name="piped", source={"type": "CODEPIPELINE", "buildspec": spec},
                         artifacts={"type": "CODEPIPELINE"}, serviceRole=role, environment=environment)
    pipelines.create("asking", pipelines.source(), pipelines.approval(), pipelines.deploy())
    pipelines.create("building", pipelines.source(), {"name": "Build", "actions": [pipelines.action("Build", "Build", "CodeBuild", {
        "ProjectName": "piped"}, ["Src"])]})
    build.start_build(projectName="slow")
    build.create_project(
        name="batched", artifacts={"type": "NO_ARTIFACTS"}, serviceRole=role, environment=environment,
        source={"type": "NO_SOURCE", "buildspec": spec + "batch: {build-list: [{identifier: one}]}\n"},
        buildBatchConfig={"serviceRole": role})
    batch = build.start_build_batch(projectName="batched")["buildBatch"]["id"]
    eventually(lambda: batch_states(batch) == ("IN_PROGRESS", "IN_PROGRESS"))
    # A fleet, and a deployment to it whose hook sleeps.
    fleets.template("fleet", "v1")
    targets = fleets.targets("fleet")
    loads, _, _ = fleets.balancer("fleet", {"Type": "forward", "TargetGroupArn": targets})
    fleets.group("fleet", "fleet", targets, HealthCheckType="ELB", HealthCheckGracePeriod=0)
    fleets.healthy(targets)
    fleets.s3.create_bucket(Bucket="revisions")
    deploys.create_application(applicationName="app")
    deploys.create_deployment_group(
        applicationName="app", deploymentGroupName="dg", serviceRoleArn=fleets.ROLES["codedeploy"],
        autoScalingGroups=["fleet"], autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]})
    one = fleets.revision("one", fleets.page("one"))
    two = fleets.revision("two", fleets.page("two", {"AfterInstall": "sleep 600"}))
    first = deploys.create_deployment(applicationName="app", deploymentGroupName="dg", revision=one)["deploymentId"]
    fleets.reaches(first, "Succeeded")
    flying = deploys.create_deployment(applicationName="app", deploymentGroupName="dg", revision=two)["deploymentId"]
    eventually(lambda: any(("AfterInstall", "InProgress") in fleets.course(one)
                           for one in fleets.deployment_targets(flying)))
    token = eventually(lambda: stage("Approval", "asking")["actionStates"][0].get("latestExecution", {}).get("token"))
    asked = str(stage("Approval", "asking")["actionStates"][0]["latestExecution"])
    for project in ("slow", "piped"):
        eventually(lambda: build_of(project)["currentPhase"] == "BUILD")
    # An instance that joins a fleet waits for its deployment, which takes some time on it.
    fleets.template("joining", "first")
    fleets.group("joining", "joining", fleets.targets("joining"))
    eventually(lambda: members("joining") == {"InService": 1})
    deploys.create_deployment_group(
        applicationName="app", deploymentGroupName="joining", serviceRoleArn=fleets.ROLES["codedeploy"],
        autoScalingGroups=["joining"])
    three = fleets.revision("three", fleets.page("three", {
        "BeforeInstall": "grep first /var/www/html/index.html || sleep 8"}))
    third = deploys.create_deployment(applicationName="app", deploymentGroupName="joining", revision=three)
    fleets.reaches(third["deploymentId"], "Succeeded")
    fleets.template("joining", "second")
    scaling.set_desired_capacity(AutoScalingGroupName="joining", DesiredCapacity=2)
    joining = eventually(lambda: the(deploys.list_deployments(
        applicationName="app", deploymentGroupName="joining", includeOnlyStatuses=["InProgress"])["deployments"]))
    eventually(lambda: any(("BeforeInstall", "InProgress") in fleets.course(one)
                           for one in fleets.deployment_targets(joining)))
    # The last of all, so that its user data is under way when the server ends.
    late = fleets.targets("late")
    fleets.elb.create_listener(LoadBalancerArn=loads, Protocol="HTTP", Port=8081,
                               DefaultActions=[{"Type": "forward", "TargetGroupArn": late}])
    user_data = fleets.USER_DATA.replace("dnf", "sleep 8\ndnf", 1) % "late"
    fleets.ec2.create_launch_template(LaunchTemplateName="late", LaunchTemplateData={
        "ImageId": fleets.IMAGE, "InstanceType": "t3.micro", "SecurityGroupIds": [fleets.WEB],
        "UserData": fleets.base64.b64encode(user_data.encode()).decode()})
    fleets.group("late", "late", late)
    eventually(lambda: members("late") == {"InService": 1})
    with open(note + ".new", "w") as file:
        json.dump({"token": token, "deployment": flying, "targets": targets, "revision": one,
                   "joining": ids("joining"), "batch": batch, "asked": asked,
                   "late": late}, file)
    os.rename(note + ".new", note)
else:
    kept = json.load(open(note))
    # Builds were cut off: a fault, which fails the pipeline that waited for one.
    for project in ("slow", "piped"):
        done = eventually(lambda: the([row for row in [build_of(project)] if row["buildComplete"]]))
        assert done["buildStatus"] == "FAULT", done
        assert done["phases"][-2]["contexts"][0]["statusCode"] == "INTERNAL_SERVICE_ERROR", done["phases"]
    assert batch_states(kept["batch"]) == ("FAULT", "FAULT"), batch_states(kept["batch"])
    eventually(lambda: status("building") == "Failed")
    details = stage("Build", "building")["actionStates"][0]["latestExecution"]["errorDetails"]
    assert details["code"] == "JobFailed" and "FAULT" in details["message"], details
    # The approval is the same one, with the time of its start; the rest of the pipeline goes on from there.
    latest = stage("Approval", "asking")["actionStates"][0]["latestExecution"]
    assert latest["status"] == "InProgress" and latest["token"] == kept["token"] and str(latest) == kept["asked"], (latest, kept)
    pipeline.put_approval_result(pipelineName="asking", stageName="Approval", actionName="Ask", token=kept["token"],
                                 result={"summary": "", "status": "Approved"})
    eventually(lambda: status("asking") == "Succeeded")
    # The deployment failed, and the way back that its group asks for is made; the fleet is back, and takes another one.
    info = eventually(lambda: the([row for row in [deploys.get_deployment(deploymentId=kept["deployment"])["deploymentInfo"]]
                                   if row["status"] == "Failed"]))
    assert info["errorInformation"]["code"] == "INTERNAL_ERROR", info
    assert "interrupted" in info["errorInformation"]["message"], info
    back = eventually(lambda: deploys.get_deployment(deploymentId=kept["deployment"])["deploymentInfo"].get(
        "rollbackInfo", {}).get("rollbackDeploymentId"))
    way = eventually(lambda: the([row for row in [deploys.get_deployment(deploymentId=back)["deploymentInfo"]]
                                  if row["status"] in ("Succeeded", "Failed")]))
    assert way["status"] == "Succeeded" and way["creator"] == "codeDeployRollback", (way, told(back))
    assert way["rollbackInfo"]["rollbackTriggeringDeploymentId"] == kept["deployment"], way
    assert way["revision"]["s3Location"]["key"] == kept["revision"]["s3Location"]["key"], way
    eventually(lambda: [row for row in elb.describe_target_health(TargetGroupArn=kept["targets"])["TargetHealthDescriptions"]
                        if row["TargetHealth"]["State"] == "healthy"])
    again = deploys.create_deployment(applicationName="app", deploymentGroupName="dg",
                                      revision=kept["revision"])["deploymentId"]
    done = eventually(lambda: the([row for row in [deploys.get_deployment(deploymentId=again)["deploymentInfo"]]
                                   if row["status"] in ("Succeeded", "Failed")]))
    assert done["status"] == "Succeeded", (done, told(again))
    # The one that was joining is deployed to once more, and joins.
    eventually(lambda: members("joining") == {"InService": 2})
    assert ids("joining") == kept["joining"], (ids("joining"), kept)
    # User data that was cut off has been run again.
    eventually(lambda: [row["TargetHealth"]["State"] for row in elb.describe_target_health(TargetGroupArn=kept["late"])[
        "TargetHealthDescriptions"]] == ["healthy"])
