"""Scaling policies, on a manual clock: alarms carry them out, minute by minute."""
from support import *

groups, cloudwatch, ec2 = client("autoscaling"), client("cloudwatch"), client("ec2")
image = client("ssm").get_parameter(
    Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")["Parameter"]["Value"]
ec2.create_launch_template(LaunchTemplateName="plain", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"})


def group(name, **more):
    settings = {"MinSize": 1, "MaxSize": 8, "DesiredCapacity": 1, "DefaultCooldown": 300, **more}
    groups.create_auto_scaling_group(
        AutoScalingGroupName=name, LaunchTemplate={"LaunchTemplateName": "plain"}, AvailabilityZones=["us-east-1a"], **settings)
    # None of these starts an instance: it is the size that is wanted.
    groups.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=["Launch", "Terminate"])


def described(name):
    return groups.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]


def size(name):
    return described(name)["DesiredCapacity"]


def becomes(name, wanted):
    """An alarm acts after the call, or the minute, that set it off."""
    eventually(lambda: size(name) == wanted)


def policy(group, name, **settings):
    return groups.put_scaling_policy(AutoScalingGroupName=group, PolicyName=name, **settings)


def alarm(name, policy, threshold=10, operator="GreaterThanThreshold"):
    """An alarm of a metric of its own name, which stays as it is while there is no data."""
    cloudwatch.put_metric_alarm(
        AlarmName=name, Namespace="App", MetricName=name, Statistic="Maximum", Period=60, EvaluationPeriods=1,
        Threshold=threshold, ComparisonOperator=operator, TreatMissingData="ignore", AlarmActions=[policy])


def put(metric, value):
    cloudwatch.put_metric_data(Namespace="App", MetricData=[{"MetricName": metric, "Value": value}])


def minutes(count):
    for _ in range(count):
        advance(60)


# Simple: once, then after the cooldown again while the alarm lasts; never past the group's bounds.
group("simple", MaxSize=3)
out = policy("simple", "out", AdjustmentType="ChangeInCapacity", ScalingAdjustment=1)["PolicyARN"]
assert out.startswith(f"arn:aws:autoscaling:us-east-1:{ACCOUNT}:scalingPolicy:") and out.endswith(
    ":autoScalingGroupName/simple:policyName/out")
alarm("depth", out)
put("depth", 11)
becomes("simple", 2)
minutes(4)
assert size("simple") == 2
minutes(2)
becomes("simple", 3)
minutes(10)
assert size("simple") == 3
groups.set_desired_capacity(AutoScalingGroupName="simple", DesiredCapacity=1)
groups.suspend_processes(AutoScalingGroupName="simple", ScalingProcesses=["AlarmNotification"])
minutes(6)
assert size("simple") == 1
groups.resume_processes(AutoScalingGroupName="simple", ScalingProcesses=["AlarmNotification"])
minutes(1)
becomes("simple", 2)
refused("ScalingActivityInProgress", groups.execute_policy, AutoScalingGroupName="simple", PolicyName="out",
        HonorCooldown=True)
groups.execute_policy(AutoScalingGroupName="simple", PolicyName="out")
assert size("simple") == 3
put("depth", 1)
groups.delete_policy(AutoScalingGroupName="simple", PolicyName="out")
refused("ValidationError", groups.execute_policy, AutoScalingGroupName="simple", PolicyName="out")

# Shares of the size, and exact sizes.
group("shares", DesiredCapacity=2)
policy("shares", "half", AdjustmentType="PercentChangeInCapacity", ScalingAdjustment=50)
policy("shares", "at least two", AdjustmentType="PercentChangeInCapacity", ScalingAdjustment=10, MinAdjustmentMagnitude=2)
policy("shares", "six", AdjustmentType="ExactCapacity", ScalingAdjustment=6)
for name, wanted in (("half", 3), ("half", 4), ("at least two", 6), ("half", 8), ("six", 6)):
    groups.execute_policy(AutoScalingGroupName="shares", PolicyName=name)
    assert size("shares") == wanted, (name, wanted, size("shares"))

# Steps: by how far the metric is past the threshold; while what was added warms up only a higher step adds the rest.
refused("ValidationError", policy, "shares", "none", PolicyType="StepScaling", AdjustmentType="ChangeInCapacity")
group("steps")
step = policy("steps", "steps", PolicyType="StepScaling", AdjustmentType="ChangeInCapacity", EstimatedInstanceWarmup=120,
              StepAdjustments=[
                  {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 1},
                  {"MetricIntervalLowerBound": 10, "ScalingAdjustment": 3}])["PolicyARN"]
alarm("load", step)
put("load", 15)
becomes("steps", 2)
put("load", 25)
minutes(1)
becomes("steps", 4)  # not 5: the first one counts
minutes(1)
assert size("steps") == 4
minutes(2)
becomes("steps", 7)
refused("ValidationError", groups.execute_policy, AutoScalingGroupName="steps", PolicyName="steps")
put("load", 1)
groups.set_desired_capacity(AutoScalingGroupName="steps", DesiredCapacity=1)
groups.execute_policy(AutoScalingGroupName="steps", PolicyName="steps", MetricValue=21, BreachThreshold=10)
assert size("steps") == 4

# Target tracking: makes its own two alarms, grows in proportion after three minutes, shrinks after fifteen.
group("tracking", DesiredCapacity=2)
refused("ValidationError", policy, "tracking", "cpu", PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration={"TargetValue": 50.0})
made = policy("tracking", "cpu", PolicyType="TargetTrackingScaling", EstimatedInstanceWarmup=120, TargetTrackingConfiguration={
    "TargetValue": 50.0, "CustomizedMetricSpecification": {
        "MetricName": "Busy", "Namespace": "App", "Statistic": "Average"}})
names = sorted(row["AlarmName"] for row in made["Alarms"])
assert [name.rsplit("-", 5)[0] for name in names] == ["TargetTracking-tracking-AlarmHigh", "TargetTracking-tracking-AlarmLow"]
assert cloudwatch.describe_alarms(AlarmNames=[names[1]])["MetricAlarms"][0]["Threshold"] == 45
for _ in range(3):
    assert size("tracking") == 2
    advance(60)
    put("Busy", 100)
becomes("tracking", 4)
for _ in range(10):  # past the group's cooldown
    advance(60)
    put("Busy", 50)
assert size("tracking") == 4
for _ in range(14):
    advance(60)
    put("Busy", 20)
assert size("tracking") == 4
advance(60)
put("Busy", 20)
becomes("tracking", 2)  # 4 at 20 are 2 at 40
row = groups.describe_policies(AutoScalingGroupName="tracking", PolicyTypes=["TargetTrackingScaling"])["ScalingPolicies"][0]
assert row["Enabled"] and sorted(one["AlarmName"] for one in row["Alarms"]) == names
groups.delete_policy(AutoScalingGroupName="tracking", PolicyName="cpu")
assert not [row for row in cloudwatch.describe_alarms()["MetricAlarms"] if row["AlarmName"] in names]

# What has launched says why.
group("told")
groups.resume_processes(AutoScalingGroupName="told", ScalingProcesses=["Launch", "Terminate"])
policy("told", "out", AdjustmentType="ChangeInCapacity", ScalingAdjustment=1)
alarm("asked", groups.describe_policies(AutoScalingGroupName="told")["ScalingPolicies"][0]["PolicyARN"])
put("asked", 11)
causes = eventually(lambda: [
    activity["Cause"] for activity in groups.describe_scaling_activities(AutoScalingGroupName="told")["Activities"]
    if "monitor alarm asked in state ALARM triggered policy out changing the desired capacity from 1 to 2" in activity["Cause"]
] or advance(1) < 0)
# A hook that is put again is changed: what it is not given it keeps.
hook = {"AutoScalingGroupName": "told", "LifecycleHookName": "hold"}
groups.put_lifecycle_hook(**hook, LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING", HeartbeatTimeout=100)
groups.put_lifecycle_hook(**hook, HeartbeatTimeout=200)
(row,) = groups.describe_lifecycle_hooks(AutoScalingGroupName="told")["LifecycleHooks"]
assert (row["LifecycleTransition"], row["HeartbeatTimeout"]) == ("autoscaling:EC2_INSTANCE_LAUNCHING", 200), row
for name in ("simple", "shares", "steps", "tracking", "told"):
    groups.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)
