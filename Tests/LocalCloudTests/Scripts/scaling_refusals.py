"""What Auto Scaling refuses; nothing is made or changed by a call that is refused."""
import re

from support import *

groups, ec2 = raw("autoscaling"), client("ec2")
V = "ValidationError"
image = client("ssm").get_parameter(
    Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")["Parameter"]["Value"]
template = ec2.create_launch_template(
    LaunchTemplateName="plain", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"})["LaunchTemplate"]["LaunchTemplateId"]
subnets = {row["AvailabilityZone"]: row["SubnetId"] for row in ec2.describe_subnets()["Subnets"]}
GROUP = {"MinSize": 0, "MaxSize": 2, "LaunchTemplate": {"LaunchTemplateName": "plain"}, "AvailabilityZones": ["us-east-1a"]}


def says(words, code, call, **parameters):
    message = refused(code, call, status=400, **parameters)
    assert words in message, message


def tags(*keys, **more):
    return [{"Key": key, "Value": "v", **more} for key in keys]


BAD_TAGS = ((tags("a", "a"), V, "Tag keys must be unique"), (tags("aws:a"), V, "reserved for internal use"),
            (tags(*(f"k{number}" for number in range(51))), "LimitExceeded", "at most 50 tags"),
            (tags("a", ResourceType="instance"), V, "must be auto-scaling-group"))
BAD_SETTINGS = (
    ({"HealthCheckType": "FOO"}, "Invalid health check type 'FOO'"), ({"HealthCheckType": "EC2,"}, "Invalid health check type ''"),
    ({"TerminationPolicies": ["Default", "Nope"]}, "[Nope] is not a valid termination policy"),
    ({"DefaultCooldown": -1}, "DefaultCooldown"), ({"HealthCheckGracePeriod": -1}, "HealthCheckGracePeriod"),
    ({"DefaultInstanceWarmup": -2}, "DefaultInstanceWarmup"),
    ({"MaxInstanceLifetime": 100}, "must be either equal to 0 or between 86400 and 31536000 seconds (inclusive)"),
    ({"MaxInstanceLifetime": 31536001}, "between 86400 and 31536000"), ({"DesiredCapacityType": "cores"}, "'cores'"),
    ({"PlacementGroup": "p"}, "Placement group 'p' does not exist"),
    ({"LaunchTemplate": {"LaunchTemplateId": template, "LaunchTemplateName": "plain"}}, "either launchTemplateId or LaunchTemplateName"),
    ({"VPCZoneIdentifier": subnets["us-east-1a"], "AvailabilityZones": ["us-east-1b"]}, "do not match"),
    ({"MixedInstancesPolicy": {"LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateName": "plain"}}},
      "LaunchTemplate": {"LaunchTemplateName": "plain"}}, "Valid requests must contain either LaunchTemplate"),
)

# Groups.
for settings, words in BAD_SETTINGS + (({"LoadBalancerNames": ["classic"]}, "Provided Load Balancers may not be valid"),):
    says(words, V, groups.create_auto_scaling_group, AutoScalingGroupName="g", **{**GROUP, **settings})
for name in ("a:b", "gr\u00fcn", "a\tb"):
    says("colon", V, groups.create_auto_scaling_group, AutoScalingGroupName=name, **GROUP)
for given, code, words in BAD_TAGS:
    says(words, code, groups.create_auto_scaling_group, AutoScalingGroupName="g", Tags=given, **GROUP)
assert groups.describe_auto_scaling_groups()["AutoScalingGroups"] == []
groups.create_auto_scaling_group(
    AutoScalingGroupName="g", **GROUP, HealthCheckType="EC2, ELB", MaxInstanceLifetime=86400, Tags=tags(*(f"k{n}" for n in range(49))),
    TerminationPolicies=["OldestInstance", "arn:aws:lambda:us-east-1:123456789012:function:f:a"])
groups.create_auto_scaling_group(AutoScalingGroupName="a group", **GROUP, DesiredCapacity=0)


def described(name="g"):
    return groups.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]


before = described()
for settings, words in BAD_SETTINGS:
    says(words, V, groups.update_auto_scaling_group, AutoScalingGroupName="g", MaxSize=3, **settings)
assert described() == before
groups.update_auto_scaling_group(AutoScalingGroupName="g", MaxInstanceLifetime=0, DefaultInstanceWarmup=-1)
assert "MaxInstanceLifetime" not in described()

# Deletion protection.
for protection, forces in (("prevent-all-deletion", (False, True)), ("prevent-force-deletion", (True,))):
    groups.update_auto_scaling_group(AutoScalingGroupName="a group", DeletionProtection=protection)
    assert described("a group")["DeletionProtection"] == protection
    for force in forces:
        says("deletion protection", "ResourceInUse", groups.delete_auto_scaling_group, AutoScalingGroupName="a group", ForceDelete=force)
groups.delete_auto_scaling_group(AutoScalingGroupName="a group")

# Tags.
own = {"ResourceId": "g", "ResourceType": "auto-scaling-group"}
for given, code, words in BAD_TAGS:
    says(words, code, groups.create_or_update_tags, Tags=[{**own, **tag} for tag in given])
refused(V, groups.create_or_update_tags, Tags=tags("new", **own) + tags("new", **{**own, "ResourceId": "none"}))
refused("LimitExceeded", groups.create_or_update_tags, Tags=tags("new", "newer", **own))
assert len(described()["Tags"]) == 49
groups.create_or_update_tags(Tags=tags("new", "k1", **own))
refused("LimitExceeded", groups.create_or_update_tags, Tags=tags("newer", **own))
says("Filter type colour is not correct", V, groups.describe_tags, Filters=[{"Name": "colour", "Values": ["x"]}])
assert len(groups.describe_tags(Filters=[{"Name": "auto-scaling-group", "Values": ["g"]}, {"Name": "key", "Values": ["new"]}])["Tags"]) == 1

# Hooks.
HOOK = {"AutoScalingGroupName": "g", "LifecycleHookName": "h", "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"}
for more, words in (({"LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCH"}, "is not valid"), ({"LifecycleHookName": "a b"}, "regular expression"),
                    ({"NotificationTargetARN": "topic"}, "must be the ARN")):
    says(words, V, groups.put_lifecycle_hook, **{**HOOK, **more})
    says(words, V, groups.create_auto_scaling_group, AutoScalingGroupName="hooked", **GROUP,
         LifecycleHookSpecificationList=[{key: value for key, value in {**HOOK, **more}.items() if key != "AutoScalingGroupName"}])
assert groups.describe_lifecycle_hooks(AutoScalingGroupName="g")["LifecycleHooks"] == []
for number in range(50):
    groups.put_lifecycle_hook(**{**HOOK, "LifecycleHookName": f"h{number}"})
says("up to 50", "LimitExceeded", groups.put_lifecycle_hook, **HOOK)
groups.put_lifecycle_hook(**{**HOOK, "LifecycleHookName": "h0", "HeartbeatTimeout": 30})
for number in range(50):
    groups.delete_lifecycle_hook(AutoScalingGroupName="g", LifecycleHookName=f"h{number}")

# CodeDeploy's hook is named after its group, whose name may have other characters.
deploy, iam = client("codedeploy"), client("iam")
role = iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=trust("codedeploy.amazonaws.com"))["Role"]["Arn"]
iam.put_role_policy(RoleName="deploy", PolicyName="all", PolicyDocument=policy(allow("*")))
deploy.create_application(applicationName="app")
deploy.create_deployment_group(applicationName="app", deploymentGroupName="a.b@c", serviceRoleArn=role, autoScalingGroups=["g"])
hook = groups.describe_lifecycle_hooks(AutoScalingGroupName="g")["LifecycleHooks"][0]["LifecycleHookName"]
assert hook.startswith("CodeDeploy-managed-automatic-launch-deployment-hook-a-b-c-"), hook
deploy.delete_deployment_group(applicationName="app", deploymentGroupName="a.b@c")
assert groups.describe_lifecycle_hooks(AutoScalingGroupName="g")["LifecycleHooks"] == []

# Policies.
SIMPLE = {"AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": 1}
CPU = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"}, "TargetValue": 50}


def steps(*bounds, **more):
    rows = [{"ScalingAdjustment": 1, **{f"MetricInterval{side}Bound": value for side, value in zip(("Lower", "Upper"), bound) if value is not None}}
            for bound in bounds]
    return {"PolicyType": "StepScaling", "AdjustmentType": "ChangeInCapacity", "StepAdjustments": rows, **more}


for settings, words in (
        ({**SIMPLE, "AdjustmentType": "x"}, "'x' is not valid"), ({"ScalingAdjustment": 1}, "AdjustmentType must be specified"),
        ({**SIMPLE, "MinAdjustmentMagnitude": 1}, "PercentChangeInCapacity"), ({**SIMPLE, "Cooldown": -1}, "Cooldown"),
        ({**SIMPLE, "AdjustmentType": "ExactCapacity", "ScalingAdjustment": -1}, "must not be negative"),
        ({**SIMPLE, "StepAdjustments": [{"ScalingAdjustment": 1}]}, "StepAdjustments cannot be specified"),
        ({**SIMPLE, "EstimatedInstanceWarmup": 1}, "EstimatedInstanceWarmup cannot"),
        (steps((0, None), Cooldown=1), "Cooldown cannot"), (steps((0, None), MetricAggregationType="Sum"), "'Sum' is not valid"),
        (steps((0, 10), (5, None)), "overlap"), (steps((0, 10), (20, None)), "gap"), (steps((None, None)), "must have"),
        (steps((0, 10)), "without an upper bound"), (steps((-5, None)), "without a lower bound"), (steps((5, 5)), "greater than its lower"),
        (steps((0, None), (0, None)), "overlap"),
        ({"PolicyType": "TargetTrackingScaling", "TargetTrackingConfiguration": {
            **CPU, "CustomizedMetricSpecification": {"MetricName": "m", "Namespace": "n", "Statistic": "Average"}}}, "not both"),
        ({"PolicyType": "TargetTrackingScaling", "TargetTrackingConfiguration": CPU, "AdjustmentType": "ChangeInCapacity"}, "AdjustmentType cannot")):
    says(words, V, groups.put_scaling_policy, AutoScalingGroupName="g", PolicyName="p", **settings)
assert groups.describe_policies(AutoScalingGroupName="g")["ScalingPolicies"] == []
groups.put_scaling_policy(AutoScalingGroupName="g", PolicyName="p", **steps((None, -10), (-10, 0), (0, 10), (10, None)))
says("less than or equal to 100", V, groups.describe_policies, MaxRecords=101)
says("less than or equal to 100", V, groups.describe_scheduled_actions, MaxRecords=101)
says("greater than or equal to 0", V, groups.put_scheduled_update_group_action, AutoScalingGroupName="g", ScheduledActionName="s",
     Recurrence="0 0 * * *", DesiredCapacity=-1)
says("Up to 50", V, groups.batch_put_scheduled_update_group_action, AutoScalingGroupName="g",
     ScheduledUpdateGroupActions=[{"ScheduledActionName": f"s{n}", "Recurrence": "0 0 * * *", "MinSize": 0} for n in range(51)])
says("Up to 50", V, groups.batch_delete_scheduled_action, AutoScalingGroupName="g", ScheduledActionNames=["s"] * 51)

# Metrics and suspended processes.
for settings, words in (({"Granularity": "1Hour"}, "1Minute"), ({"Granularity": "1Minute", "Metrics": ["GroupMinSize", "Mood"]}, "'Mood'"), ({}, "granularity")):
    says(words, V, groups.enable_metrics_collection, AutoScalingGroupName="g", **settings)
assert described()["EnabledMetrics"] == []
groups.enable_metrics_collection(AutoScalingGroupName="g", Granularity="1Minute", Metrics=["GroupMinSize"])
groups.enable_metrics_collection(AutoScalingGroupName="g", Granularity="1Minute", Metrics=["GroupMaxSize"])
assert [row["Metric"] for row in described()["EnabledMetrics"]] == ["GroupMinSize", "GroupMaxSize"]
groups.enable_metrics_collection(AutoScalingGroupName="g", Granularity="1Minute")
assert len(described()["EnabledMetrics"]) == len(groups.describe_metric_collection_types()["Metrics"])
says("'Mood'", V, groups.disable_metrics_collection, AutoScalingGroupName="g", Metrics=["Mood"])
groups.disable_metrics_collection(AutoScalingGroupName="g")
assert described()["EnabledMetrics"] == []
groups.suspend_processes(AutoScalingGroupName="g", ScalingProcesses=["Terminate"])
process = described()["SuspendedProcesses"][0]
assert re.fullmatch(r"User suspended at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", process["SuspensionReason"]), process
groups.resume_processes(AutoScalingGroupName="g")
assert described()["SuspendedProcesses"] == []

# Instances.
instance = client("ec2").run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
says("i-0123456789abcdef0", V, groups.attach_instances, AutoScalingGroupName="g", InstanceIds=[instance, "i-0123456789abcdef0"])
assert described()["DesiredCapacity"] == 0 and described()["Instances"] == []
groups.attach_instances(AutoScalingGroupName="g", InstanceIds=[instance])
assert "Instances" not in groups.describe_auto_scaling_groups(
    AutoScalingGroupNames=["g"], IncludeInstances=False)["AutoScalingGroups"][0] or not groups.describe_auto_scaling_groups(
    AutoScalingGroupNames=["g"], IncludeInstances=False)["AutoScalingGroups"][0]["Instances"]
says("Health status 'ill' is not valid", V, groups.set_instance_health, InstanceId=instance, HealthStatus="ill")
refused(V, groups.set_instance_protection, AutoScalingGroupName="g", InstanceIds=[instance, "i-0123456789abcdef0"], ProtectedFromScaleIn=True)
member = described()["Instances"][0]
assert member["HealthStatus"] == "Healthy" and member["ProtectedFromScaleIn"] is False, member
says("less than or equal to 50", V, groups.describe_auto_scaling_instances, MaxRecords=51)
many = [f"i-{number:017x}" for number in range(51)]
for call, most, more in (
        (groups.describe_auto_scaling_instances, 50, {}), (groups.attach_instances, 20, {"AutoScalingGroupName": "g"}),
        (groups.detach_instances, 20, {"AutoScalingGroupName": "g", "ShouldDecrementDesiredCapacity": True}),
        (groups.enter_standby, 20, {"AutoScalingGroupName": "g", "ShouldDecrementDesiredCapacity": True}),
        (groups.exit_standby, 20, {"AutoScalingGroupName": "g"}),
        (groups.set_instance_protection, 50, {"AutoScalingGroupName": "g", "ProtectedFromScaleIn": True})):
    says(f"Up to {most} instances", V, call, InstanceIds=many[:most + 1], **more)
for call in (groups.attach_load_balancer_target_groups, groups.detach_load_balancer_target_groups):
    says("Between 1 and 10", V, call, AutoScalingGroupName="g", TargetGroupARNs=["a"] * 11)
for preferences in ({"MaxHealthyPercentage": 110}, {"MinHealthyPercentage": 50, "MaxHealthyPercentage": 160},
                    {"CheckpointPercentages": [50, 50]}, {"CheckpointPercentages": [101]}, {"CheckpointDelay": 1}):
    refused(V, groups.start_instance_refresh, AutoScalingGroupName="g", Preferences=preferences)
says("valid fully-formed launch template", V, groups.start_instance_refresh, AutoScalingGroupName="g",
     DesiredConfiguration={"LaunchTemplate": {"LaunchTemplateName": "none"}})
assert groups.describe_instance_refreshes(AutoScalingGroupName="g")["InstanceRefreshes"] == []
groups.delete_auto_scaling_group(AutoScalingGroupName="g", ForceDelete=True)
