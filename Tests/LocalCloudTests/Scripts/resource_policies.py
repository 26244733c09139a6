"""Policies that name resources of EC2 and Auto Scaling: by ARN, by tag, by region and by type."""
from fleets import *

EC2 = f"arn:aws:ec2:us-east-1:{ACCOUNT}:"
iam.create_user(UserName="operator")
keys = iam.create_access_key(UserName="operator")["AccessKey"]
my_ec2, my_groups, my_elb = (with_keys(name, keys) for name in ("ec2", "autoscaling", "elbv2"))


def may(*statements):
    iam.put_user_policy(UserName="operator", PolicyName="p", PolicyDocument=policy(*statements))


def denied(action, resource, call, **parameters):
    code = "UnauthorizedOperation" if action.startswith("ec2:") and call.__self__ is my_ec2 else "AccessDenied"
    message = refused(code, call, status=403, **parameters)
    assert f"is not authorized to perform: {action} on resource: {resource}" in message, message
    assert f"because no identity-based policy allows the {action} action" in message, message


def launch(**more):
    return dict(ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1, **more)


# Instances, by ARN and by tag. What is refused goes on running.
one, two = (ec2.run_instances(**launch(TagSpecifications=[{"ResourceType": "instance", "Tags": [
    {"Key": "stage", "Value": stage}]}]))["Instances"][0]["InstanceId"] for stage in ("dev", "prod"))
ec2.get_waiter("instance_running").wait(InstanceIds=[one, two], WaiterConfig={"Delay": 1})
may(allow("ec2:RebootInstances", EC2 + f"instance/{one}"))
my_ec2.reboot_instances(InstanceIds=[one])
denied("ec2:RebootInstances", EC2 + f"instance/{two}", my_ec2.reboot_instances, InstanceIds=[two])
denied("ec2:RebootInstances", EC2 + f"instance/{two}", my_ec2.reboot_instances, InstanceIds=[one, two])
for key in ("aws:ResourceTag/stage", "ec2:ResourceTag/stage"):
    may(allow("ec2:TerminateInstances", Condition={"StringEquals": {key: "dev"}}))
    denied("ec2:TerminateInstances", EC2 + f"instance/{two}", my_ec2.terminate_instances, InstanceIds=[two])
my_ec2.terminate_instances(InstanceIds=[one])
states = {row["InstanceId"]: row["State"]["Name"] for answer in ec2.describe_instances()["Reservations"] for row in answer["Instances"]}
assert states[two] == "running" and states[one] != "running", states
may(allow("*"), {"Effect": "Deny", "Action": "ec2:TerminateInstances", "Resource": EC2 + f"instance/{two}"})
assert "with an explicit deny in an identity-based policy" in refused(
    "UnauthorizedOperation", my_ec2.terminate_instances, InstanceIds=[two])

# Describe calls know no resources: a policy that names one does not allow them.
may(allow("ec2:DescribeInstances", EC2 + "instance/*"))
denied("ec2:DescribeInstances", "*", my_ec2.describe_instances)

# A launch needs its action on everything that it makes and uses, and may be held to types and tags.
parts = [EC2 + f"{kind}/*" for kind in ("instance", "network-interface", "volume", "subnet", "security-group")]
may(allow("ec2:RunInstances", parts))
image = f"arn:aws:ec2:us-east-1::image/{IMAGE}"
denied("ec2:RunInstances", image, my_ec2.run_instances, **launch())
may(allow("ec2:RunInstances", [*parts[1:], image]),
    allow("ec2:RunInstances", parts[0], Condition={"StringEquals": {"ec2:InstanceType": ["t3.micro"]}}))
(made,) = my_ec2.run_instances(**launch())["Instances"]
denied("ec2:RunInstances", parts[0], my_ec2.run_instances, **{**launch(), "InstanceType": "m5.large"})
may(allow(["ec2:RunInstances", "ec2:CreateTags"], Condition={"StringEquals": {"aws:RequestTag/owner": "me"}}))
denied("ec2:RunInstances", parts[0], my_ec2.run_instances, **launch())
(tagged,) = my_ec2.run_instances(**launch(TagSpecifications=[
    {"ResourceType": "instance", "Tags": [{"Key": "owner", "Value": "me"}]}]))["Instances"]

# Tags at a launch, those of its template too, take a permission of their own, which may be held to launches.
tags = [{"ResourceType": "instance", "Tags": [{"Key": "owner", "Value": "me"}]}]
may(allow("ec2:RunInstances"))
denied("ec2:CreateTags", parts[0], my_ec2.run_instances, **launch(TagSpecifications=tags))
my_ec2.run_instances(**launch(TagSpecifications=[{"ResourceType": "instance", "Tags": []}]))
templated = ec2.create_launch_template(LaunchTemplateName="tagged", LaunchTemplateData={
    "ImageId": IMAGE, "InstanceType": "t3.micro", "TagSpecifications": tags})["LaunchTemplate"]["LaunchTemplateId"]
denied("ec2:CreateTags", parts[0], my_ec2.run_instances, MinCount=1, MaxCount=1, LaunchTemplate={"LaunchTemplateId": templated})
may(allow("ec2:RunInstances"), allow("ec2:CreateTags", Condition={"StringEquals": {"ec2:CreateAction": "RunInstances"}}))
my_ec2.run_instances(MinCount=1, MaxCount=1, LaunchTemplate={"LaunchTemplateId": templated})
denied("ec2:CreateTags", EC2 + f"instance/{two}", my_ec2.create_tags, Resources=[two], Tags=[{"Key": "a", "Value": "b"}])
message = refused("InvalidParameterValue", ec2.run_instances, **launch(TagSpecifications=[
    {"ResourceType": "instance", "Tags": [{"Key": "AWS:owner", "Value": "me"}]}]))
assert message.endswith("Tag keys starting with 'aws:' are reserved for internal use") and "AWS:owner" in message, message

# The region that is asked.
may(allow("ec2:DescribeVpcs", Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}}))
my_ec2.describe_vpcs()
refused("UnauthorizedOperation", with_keys("ec2", keys, region="eu-west-1").describe_vpcs)

# Security groups and launch templates, also where they are named by name.
other = ec2.create_security_group(GroupName="other", Description="other", VpcId=VPC)["GroupId"]
rule = [{"IpProtocol": "tcp", "FromPort": 81, "ToPort": 81, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
may(allow(["ec2:AuthorizeSecurityGroupIngress", "ec2:DeleteSecurityGroup"], EC2 + f"security-group/{other}"))
denied("ec2:AuthorizeSecurityGroupIngress", EC2 + f"security-group/{WEB}",
       my_ec2.authorize_security_group_ingress, GroupId=WEB, IpPermissions=rule)
my_ec2.authorize_security_group_ingress(GroupName="other", IpPermissions=rule)
denied("ec2:DeleteSecurityGroup", EC2 + f"security-group/{WEB}", my_ec2.delete_security_group, GroupId=WEB)
my_ec2.delete_security_group(GroupId=other)
ids = {name: template(name, name)["LaunchTemplate"]["LaunchTemplateId"] for name in ("mine", "theirs")}
may(allow("ec2:DeleteLaunchTemplate", EC2 + f"launch-template/{ids['mine']}"))
denied("ec2:DeleteLaunchTemplate", EC2 + f"launch-template/{ids['theirs']}",
       my_ec2.delete_launch_template, LaunchTemplateName="theirs")
my_ec2.delete_launch_template(LaunchTemplateName="mine")
may(allow("ec2:CreateTags", EC2 + "launch-template/*"))
my_ec2.create_tags(Resources=[ids["theirs"]], Tags=[{"Key": "a", "Value": "b"}])
denied("ec2:CreateTags", EC2 + f"instance/{two}", my_ec2.create_tags, Resources=[two], Tags=[{"Key": "a", "Value": "b"}])

# Groups: their ARNs hold an id that nobody knows before.
GROUPS = f"arn:aws:autoscaling:us-east-1:{ACCOUNT}:autoScalingGroup:"
zones = dict(MinSize=0, MaxSize=0, VPCZoneIdentifier=",".join(SUBNETS),
             LaunchTemplate={"LaunchTemplateName": "theirs", "Version": "1"})
may(allow("autoscaling:*", GROUPS + "*:autoScalingGroupName/web-*"),
    allow(["ec2:RunInstances", "ec2:CreateTags", "iam:PassRole"]))
my_groups.create_auto_scaling_group(AutoScalingGroupName="web-1", **zones)
denied("autoscaling:CreateAutoScalingGroup", GROUPS + "*:autoScalingGroupName/db-1",
       my_groups.create_auto_scaling_group, AutoScalingGroupName="db-1", **zones)
groups.create_auto_scaling_group(AutoScalingGroupName="db-1", **zones, Tags=[
    {"Key": "team", "Value": "data", "PropagateAtLaunch": False}])
(row,) = groups.describe_auto_scaling_groups(AutoScalingGroupNames=["db-1"])["AutoScalingGroups"]
denied("autoscaling:SetDesiredCapacity", row["AutoScalingGroupARN"],
       my_groups.set_desired_capacity, AutoScalingGroupName="db-1", DesiredCapacity=0)
my_groups.suspend_processes(AutoScalingGroupName="web-1")
denied("autoscaling:DescribeAutoScalingGroups", "*", my_groups.describe_auto_scaling_groups)
may(allow("autoscaling:DeleteAutoScalingGroup", Condition={"StringEquals": {"autoscaling:ResourceTag/team": "data"}}))
refused("AccessDenied", my_groups.delete_auto_scaling_group, AutoScalingGroupName="web-1", status=403)
my_groups.delete_auto_scaling_group(AutoScalingGroupName="db-1")

# Who makes a group has to be allowed what its template launches, here without the role.
may(allow("autoscaling:*"), allow(["ec2:RunInstances", "ec2:CreateTags"]))
denied("iam:PassRole", ROLES["ec2"], my_groups.create_auto_scaling_group, AutoScalingGroupName="web-2", **zones)

# Load balancers and target groups that are yet to be.
ELB = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:"
may(allow("elasticloadbalancing:CreateTargetGroup", ELB + "targetgroup/web-*/*"))
my_elb.create_target_group(Name="web-a", Protocol="HTTP", Port=80, VpcId=VPC)
denied("elasticloadbalancing:CreateTargetGroup", ELB + "targetgroup/db-a/*",
       my_elb.create_target_group, Name="db-a", Protocol="HTTP", Port=80, VpcId=VPC)

ec2.terminate_instances(InstanceIds=[two, made["InstanceId"], tagged["InstanceId"]])
