"""What CodeDeploy refuses, with errors of its own, and what it takes all the same."""
from botocore.config import Config as Unchecked

from support import *

deploy = boto3.client("codedeploy", region_name="us-east-1", config=Unchecked(
    parameter_validation=False, retries={"total_max_attempts": 1}))
iam, s3, sns = client("iam"), client("s3"), client("sns")
role = iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=trust("codedeploy.amazonaws.com"))["Role"]["Arn"]
iam.put_role_policy(RoleName="deploy", PolicyName="p", PolicyDocument=policy(allow("*")))
topic = sns.create_topic(Name="deployments")["TopicArn"]
s3.create_bucket(Bucket="revisions")
s3.put_object(Bucket="revisions", Key="app.zip", Body=b"PK\x05\x06" + bytes(18))
revision = {"revisionType": "S3", "s3Location": {"bucket": "revisions", "key": "app.zip", "bundleType": "zip"}}
deploy.create_application(applicationName="app")


def each(call, cases, **given):
    """Every case is refused with its code: {code: [input, ...]}."""
    for code, inputs in cases.items():
        for input in inputs:
            refused(code, call, status=400, **{**given, **input})


# What is missing, and what is none of the model's values.
for call, absent in {
    deploy.create_application: "ApplicationName", deploy.get_application: "ApplicationName",
    deploy.batch_get_applications: "ApplicationName", deploy.get_deployment: "DeploymentId",
    deploy.batch_get_deployments: "DeploymentId", deploy.get_deployment_config: "DeploymentConfigName",
    deploy.get_on_premises_instance: "InstanceName", deploy.batch_get_on_premises_instances: "InstanceName",
    deploy.list_tags_for_resource: "ResourceArn", deploy.list_application_revisions: "ApplicationName",
}.items():
    assert " must be specified" in refused(f"{absent}RequiredException", call, status=400)
each(deploy.create_deployment_group, {
    "DeploymentGroupNameRequiredException": [{"serviceRoleArn": role}],
    "RoleRequiredException": [{"deploymentGroupName": "dg"}],
}, applicationName="app")
refused("RevisionRequiredException", deploy.register_application_revision, applicationName="app")
refused("ApplicationNameRequiredException", deploy.create_application, applicationName="")
assert refused("InvalidComputePlatformException", deploy.create_application, applicationName="b", computePlatform="Moon") == (
    "Compute platform can only be Server, Lambda or ECS")
refused("InvalidComputePlatformException", deploy.create_deployment_config, deploymentConfigName="c", computePlatform="Lambda",
        minimumHealthyHosts={"type": "HOST_COUNT", "value": 1})
each(deploy.list_application_revisions, {
    "InvalidSortByException": [{"sortBy": "size"}], "InvalidSortOrderException": [{"sortOrder": "up"}],
    "InvalidDeployedStateFilterException": [{"deployed": "x"}],
}, applicationName="app")
refused("InvalidDeploymentStatusException", deploy.list_deployments, includeOnlyStatuses=["Nope"])
refused("InvalidRegistrationStatusException", deploy.list_on_premises_instances, registrationStatus="X")

# Names.
for name in ("a b", "a/b", "a:b", "a!", "a" * 101, "ä"):
    refused("InvalidApplicationNameException", deploy.create_application, applicationName=name)
    refused("InvalidApplicationNameException", deploy.update_application, applicationName="app", newApplicationName=name)
    refused("InvalidApplicationNameException", deploy.get_application, applicationName=name)
    refused("InvalidDeploymentConfigNameException", deploy.get_deployment_config, deploymentConfigName=name)
    refused("InvalidDeploymentGroupNameException", deploy.get_deployment_group, applicationName="app", deploymentGroupName=name)
deploy.create_application(applicationName="A-z.0_9+=,@-")
deploy.delete_application(applicationName="A-z.0_9+=,@-")

# Deployment groups: nothing is made of one that is refused.
both = {"Key": "k", "Value": "v", "Type": "KEY_AND_VALUE"}
alarm = lambda *names: {"enabled": True, "alarms": [{"name": name} for name in names]}
trigger = lambda **more: {"triggerName": "t", "triggerTargetArn": topic, "triggerEvents": ["DeploymentStart"], **more}
wrong = {
    "InvalidEC2TagCombinationException": [{"ec2TagFilters": [both], "ec2TagSet": {"ec2TagSetList": [[both]]}}],
    "InvalidOnPremisesTagCombinationException": [
        {"onPremisesInstanceTagFilters": [both], "onPremisesTagSet": {"onPremisesTagSetList": [[both]]}}],
    "InvalidEC2TagException": [
        {"ec2TagFilters": [{"Key": "k", "Type": "ANY"}]}, {"ec2TagFilters": [{"Value": "v", "Type": "KEY_ONLY"}]},
        {"ec2TagFilters": [{"Key": "k", "Type": "KEY_AND_VALUE"}]}, {"ec2TagSet": {"ec2TagSetList": [[{}]]}},
        {"ec2TagFilters": [both] * 11}],
    "InvalidTagException": [{"onPremisesInstanceTagFilters": [{"Key": "k", "Type": "VALUE_ONLY"}]}],
    "TagSetListLimitExceededException": [{"ec2TagSet": {"ec2TagSetList": [[both]] * 4}}],
    "InvalidAutoRollbackConfigException": [
        {"autoRollbackConfiguration": {"enabled": True}}, {"autoRollbackConfiguration": {"enabled": True, "events": []}},
        {"autoRollbackConfiguration": {"enabled": True, "events": ["NOPE"]}}],
    "InvalidAlarmConfigException": [
        {"alarmConfiguration": alarm()}, {"alarmConfiguration": alarm("")}, {"alarmConfiguration": alarm("a", "a")},
        {"alarmConfiguration": alarm("a" * 256)}, {"alarmConfiguration": {"enabled": False, "alarms": [{}]}}],
    "AlarmsLimitExceededException": [{"alarmConfiguration": alarm(*(f"a{at}" for at in range(51)))}],
    "InvalidTriggerConfigException": [
        {"triggerConfigurations": [trigger(triggerEvents=["Nope"])]}, {"triggerConfigurations": [trigger(triggerEvents=[])]},
        {"triggerConfigurations": [trigger(triggerName="")]}, {"triggerConfigurations": [trigger(triggerTargetArn=role)]},
        {"triggerConfigurations": [trigger(triggerTargetArn=topic + "-none")]}],
    "TriggerTargetsLimitExceededException": [{"triggerConfigurations": [trigger()] * 11}],
    "InvalidAutoScalingGroupException": [{"autoScalingGroups": ["none"]}],
    "InvalidDeploymentStyleException": [
        {"deploymentStyle": {"deploymentType": "IN_PLACE"}}, {"deploymentStyle": {"deploymentOption": "WITHOUT_TRAFFIC_CONTROL"}},
        {"deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"}}],
    "InvalidLoadBalancerInfoException": [
        {"deploymentStyle": {"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"}},
        {"loadBalancerInfo": {"targetGroupInfoList": [{}]}},
        {"loadBalancerInfo": {"targetGroupInfoList": [{"name": f"t{at}"} for at in range(11)]}}],
    "InvalidBlueGreenDeploymentConfigurationException": [
        {"blueGreenDeploymentConfiguration": {"deploymentReadyOption": {"actionOnTimeout": "NOPE"}}},
        {"blueGreenDeploymentConfiguration": {"deploymentReadyOption": {"waitTimeInMinutes": -1}}},
        {"blueGreenDeploymentConfiguration": {"terminateBlueInstancesOnDeploymentSuccess": {"terminationWaitTimeInMinutes": 2881}}},
        {"deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
         "loadBalancerInfo": {"targetGroupInfoList": [{"name": "t"}]},
         "blueGreenDeploymentConfiguration": {"greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"}}}],
    "InvalidInputException": [{"outdatedInstancesStrategy": "NOPE"}],
    "InvalidECSServiceException": [{"ecsServices": [{"serviceName": "s", "clusterName": "c"}]}],
    "DeploymentConfigDoesNotExistException": [{"deploymentConfigName": "none"}],
}
each(deploy.create_deployment_group, wrong, applicationName="app", deploymentGroupName="dg", serviceRoleArn=role)
each(deploy.create_deployment_group, {"InvalidDeploymentGroupNameException": [{"deploymentGroupName": "d g"}]},
     applicationName="app", serviceRoleArn=role)
for names, words in ((["a", "a"], "only once"), ([f"g{at}" for at in range(11)], "at most 10")):
    assert words in refused("InvalidAutoScalingGroupException", deploy.create_deployment_group, applicationName="app",
                            deploymentGroupName="dg", serviceRoleArn=role, autoScalingGroups=names)
assert refused("InvalidDeploymentStyleException", deploy.create_deployment_group, applicationName="app", serviceRoleArn=role,
               deploymentGroupName="dg", deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "true"}) == (
    "Deployment option can only be WITH_TRAFFIC_CONTROL or WITHOUT_TRAFFIC_CONTROL")
assert deploy.list_deployment_groups(applicationName="app")["deploymentGroups"] == []
# What AWS takes: a way back on alarms without alarms, alarms switched off, fifty of them.
deploy.create_deployment_group(
    applicationName="app", deploymentGroupName="dg", serviceRoleArn=role, ec2TagFilters=[both], triggerConfigurations=[trigger()],
    autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_STOP_ON_ALARM"]}, alarmConfiguration={"enabled": False})
each(deploy.update_deployment_group, {
    **wrong,
    "InvalidDeploymentGroupNameException": [{"newDeploymentGroupName": "d g"}, {"newDeploymentGroupName": ""}],
}, applicationName="app", currentDeploymentGroupName="dg")
group = lambda: deploy.get_deployment_group(applicationName="app", deploymentGroupName="dg")["deploymentGroupInfo"]
assert group()["ec2TagFilters"] == [both] and group()["alarmConfiguration"] == {"enabled": False}
change = lambda **more: deploy.update_deployment_group(applicationName="app", currentDeploymentGroupName="dg", **more)
change(alarmConfiguration=alarm(*(f"a{at}" for at in range(50))))
change(ec2TagFilters=[], ec2TagSet={"ec2TagSetList": [[both], [both]]})
assert group()["ec2TagFilters"] == [] and len(group()["ec2TagSet"]["ec2TagSetList"]) == 2
change(ec2TagFilters=[both])
assert group()["ec2TagFilters"] == [both] and "ec2TagSet" not in group()

# Hooks in Auto Scaling groups: what the role may not do; when one cannot be put, none stays.
groups, ec2 = client("autoscaling"), client("ec2")
image = client("ssm").get_parameter(
    Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")["Parameter"]["Value"]
template = ec2.create_launch_template(LaunchTemplateName="plain", LaunchTemplateData={
    "ImageId": image, "InstanceType": "t3.micro"})["LaunchTemplate"]["LaunchTemplateId"]
for name in ("one", "full"):
    groups.create_auto_scaling_group(
        AutoScalingGroupName=name, LaunchTemplate={"LaunchTemplateId": template}, MinSize=0, MaxSize=1,
        VPCZoneIdentifier=ec2.describe_subnets()["Subnets"][0]["SubnetId"])
for at in range(50):
    groups.put_lifecycle_hook(AutoScalingGroupName="full", LifecycleHookName=f"hook-{at}",
                              LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING")
hooks = lambda: len(groups.describe_lifecycle_hooks(AutoScalingGroupName="one")["LifecycleHooks"])
for call, named in ((deploy.create_deployment_group, {"deploymentGroupName": "scaled"}),
                    (deploy.update_deployment_group, {"currentDeploymentGroupName": "dg"})):
    refused("LifecycleHookLimitExceededException", call, applicationName="app", serviceRoleArn=role,
            autoScalingGroups=["one", "full"], **named)
    assert hooks() == 0, hooks()
bare = iam.create_role(RoleName="bare", AssumeRolePolicyDocument=trust("codedeploy.amazonaws.com"))["Role"]["Arn"]
for may in ("ec2:*", "autoscaling:Describe*"):
    iam.put_role_policy(RoleName="bare", PolicyName="p", PolicyDocument=policy(allow(may)))
    assert "autoscaling:" in refused("InvalidRoleException", deploy.create_deployment_group, applicationName="app",
                                     deploymentGroupName="scaled", serviceRoleArn=bare, autoScalingGroups=["one"])
assert deploy.list_deployment_groups(applicationName="app")["deploymentGroups"] == ["dg"]
change(autoScalingGroups=["one"])
assert hooks() == 1
change(autoScalingGroups=[])
assert hooks() == 0

# Deployments.
each(deploy.create_deployment, {
    "DeploymentGroupNameRequiredException": [{"deploymentGroupName": ""}],
    "DescriptionTooLongException": [{"description": "d" * 257}],
    "InvalidAlarmConfigException": [{"overrideAlarmConfiguration": alarm()}],
    "InvalidAutoRollbackConfigException": [{"autoRollbackConfiguration": {"enabled": True}}],
    "InvalidFileExistsBehaviorException": [{"fileExistsBehavior": "MAYBE"}],
    "InvalidTargetInstancesException": [{"targetInstances": {"tagFilters": [both]}}],
    "InvalidRevisionException": [
        {"revision": {"revisionType": "S3", "s3Location": {"bucket": "revisions", "key": "a", "bundleType": "rar"}}}],
}, applicationName="app", deploymentGroupName="dg", revision=revision)
assert deploy.list_deployments()["deployments"] == []
id = deploy.create_deployment(applicationName="app", deploymentGroupName="dg", revision=revision)["deploymentId"]
eventually(lambda: deploy.get_deployment(deploymentId=id)["deploymentInfo"]["status"] == "Failed")
each(deploy.list_deployments, {
    "DeploymentGroupNameRequiredException": [{"applicationName": "app"}],
    "ApplicationNameRequiredException": [{"deploymentGroupName": "dg"}],
})
assert deploy.list_deployments(applicationName="app", deploymentGroupName="dg")["deployments"] == [id]
assert deploy.list_deployments(externalId="stack")["deployments"] == []
each(deploy.list_deployment_targets, {
    "InvalidTargetFilterNameException": [{"targetFilters": {"Size": ["1"]}}],
    "InvalidInstanceStatusException": [{"targetFilters": {"TargetStatus": ["Nope"]}}],
    "InvalidInstanceTypeException": [{"targetFilters": {"ServerInstanceLabel": ["Red"]}}],
    "InvalidDeploymentInstanceTypeException": [{"targetFilters": {"ServerInstanceLabel": ["Blue"]}}],
}, deploymentId=id)
each(deploy.list_deployment_instances, {
    "InvalidInstanceStatusException": [{"instanceStatusFilter": ["Nope"]}],
    "InvalidInstanceTypeException": [{"instanceTypeFilter": ["Red"]}],
    "InvalidDeploymentInstanceTypeException": [{"instanceTypeFilter": ["Green"]}],
}, deploymentId=id)
refused("InstanceDoesNotExistException", deploy.get_deployment_instance, deploymentId=id, instanceId="i-0123456789abcdef0")
refused("DeploymentTargetIdRequiredException", deploy.get_deployment_target, deploymentId=id)
each(deploy.create_deployment_config, {
    "InvalidMinimumHealthyHostValueException": [{"minimumHealthyHosts": {"type": "X", "value": 1}}, {"minimumHealthyHosts": {}}],
    "InvalidZonalDeploymentConfigurationException": [
        {"zonalConfig": {"monitorDurationInSeconds": -1}},
        {"zonalConfig": {"minimumHealthyHostsPerZone": {"type": "FLEET_PERCENT", "value": 100}}}],
}, deploymentConfigName="c", minimumHealthyHosts={"type": "HOST_COUNT", "value": 1})

# Revisions.
each(deploy.list_application_revisions, {
    "BucketNameFilterRequiredException": [{"s3KeyPrefix": "app"}], "InvalidBucketNameFilterException": [{"s3Bucket": "none"}],
}, applicationName="app")
other = {"revisionType": "S3", "s3Location": {"bucket": "revisions", "key": "other.zip", "bundleType": "zip"}}
refused("DescriptionTooLongException", deploy.register_application_revision, applicationName="app", revision=other,
        description="d" * 257)
deploy.register_application_revision(applicationName="app", revision=other, description="d" * 256)
listed = lambda **more: deploy.list_application_revisions(applicationName="app", **more)["revisions"]
assert listed(deployed="include") == [revision] and listed(deployed="exclude") == [other]
assert listed(deployed="ignore", s3Bucket="revisions", s3KeyPrefix="o") == [other]

# Batches: one at least, not too many.
for call, member, most, required, limit in (
    (deploy.batch_get_applications, "applicationNames", 100, "ApplicationName", "Batch"),
    (deploy.batch_get_deployment_groups, "deploymentGroupNames", 100, "DeploymentGroupName", "Batch"),
    (deploy.batch_get_application_revisions, "revisions", 25, "Revision", "Batch"),
    (deploy.batch_get_deployments, "deploymentIds", 25, "DeploymentId", "Batch"),
    (deploy.batch_get_deployment_instances, "instanceIds", 25, "InstanceId", "Batch"),
    (deploy.batch_get_deployment_targets, "targetIds", 25, "DeploymentTargetId", "DeploymentTargetListSize"),
):
    given = {
        "deploymentGroupNames": {"applicationName": "app"}, "revisions": {"applicationName": "app"},
        "instanceIds": {"deploymentId": id}, "targetIds": {"deploymentId": id},
    }.get(member, {})
    one = {"revisions": revision, "deploymentIds": id, "applicationNames": "app"}.get(member, "i-0123456789abcdef0")
    refused(f"{required}RequiredException", call, status=400, **{member: []}, **given)
    refused(f"{limit}{'' if limit.endswith('Size') else 'Limit'}ExceededException", call, status=400,
            **{member: [one] * (most + 1)}, **given)
    if member != "targetIds":
        call(**{member: [one] * most}, **given)
refused("InvalidDeploymentIdException", deploy.batch_get_deployments, deploymentIds=["zz"])

# Tags: of what is there, and as AWS takes them; nothing is made with tags that are refused.
arn = lambda resource: f"arn:aws:codedeploy:us-east-1:{ACCOUNT}:{resource}"
tag = lambda *keys: [{"Key": key, "Value": "v"} for key in keys]
refusals = (tag("a", "a"), tag("aws:a"), tag("AWS:a"), tag(*(f"k{at}" for at in range(51))), tag(""), tag("k" * 129),
            [{"Key": "k", "Value": "v" * 257}], [{"Value": "v"}])
for tags in refusals:
    refused("InvalidTagsToAddException", deploy.create_application, applicationName="tagged", tags=tags)
    refused("InvalidTagsToAddException", deploy.create_deployment_group, applicationName="app", deploymentGroupName="tagged",
            serviceRoleArn=role, tags=tags)
    refused("InvalidTagsToAddException", deploy.tag_resource, ResourceArn=arn("application:app"), Tags=tags)
refused("ApplicationDoesNotExistException", deploy.get_application, applicationName="tagged")
refused("DeploymentGroupDoesNotExistException", deploy.get_deployment_group, applicationName="app", deploymentGroupName="tagged")
deploy.create_application(applicationName="tagged", tags=tag("one"))
deploy.create_deployment_group(applicationName="tagged", deploymentGroupName="dg", serviceRoleArn=role, tags=tag("two"))
deploy.create_deployment_config(deploymentConfigName="mine", minimumHealthyHosts={"type": "HOST_COUNT", "value": 1})
deploy.tag_resource(ResourceArn=arn("deploymentconfig:mine"), Tags=tag("three"))
tags_of = lambda resource: deploy.list_tags_for_resource(ResourceArn=arn(resource))["Tags"]
assert [tags_of(one) for one in ("application:tagged", "deploymentgroup:tagged/dg", "deploymentconfig:mine")] == [
    tag("one"), tag("two"), tag("three")]
deploy.tag_resource(ResourceArn=arn("application:tagged"), Tags=tag(*(f"k{at}" for at in range(49))))
refused("InvalidTagsToAddException", deploy.tag_resource, ResourceArn=arn("application:tagged"), Tags=tag("more"))
deploy.update_deployment_group(applicationName="tagged", currentDeploymentGroupName="dg", newDeploymentGroupName="dh")
deploy.update_application(applicationName="tagged", newApplicationName="renamed")
assert len(tags_of("application:renamed")) == 50 and tags_of("deploymentgroup:renamed/dh") == tag("two")
for call, more in ((deploy.tag_resource, {"Tags": tag("a")}), (deploy.untag_resource, {"TagKeys": ["a"]})):
    each(call, {
        "ApplicationDoesNotExistException": [
            {"ResourceArn": arn("application:none")}, {"ResourceArn": arn("deploymentgroup:none/dg")},
            {"ResourceArn": arn("application:app").replace("us-east-1", "eu-west-1")}],
        "DeploymentGroupDoesNotExistException": [{"ResourceArn": arn("deploymentgroup:app/none")}],
        "DeploymentConfigDoesNotExistException": [{"ResourceArn": arn("deploymentconfig:none")}],
        "InvalidArnException": [{"ResourceArn": "zz"}, {"ResourceArn": "arn:aws:codedeploy"}],
        "ArnNotSupportedException": [{"ResourceArn": topic}, {"ResourceArn": arn("volume:a")}],
        "TagRequiredException": [{"ResourceArn": arn("application:app"), member: []} for member in more],
    }, **more)
each(deploy.list_tags_for_resource, {
    "InvalidArnException": [{"ResourceArn": "zz"}], "ArnNotSupportedException": [{"ResourceArn": topic}]})
assert tags_of("application:none") == []

# Who may tag one application may not tag another.
iam.create_user(UserName="tagger")
iam.put_user_policy(UserName="tagger", PolicyName="p", PolicyDocument=policy(allow("codedeploy:*", arn("application:app"))))
keys = iam.create_access_key(UserName="tagger")["AccessKey"]
tagger = with_keys("codedeploy", keys)
tagger.tag_resource(ResourceArn=arn("application:app"), Tags=tag("a"))
refused("AccessDeniedException", tagger.tag_resource, ResourceArn=arn("application:renamed"), Tags=tag("a"))
