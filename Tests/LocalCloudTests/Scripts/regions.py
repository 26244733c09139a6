from support import *

# Regions and accounts do not see each other's resources; IAM is one for all regions.
for region in ("us-east-1", "eu-west-1"):
    client("ssm", region=region).put_parameter(Name="/where", Value=region, Type="String")
for region in ("us-east-1", "eu-west-1"):
    assert client("ssm", region=region).get_parameter(Name="/where")["Parameter"]["Value"] == region
refused("ParameterNotFound", client("ssm", region="ap-southeast-1").get_parameter, Name="/where")
other = dict(aws_access_key_id="210987654321", aws_secret_access_key="test")
refused("ParameterNotFound", client("ssm", **other).get_parameter, Name="/where")
assert client("sts", **other).get_caller_identity()["Arn"] == "arn:aws:iam::210987654321:root"
client("iam", region="eu-west-1").create_user(UserName="everywhere")
assert client("iam").get_user(UserName="everywhere")["User"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/everywhere"
refused("NoSuchEntity", client("iam", **other).get_user, UserName="everywhere")

# What is not built says so by name; what does not exist is told apart.
message = refused("NotImplemented", client("dynamodb").list_tables, status=501)
assert "dynamodb ListTables is not built into the local cloud" in message
message = refused("NotImplemented", client("iam").list_mfa_devices, status=501)
assert "iam ListMFADevices is not built" in message
