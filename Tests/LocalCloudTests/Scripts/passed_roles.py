"""Who gives a role to a service has to be allowed to pass it to that one, and the role has to trust it."""
from support import *

iam = client("iam")
client("s3").create_bucket(Bucket="artifacts")
client("codecommit").create_repository(repositoryName="app")
client("codedeploy").create_application(applicationName="app")
client("events").put_rule(Name="rule", ScheduleExpression="rate(1 day)")
iam.create_user(UserName="dev")
keys = iam.create_access_key(UserName="dev")["AccessKey"]
mine = {name: with_keys(name, keys) for name in ("codepipeline", "codebuild", "codedeploy", "events", "iam")}


def may(*statements):
    iam.put_user_policy(UserName="dev", PolicyName="p", PolicyDocument=policy(
        allow(["codepipeline:*", "codebuild:*", "codedeploy:*", "events:*", "iam:AddRoleToInstanceProfile"]), *statements))


def role(name, service):
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(f"{service}.amazonaws.com"))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(allow("*")))
    return made


def action(name, category, provider, configuration, **more):
    return {"name": name, "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
            "configuration": configuration, **more}


def pipeline(arn):
    return mine["codepipeline"].create_pipeline(pipeline={
        "name": "p", "roleArn": arn, "artifactStore": {"type": "S3", "location": "artifacts"}, "stages": [
            {"name": "Source", "actions": [action(
                "Source", "Source", "CodeCommit", {"RepositoryName": "app", "BranchName": "main"},
                outputArtifacts=[{"name": "Src"}])]},
            {"name": "Ask", "actions": [action("Ask", "Approval", "Manual", {})]}]})


def project(arn):
    return mine["codebuild"].create_project(
        name="build", source={"type": "NO_SOURCE", "buildspec": "version: 0.2"}, artifacts={"type": "NO_ARTIFACTS"},
        serviceRole=arn, environment={
            "type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"})


def deployment_group(arn):
    return mine["codedeploy"].create_deployment_group(
        applicationName="app", deploymentGroupName="dg", serviceRoleArn=arn)


def event_target(arn):
    queue = f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:p"
    return mine["events"].put_targets(Rule="rule", Targets=[{"Id": "1", "Arn": queue, "RoleArn": arn}])


# Service, what gives it a role, and how a role that does not trust it is refused at once; EventBridge asks at delivery only.
services = {
    "codepipeline": (pipeline, "InvalidStructureException"), "codebuild": (project, "InvalidInputException"),
    "codedeploy": (deployment_group, "InvalidRoleException"), "events": (event_target, None),
}
for service, (give, distrusted) in services.items():
    own, other = role(f"for-{service}", service), role(f"not-for-{service}", "ecs-tasks")
    named = f"iam:PassRole on resource: {own}"
    may()
    assert named in refused("AccessDeniedException", give, own), service
    may(allow("iam:PassRole", other))
    assert named in refused("AccessDeniedException", give, own), service
    may(allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}))
    assert named in refused("AccessDeniedException", give, own), service
    may(allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}}))
    if distrusted:
        refused(distrusted, give, other)
    give(own)
