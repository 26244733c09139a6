from support import *

iam, sts, s3, ssm = client("iam"), client("sts"), client("s3"), client("ssm")
s3.create_bucket(Bucket="artifacts")
s3.put_object(Bucket="artifacts", Key="app/a.txt", Body=b"a")
ssm.put_parameter(Name="/app/greeting", Value="hello", Type="String")
ssm.put_parameter(Name="/other/greeting", Value="hello", Type="String")

# A user with keys of their own.
user = iam.create_user(UserName="dev")["User"]
keys = iam.create_access_key(UserName="dev")["AccessKey"]
assert with_keys("sts", keys).get_caller_identity()["Arn"] == user["Arn"]
message = refused("AccessDenied", with_keys("s3", keys).get_object, Bucket="artifacts", Key="app/a.txt", status=403)
assert message == (f'User: {user["Arn"]} is not authorized to perform: s3:GetObject on resource: '
                   '"arn:aws:s3:::artifacts/app/a.txt" because no identity-based policy allows the s3:GetObject action')
iam.put_user_policy(UserName="dev", PolicyName="read", PolicyDocument=policy(
    allow(["s3:GetObject"], "arn:aws:s3:::artifacts/app/*"),
    allow("ssm:GetParameter*", f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/app/*"),
    allow("iam:CreateUser", "arn:aws:iam::*:user/${aws:username}-*")))
mine = with_keys("s3", keys)
assert mine.get_object(Bucket="artifacts", Key="app/a.txt")["Body"].read() == b"a"
refused("AccessDenied", mine.put_object, Bucket="artifacts", Key="app/b.txt", Body=b"b")
refused("AccessDenied", mine.list_objects_v2, Bucket="artifacts")
assert with_keys("ssm", keys).get_parameter(Name="/app/greeting")["Parameter"]["Value"] == "hello"
message = refused("AccessDeniedException", with_keys("ssm", keys).get_parameter, Name="/other/greeting")
assert "is not authorized to perform: ssm:GetParameter on resource: " in message
with_keys("iam", keys).create_user(UserName="dev-2")
refused("AccessDenied", with_keys("iam", keys).create_user, UserName="else", status=403)

# An explicit deny wins; so does what a boundary leaves out.
iam.put_user_policy(UserName="dev", PolicyName="no", PolicyDocument=policy(
    {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}))
assert "with an explicit deny in an identity-based policy" in refused(
    "AccessDenied", mine.get_object, Bucket="artifacts", Key="app/a.txt")
iam.delete_user_policy(UserName="dev", PolicyName="no")
boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=policy(allow("ssm:*")))["Policy"]["Arn"]
iam.put_user_permissions_boundary(UserName="dev", PermissionsBoundary=boundary)
assert "because no permissions boundary allows the s3:GetObject action" in refused(
    "AccessDenied", mine.get_object, Bucket="artifacts", Key="app/a.txt")
iam.delete_user_permissions_boundary(UserName="dev")

# Roles: whom they trust, and what their sessions may do.
role = iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=trust("codebuild.amazonaws.com"))["Role"]
message = refused("AccessDenied", with_keys("sts", keys).assume_role, RoleArn=role["Arn"], RoleSessionName="me", status=403)
assert message == f'User: {user["Arn"]} is not authorized to perform: sts:AssumeRole on resource: {role["Arn"]}'
iam.update_assume_role_policy(RoleName="deployer", PolicyDocument=trust(AWS=user["Arn"]))
session = with_keys("sts", keys).assume_role(RoleArn=role["Arn"], RoleSessionName="me")
assert session["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/me"
temporary = session["Credentials"]
assert with_keys("sts", temporary).get_caller_identity()["UserId"] == f'{role["RoleId"]}:me'
refused("AccessDenied", with_keys("s3", temporary).list_objects_v2, Bucket="artifacts")
iam.put_role_policy(RoleName="deployer", PolicyName="list", PolicyDocument=policy(
    allow("s3:ListBucket", "arn:aws:s3:::artifacts", Condition={"StringLike": {"s3:prefix": ["app/*"]}})))
assert with_keys("s3", temporary).list_objects_v2(Bucket="artifacts", Prefix="app/")["KeyCount"] == 1
refused("AccessDenied", with_keys("s3", temporary).list_objects_v2, Bucket="artifacts", Prefix="secret/")

# A session policy narrows; a wrong token and a wrong secret are refused.
narrow = with_keys("sts", keys).assume_role(
    RoleArn=role["Arn"], RoleSessionName="narrow", Policy=policy(allow("ssm:*")))["Credentials"]
assert "because no session policy allows the s3:ListBucket action" in refused(
    "AccessDenied", with_keys("s3", narrow).list_objects_v2, Bucket="artifacts", Prefix="app/")
# So do managed policies, together with one another and with it; they give nothing that the role does not have.
ssm_only = iam.create_policy(PolicyName="ssm-only", PolicyDocument=policy(allow("ssm:*")))["Policy"]["Arn"]
s3_too = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def managed(*arns):
    return with_keys("s3", with_keys("sts", keys).assume_role(
        RoleArn=role["Arn"], RoleSessionName="managed", PolicyArns=[{"arn": arn} for arn in arns])["Credentials"])


assert "because no session policy allows the s3:ListBucket action" in refused(
    "AccessDenied", managed(ssm_only).list_objects_v2, Bucket="artifacts", Prefix="app/")
assert managed(ssm_only, s3_too).list_objects_v2(Bucket="artifacts", Prefix="app/")["KeyCount"] == 1
assert "because no identity-based policy allows" in refused(
    "AccessDenied", managed(s3_too).get_object, Bucket="artifacts", Key="app/a.txt")
refused("MalformedPolicyDocument", managed, ssm_only + "-not")
refused("InvalidToken", with_keys("s3", {**temporary, "SessionToken": "x"}).list_buckets)
refused("SignatureDoesNotMatch", with_keys("s3", {**temporary, "SecretAccessKey": "x"}).list_buckets, status=403)
refused("InvalidAccessKeyId", with_keys("s3", {"AccessKeyId": "AKIANOBODY", "SecretAccessKey": "x"}).list_buckets)
refused("InvalidClientTokenId", with_keys("sts", {"AccessKeyId": "AKIANOBODY", "SecretAccessKey": "x"}).get_caller_identity)
refused("UnrecognizedClientException", with_keys("ssm", {"AccessKeyId": "AKIANOBODY", "SecretAccessKey": "x"}).describe_parameters)

# Passing a role needs a permission of its own.
iam.create_instance_profile(InstanceProfileName="web")
iam.put_user_policy(UserName="dev", PolicyName="profiles", PolicyDocument=policy(allow("iam:AddRoleToInstanceProfile")))
assert "iam:PassRole on resource: " + role["Arn"] in refused(
    "AccessDenied", with_keys("iam", keys).add_role_to_instance_profile, InstanceProfileName="web", RoleName="deployer")
iam.put_user_policy(UserName="dev", PolicyName="pass", PolicyDocument=policy(
    allow("iam:PassRole", role["Arn"], Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}})))
with_keys("iam", keys).add_role_to_instance_profile(InstanceProfileName="web", RoleName="deployer")

# The same judgement without the call.
results = iam.simulate_principal_policy(
    PolicySourceArn=user["Arn"], ActionNames=["s3:GetObject", "s3:PutObject"],
    ResourceArns=["arn:aws:s3:::artifacts/app/a.txt"])["EvaluationResults"]
assert [result["EvalDecision"] for result in results] == ["allowed", "implicitDeny"]

# Groups.
iam.create_group(GroupName="admins")
iam.attach_group_policy(GroupName="admins", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
refused("AccessDenied", mine.list_buckets)
iam.add_user_to_group(GroupName="admins", UserName="dev")
assert len(mine.list_buckets()["Buckets"]) == 1
iam.update_access_key(UserName="dev", AccessKeyId=keys["AccessKeyId"], Status="Inactive")
refused("InvalidToken", mine.list_buckets)
