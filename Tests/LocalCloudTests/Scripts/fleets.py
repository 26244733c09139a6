"""What the scripts of fleets share: a load balancer before Auto Scaling groups of instances that serve a page."""
import base64
import http.client
import io
import urllib.parse
import zipfile

from support import *

ec2, elb, groups, iam, s3, deploys, ssm = (
    client(name) for name in ("ec2", "elbv2", "autoscaling", "iam", "s3", "codedeploy", "ssm"))
USER_DATA = """#!/bin/bash
dnf install -y httpd wget
mkdir -p /var/www/html
echo '%s' > /var/www/html/index.html
systemctl enable --now httpd
cd /tmp
wget -q https://aws-codedeploy-us-east-1.s3.us-east-1.amazonaws.com/latest/install
chmod +x ./install
./install auto
systemctl enable --now codedeploy-agent
"""
VPC = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
SUBNETS = [row["SubnetId"] for row in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [VPC]}])["Subnets"]][:2]
IMAGE = ssm.get_parameter(Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")["Parameter"]["Value"]
WEB = ec2.create_security_group(GroupName="web", Description="web", VpcId=VPC)["GroupId"]
ec2.authorize_security_group_ingress(GroupId=WEB, IpPermissions=[
    {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
ROLES = {}
for name in ("ec2", "codedeploy"):
    ROLES[name] = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(f"{name}.amazonaws.com"))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(allow("*")))
iam.create_instance_profile(InstanceProfileName="fleet")
iam.add_role_to_instance_profile(InstanceProfileName="fleet", RoleName="ec2")


def template(name, page):
    """A launch template, or a new version of it, whose instances serve a page."""
    data = {"ImageId": IMAGE, "InstanceType": "t3.micro", "SecurityGroupIds": [WEB],
            "IamInstanceProfile": {"Name": "fleet"}, "UserData": base64.b64encode((USER_DATA % page).encode()).decode()}
    if ec2.describe_launch_templates(Filters=[{"Name": "launch-template-name", "Values": [name]}])["LaunchTemplates"]:
        return ec2.create_launch_template_version(LaunchTemplateName=name, LaunchTemplateData=data)
    return ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)


def targets(name, **more):
    return elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=VPC, HealthCheckIntervalSeconds=5,
                                   HealthyThresholdCount=2, **more)["TargetGroups"][0]["TargetGroupArn"]


def balancer(name, *actions):
    """The ARNs of a load balancer and its listener, and its URL."""
    row = elb.create_load_balancer(Name=name, Subnets=SUBNETS, SecurityGroups=[WEB])["LoadBalancers"][0]
    listener = elb.create_listener(LoadBalancerArn=row["LoadBalancerArn"], Protocol="HTTP", Port=80,
                                   DefaultActions=list(actions))["Listeners"][0]["ListenerArn"]
    elb.get_waiter("load_balancer_available").wait(LoadBalancerArns=[row["LoadBalancerArn"]], WaiterConfig={"Delay": 1})
    return row["LoadBalancerArn"], listener, f"http://{row['DNSName']}/"


def group(name, template, target_group, size=1, **more):
    groups.create_auto_scaling_group(
        AutoScalingGroupName=name, LaunchTemplate={"LaunchTemplateName": template, "Version": "$Latest"}, MinSize=1,
        MaxSize=4, DesiredCapacity=size, VPCZoneIdentifier=",".join(SUBNETS), TargetGroupARNs=[target_group], **more)


def described(name):
    rows = groups.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return rows[0] if rows else None


def healthy(target_group, count=1):
    def look():
        rows = elb.describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
        good = [row["Target"]["Id"] for row in rows if row["TargetHealth"]["State"] == "healthy"]
        return good if len(good) == count else None
    return eventually(look)


def connection(url):
    return http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=240)


def get(url, path="/", headers=None):
    one = connection(url)
    one.request("GET", path, headers=headers or {})
    answer = one.getresponse()
    return answer.status, answer.read().decode().strip()


# MARK: deployments

def revision(key, files, bucket="revisions"):
    """Puts files into a bundle, and gives its place as CodeDeploy takes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zip:
        for name, text in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o755 if name.endswith(".sh") else 0o644) << 16
            zip.writestr(info, text)
    s3.put_object(Bucket=bucket, Key=key, Body=out.getvalue())
    return {"revisionType": "S3", "s3Location": {"bucket": bucket, "key": key, "bundleType": "zip"}}


def page(text, hooks=None):
    """The files of a revision that serves a page; hooks are shell lines by event."""
    spec = {"version": 0.0, "os": "linux", "files": [{"source": "/index.html", "destination": "/var/www/html"}],
            "file_exists_behavior": "OVERWRITE",
            "hooks": {event: [{"location": f"{event}.sh", "timeout": 240}] for event in hooks or {}}}
    scripts = {f"{event}.sh": f"#!/bin/sh\n{line}\n" for event, line in (hooks or {}).items()}
    return {"appspec.yml": json.dumps(spec), "index.html": text, **scripts}


def deployment(id):
    return deploys.get_deployment(deploymentId=id)["deploymentInfo"]


def reaches(id, *statuses):
    def look():
        row = deployment(id)
        assert row["status"] in statuses or row["status"] not in ("Succeeded", "Failed", "Stopped"), row
        return row if row["status"] in statuses else None
    return eventually(look)


def deployment_targets(id):
    ids = deploys.list_deployment_targets(deploymentId=id)["targetIds"]
    rows = deploys.batch_get_deployment_targets(deploymentId=id, targetIds=ids)["deploymentTargets"] if ids else []
    return [row["instanceTarget"] for row in rows]


def course(target):
    return [(event["lifecycleEventName"], event["status"]) for event in target["lifecycleEvents"]]
