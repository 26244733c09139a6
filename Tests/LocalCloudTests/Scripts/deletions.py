"""What cannot be deleted yet, what can be although it is in use, and what is no error when it is not there.

Roles and their like are in iam.py, buckets in s3_objects.py and s3_versions.py.
"""

from support import *

ec2, groups, elb, iam, ssm, secrets = (
    client(name) for name in ("ec2", "autoscaling", "elbv2", "iam", "ssm", "secretsmanager"))
vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
subnets = [row["SubnetId"] for row in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]]
image = ssm.get_parameter(Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")["Parameter"]["Value"]

# Security groups: named by another group's rule, used by an interface, the default one.
one, two = (ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("one", "two"))
permission = [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": one}]}]
ec2.authorize_security_group_ingress(GroupId=two, IpPermissions=permission)
assert refused("DependencyViolation", ec2.delete_security_group, GroupId=one) == f"resource {one} has a dependent object"
ec2.revoke_security_group_ingress(GroupId=two, IpPermissions=permission)
ec2.delete_security_group(GroupId=one)
refused("InvalidGroup.NotFound", ec2.delete_security_group, GroupId=one)
default = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])["SecurityGroups"][0]["GroupId"]
refused("CannotDelete", ec2.delete_security_group, GroupId=default)
instance = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, SecurityGroupIds=[two],
                             SubnetId=subnets[0])["Instances"][0]["InstanceId"]
refused("DependencyViolation", ec2.delete_security_group, GroupId=two)
ec2.terminate_instances(InstanceIds=[instance])
ec2.get_waiter("instance_terminated").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
ec2.delete_security_group(GroupId=two)

# A VPC of its own: from the inside out.
own = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
subnet = ec2.create_subnet(VpcId=own, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=own)
refused("DependencyViolation", ec2.delete_vpc, VpcId=own)
refused("DependencyViolation", ec2.delete_internet_gateway, InternetGatewayId=gateway)
ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=own)
ec2.delete_internet_gateway(InternetGatewayId=gateway)
ec2.delete_subnet(SubnetId=subnet)
ec2.delete_vpc(VpcId=own)
refused("InvalidVpcID.NotFound", ec2.describe_vpcs, VpcIds=[own])

# A launch template goes although a group uses it; a later launch says what is missing.
template = ec2.create_launch_template(LaunchTemplateName="plain", LaunchTemplateData={
    "ImageId": image, "InstanceType": "t3.micro"})["LaunchTemplate"]["LaunchTemplateId"]
groups.create_auto_scaling_group(AutoScalingGroupName="asg", LaunchTemplate={"LaunchTemplateId": template}, MinSize=0,
                                 MaxSize=2, DesiredCapacity=1, VPCZoneIdentifier=subnets[0])


def members(state=None):
    rows = groups.describe_auto_scaling_groups(AutoScalingGroupNames=["asg"])["AutoScalingGroups"]
    return [row for row in rows[0]["Instances"] if state in (None, row["LifecycleState"])] if rows else None


eventually(lambda: members("InService"))
message = refused("ResourceInUse", groups.delete_auto_scaling_group, AutoScalingGroupName="asg")
assert message == "You cannot delete an AutoScalingGroup while there are instances still in the group.", message
ec2.delete_launch_template(LaunchTemplateId=template)
groups.set_desired_capacity(AutoScalingGroupName="asg", DesiredCapacity=2)
wanted = f"The specified launch template, with template ID {template}, does not exist."
eventually(lambda: [row for row in groups.describe_scaling_activities(AutoScalingGroupName="asg")["Activities"]
                    if row["StatusCode"] == "Failed" and wanted in row["StatusMessage"]])
groups.delete_auto_scaling_group(AutoScalingGroupName="asg", ForceDelete=True)
assert groups.describe_auto_scaling_groups(AutoScalingGroupNames=["asg"])["AutoScalingGroups"][0]["Status"] == "Delete in progress"
eventually(lambda: members() is None)
refused("ValidationError", groups.delete_auto_scaling_group, AutoScalingGroupName="asg")

# Secrets keep their name until their window is over.
secrets.create_secret(Name="s", SecretString="x")
secrets.delete_secret(SecretId="s", RecoveryWindowInDays=7)
assert "scheduled for deletion" in refused("InvalidRequestException", secrets.create_secret, Name="s", SecretString="y")
refused("InvalidRequestException", secrets.get_secret_value, SecretId="s")
secrets.restore_secret(SecretId="s")
assert secrets.get_secret_value(SecretId="s")["SecretString"] == "x"
secrets.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)
refused("ResourceNotFoundException", secrets.get_secret_value, SecretId="s")
secrets.create_secret(Name="s", SecretString="y")
refused("ParameterNotFound", ssm.delete_parameter, Name="/none")
assert ssm.delete_parameters(Names=["/none"])["InvalidParameters"] == ["/none"]

# What is not there is no error.
client("codepipeline").delete_pipeline(name="none")
client("codebuild").delete_project(name="none")
assert "repositoryId" not in client("codecommit").delete_repository(repositoryName="none")
client("codedeploy").delete_application(applicationName="none")
elb.delete_load_balancer(LoadBalancerArn=f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:loadbalancer/app/none/0123456789abcdef")
elb.delete_target_group(TargetGroupArn=f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:targetgroup/none/0123456789abcdef")

# Repositories of packages, branches, reports.
artifact, code, build = client("codeartifact"), client("codecommit"), client("codebuild")
artifact.create_domain(domain="demo")
artifact.create_repository(domain="demo", repository="packages")
refused("ConflictException", artifact.delete_domain, domain="demo")
artifact.delete_repository(domain="demo", repository="packages")
artifact.delete_domain(domain="demo")
code.create_repository(repositoryName="app")
head = code.create_commit(repositoryName="app", branchName="main", putFiles=[{"filePath": "a", "fileContent": b"1"}])["commitId"]
refused("DefaultBranchCannotBeDeletedException", code.delete_branch, repositoryName="app", branchName="main")
code.create_branch(repositoryName="app", branchName="other", commitId=head)
assert code.delete_branch(repositoryName="app", branchName="other")["deletedBranch"] == {"branchName": "other", "commitId": head}
assert code.delete_branch(repositoryName="app", branchName="other") and code.delete_repository(repositoryName="app")["repositoryId"]
role = iam.create_role(RoleName="build", AssumeRolePolicyDocument=trust("codebuild.amazonaws.com"))["Role"]["Arn"]
iam.put_role_policy(RoleName="build", PolicyName="p", PolicyDocument=policy(allow("*")))
spec = """
version: 0.2
phases: {build: {commands: ['printf "<testsuite><testcase classname=\\"c\\" name=\\"t\\" time=\\"1\\"/></testsuite>" > r.xml']}}
reports: {unit: {files: [r.xml]}}
"""
build.create_project(
    name="tests", source={"type": "NO_SOURCE", "buildspec": spec}, artifacts={"type": "NO_ARTIFACTS"}, serviceRole=role,
    environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"})
id = build.start_build(projectName="tests")["build"]["id"]
done = eventually(lambda: next((one for one in build.batch_get_builds(ids=[id])["builds"] if one["buildComplete"]), None))
group = f"arn:aws:codebuild:us-east-1:{ACCOUNT}:report-group/tests-unit"
assert done["buildStatus"] == "SUCCEEDED" and build.list_reports_for_report_group(reportGroupArn=group)["reports"] == done["reportArns"]
refused("InvalidInputException", build.delete_report_group, arn=group)
build.delete_report_group(arn=group, deleteReports=True)
assert build.batch_get_reports(reportArns=done["reportArns"])["reportsNotFound"] == done["reportArns"]
