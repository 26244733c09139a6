"""Scheduled actions of Auto Scaling groups, on a clock that is driven."""
import datetime

from support import *

ec2, groups, ssm = client("ec2"), client("autoscaling"), client("ssm")
image = ssm.get_parameter(Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")["Parameter"]["Value"]
ec2.create_launch_template(LaunchTemplateName="plain", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"})
zone = ec2.describe_availability_zones()["AvailabilityZones"][0]["ZoneName"]
groups.create_auto_scaling_group(
    AutoScalingGroupName="g", LaunchTemplate={"LaunchTemplateName": "plain"}, MinSize=0, MaxSize=1, DesiredCapacity=0,
    AvailabilityZones=[zone])


def at(seconds):
    return datetime.datetime.fromtimestamp(advance(0) + seconds, datetime.timezone.utc)


def sizes():
    row = groups.describe_auto_scaling_groups(AutoScalingGroupNames=["g"])["AutoScalingGroups"][0]
    return row["MinSize"], row["DesiredCapacity"], row["MaxSize"]


def actions(**more):
    rows = groups.describe_scheduled_actions(AutoScalingGroupName="g", **more)["ScheduledUpdateGroupActions"]
    return {row["ScheduledActionName"]: row for row in rows}


def put(name, **more):
    return groups.put_scheduled_update_group_action(AutoScalingGroupName="g", ScheduledActionName=name, **more)


assert "past" in refused("ValidationError", put, "late", StartTime=at(-60), MinSize=0)
assert "invalid" in refused("ValidationError", put, "odd", Recurrence="often", MinSize=0)
assert "At least one" in refused("ValidationError", put, "none", StartTime=at(60))
refused("ValidationError", put, "order", StartTime=at(60), MinSize=3, MaxSize=1)

# Once: it takes place at its time, and is gone.
put("once", StartTime=at(3600), MaxSize=4, DesiredCapacity=0)
put("sooner", StartTime=at(1800), MaxSize=9)
put("sooner", StartTime=at(7200), MaxSize=3)  # again: another time and size
assert actions()["once"]["ScheduledActionARN"].endswith("autoScalingGroupName/g:scheduledActionName/once")
assert set(actions(ScheduledActionNames=["once"])) == {"once"} and set(actions(EndTime=at(4000))) == {"once"}
advance(3000)
assert sizes() == (0, 0, 1)
advance(700)
eventually(lambda: sizes() == (0, 0, 4))
eventually(lambda: set(actions()) == {"sooner"})
advance(3600)
eventually(lambda: sizes() == (0, 0, 3))

# Again and again; a suspended process leaves one out.
put("daily", Recurrence="30 3 * * *", MaxSize=7)
first = actions()["daily"]["StartTime"]
assert (first.hour, first.minute) == (3, 30) and first > at(0)
advance(86400)
eventually(lambda: sizes() == (0, 0, 7))
eventually(lambda: actions()["daily"]["StartTime"] - first >= datetime.timedelta(days=1))
groups.suspend_processes(AutoScalingGroupName="g", ScalingProcesses=["ScheduledActions"])
groups.update_auto_scaling_group(AutoScalingGroupName="g", MaxSize=2)
second = actions()["daily"]["StartTime"]
advance(86400)
eventually(lambda: actions()["daily"]["StartTime"] > second)
assert sizes() == (0, 0, 2)
groups.resume_processes(AutoScalingGroupName="g", ScalingProcesses=["ScheduledActions"])
groups.delete_scheduled_action(AutoScalingGroupName="g", ScheduledActionName="daily")
refused("ValidationError", groups.delete_scheduled_action, AutoScalingGroupName="g", ScheduledActionName="daily")
advance(2 * 86400)
assert sizes() == (0, 0, 2) and not actions()

# Many at once: what is wrong with one does not keep the others. An instance comes and goes.
failed = groups.batch_put_scheduled_update_group_action(AutoScalingGroupName="g", ScheduledUpdateGroupActions=[
    {"ScheduledActionName": "up", "StartTime": at(60), "DesiredCapacity": 1},
    {"ScheduledActionName": "bad", "StartTime": at(-1), "DesiredCapacity": 1}])["FailedScheduledUpdateGroupActions"]
assert [row["ScheduledActionName"] for row in failed] == ["bad"] and failed[0]["ErrorCode"] == "ValidationError", failed
advance(61)
eventually(lambda: [row["LifecycleState"] for row in groups.describe_auto_scaling_instances()["AutoScalingInstances"]] == ["InService"])
assert "scheduled action up" in groups.describe_scaling_activities(AutoScalingGroupName="g")["Activities"][0]["Cause"]
put("down", StartTime=at(60), MinSize=0, DesiredCapacity=0)
put("never", StartTime=at(60), DesiredCapacity=1)
failed = groups.batch_delete_scheduled_action(AutoScalingGroupName="g", ScheduledActionNames=["never", "unknown"])
assert [row["ScheduledActionName"] for row in failed["FailedScheduledActions"]] == ["unknown"], failed
advance(61)
eventually(lambda: not groups.describe_auto_scaling_instances()["AutoScalingInstances"])
groups.delete_auto_scaling_group(AutoScalingGroupName="g", ForceDelete=True)
