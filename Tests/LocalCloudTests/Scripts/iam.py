from support import *

iam = client("iam")
role = iam.create_role(RoleName="awscicd-codebuild-role", AssumeRolePolicyDocument=trust("codebuild.amazonaws.com"))["Role"]
assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/awscicd-codebuild-role" and role["RoleId"].startswith("AROA")
assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": ["codebuild.amazonaws.com"]}
message = refused("EntityAlreadyExists", iam.create_role, RoleName="awscicd-codebuild-role",
                  AssumeRolePolicyDocument=trust("codebuild.amazonaws.com"), status=409)
assert message == "Role with name awscicd-codebuild-role already exists."
refused("MalformedPolicyDocument", iam.create_role, RoleName="x", AssumeRolePolicyDocument="{not json", status=400)
refused("MalformedPolicyDocument", iam.create_role, RoleName="x", AssumeRolePolicyDocument=policy(
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole", "Resource": "*"}))
# Who is trusted has to be there.
for principal, told in (({"Service": "nosuch.amazonaws.com"}, '"SERVICE":"nosuch.amazonaws.com"'),
                        ({"Service": ["ec2.amazonaws.com", "ec2"]}, '"SERVICE":"ec2"'),
                        ({"AWS": "somebody"}, '"AWS":"somebody"'),
                        ({"AWS": f"arn:aws:iam::{ACCOUNT}:role/nobody"}, f'"AWS":"arn:aws:iam::{ACCOUNT}:role/nobody"')):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    message = refused("MalformedPolicyDocument", iam.create_role, RoleName="x", AssumeRolePolicyDocument=policy(statement), status=400)
    assert message == f"Invalid principal in policy: {told}", message
    refused("MalformedPolicyDocument", iam.update_assume_role_policy, RoleName=role["RoleName"], PolicyDocument=policy(statement))
for name in ("delivery.logs.amazonaws.com", "logs.us-east-1.amazonaws.com", "ecs-tasks.amazonaws.com", "codedeploy.amazonaws.com.cn"):
    iam.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=trust(name))
iam.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=trust(AWS=["*", "210987654321", role["Arn"]]))
assert refused("NoSuchEntity", iam.get_role, RoleName="nobody", status=404) == "The role with name nobody cannot be found."
assert isinstance(iam.exceptions.NoSuchEntityException, type)

# Policies of a role, and the order in which it can be deleted.
iam.put_role_policy(RoleName=role["RoleName"], PolicyName="logs", PolicyDocument=policy(allow("logs:*")))
document = iam.get_role_policy(RoleName=role["RoleName"], PolicyName="logs")["PolicyDocument"]
assert document["Statement"][0]["Action"] == "logs:*"
managed = "arn:aws:iam::aws:policy/service-role/AWSCodeDeployRole"
iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=managed)
assert iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"] == [
    {"PolicyName": "AWSCodeDeployRole", "PolicyArn": managed}]
refused("NoSuchEntity", iam.attach_role_policy, RoleName=role["RoleName"], PolicyArn="arn:aws:iam::aws:policy/Nope")
profile = iam.create_instance_profile(InstanceProfileName="web")["InstanceProfile"]
iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName=role["RoleName"])
refused("LimitExceeded", iam.add_role_to_instance_profile, InstanceProfileName="web", RoleName=role["RoleName"])
assert "must remove roles from instance profile first" in refused(
    "DeleteConflict", iam.delete_instance_profile, InstanceProfileName="web", status=409)
assert "must remove roles from instance profile first" in refused(
    "DeleteConflict", iam.delete_role, RoleName=role["RoleName"])
iam.get_waiter("instance_profile_exists").wait(InstanceProfileName="web")
iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName=role["RoleName"])
assert "must detach all policies first" in refused("DeleteConflict", iam.delete_role, RoleName=role["RoleName"])
iam.detach_role_policy(RoleName=role["RoleName"], PolicyArn=managed)
refused("NoSuchEntity", iam.detach_role_policy, RoleName=role["RoleName"], PolicyArn=managed)
assert "must delete policies first" in refused("DeleteConflict", iam.delete_role, RoleName=role["RoleName"])
iam.delete_role_policy(RoleName=role["RoleName"], PolicyName="logs")
iam.delete_role(RoleName=role["RoleName"])
iam.delete_instance_profile(InstanceProfileName="web")

# Managed policies: versions, attachment, deletion.
arn = iam.create_policy(PolicyName="deploy", PolicyDocument=policy(allow("s3:GetObject")))["Policy"]["Arn"]
for _ in range(4):
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(allow("s3:*")), SetAsDefault=True)
refused("LimitExceeded", iam.create_policy_version, PolicyArn=arn, PolicyDocument=policy(allow("s3:*")))
assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v5"
refused("DeleteConflict", iam.delete_policy_version, PolicyArn=arn, VersionId="v5")
refused("DeleteConflict", iam.delete_policy, PolicyArn=arn)
for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
    if not version["IsDefaultVersion"]:
        iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
iam.create_user(UserName="dev")
iam.attach_user_policy(UserName="dev", PolicyArn=arn)
assert refused("DeleteConflict", iam.delete_policy, PolicyArn=arn) == "Cannot delete a policy attached to entities."
assert iam.list_entities_for_policy(PolicyArn=arn)["PolicyUsers"][0]["UserName"] == "dev"
iam.detach_user_policy(UserName="dev", PolicyArn=arn)
iam.delete_policy(PolicyArn=arn)
iam.delete_user(UserName="dev")

# Paginators.
for number in range(25):
    iam.create_role(RoleName=f"page-{number:02}", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"), Path="/many/")
pages = list(iam.get_paginator("list_roles").paginate(PathPrefix="/many/", PaginationConfig={"PageSize": 10}))
assert [len(page["Roles"]) for page in pages] == [10, 10, 5]
