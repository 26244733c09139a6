"""What IAM refuses of policies, tags and boundaries, and that nothing is made of it."""
from support import *

iam = raw("iam")
everything = policy(allow("*"))


def document(**changes):
    statement = {name: value for name, value in {**allow("s3:GetObject"), **changes}.items() if value is not None}
    return policy(statement)


def each(call, cases, **given):
    """Every case is refused with its code: {code: [input, ...]}."""
    for code, inputs in cases.items():
        for input in inputs:
            refused(code, call, **{**given, **input})


long_trust = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Sid": f"a{i}", **json.loads(trust("ec2.amazonaws.com"))["Statement"][0]} for i in range(30)]})
each(iam.create_role, {
    "NoSuchEntity": [{"PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/none"}],
    "InvalidInput": [{"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]}, {"Tags": [{"Key": "aws:a", "Value": "1"}]}],
    "LimitExceeded": [{"AssumeRolePolicyDocument": long_trust}],
}, RoleName="r", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
refused("NoSuchEntity", iam.get_role, RoleName="r")
for create, name in ((iam.create_user, "UserName"), (iam.create_instance_profile, "InstanceProfileName")):
    refused("InvalidInput", create, **{name: "x", "Tags": [{"Key": "aws:a", "Value": "1"}]})
refused("NoSuchEntity", iam.create_user, UserName="x", PermissionsBoundary=f"arn:aws:iam::{ACCOUNT}:policy/none")
refused("InvalidInput", iam.create_policy, PolicyName="x", PolicyDocument=everything, Tags=[{"Key": "aws:a", "Value": "1"}])
refused("InvalidInput", iam.create_service_linked_role, AWSServiceName="nope.amazonaws.com")
assert iam.list_users()["Users"] == [] and iam.list_policies(Scope="Local")["Policies"] == []

iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"), Tags=[{"Key": "a", "Value": "1"}])
refused("LimitExceeded", iam.tag_role, RoleName="r", Tags=[{"Key": f"k{i}", "Value": "v"} for i in range(50)])
refused("InvalidInput", iam.tag_role, RoleName="r", Tags=[{"Key": "AWS:k", "Value": "v"}])
assert iam.list_role_tags(RoleName="r")["Tags"] == [{"Key": "a", "Value": "1"}]
for words, text in {
    "Syntax errors in policy.": document(Note="x"),
    "Invalid Condition type : StringEqualz": document(Condition={"StringEqualz": {"aws:x": "y"}}),
    "Statement IDs (SID) in a single policy must be unique.": policy(*[allow("s3:GetObject", Sid="a")] * 2),
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*":
        document(Sid="a b"),
    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.": document(Action="s3 x:Get"),
}.items():
    for call in (lambda text: iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=text),
                 lambda text: iam.create_policy(PolicyName="p", PolicyDocument=text)):
        assert refused("MalformedPolicyDocument", call, text) == words, text
refused("MalformedPolicyDocument", iam.put_role_policy, RoleName="r", PolicyName="p", PolicyDocument=policy())
refused("MalformedPolicyDocument", iam.put_role_policy, RoleName="r", PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [], "Note": 1}))
for text in (document(Condition={"ForAnyValue:StringLikeIfExists": {"aws:x": "y"}, "Null": {"aws:y": "true"}}),
             json.dumps({"Version": "2012-10-17", "Id": "i", "Statement": allow("s3:Get*", Sid="")})):
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=text)

# Sizes, without white space.
big = [f"arn:aws:s3:::{'a' * 60}{i}" for i in range(100)]
iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document(Resource=big))
assert "10240 bytes exceeded for role r" in refused(
    "LimitExceeded", iam.put_role_policy, RoleName="r", PolicyName="q", PolicyDocument=document(Resource=big))
assert iam.list_role_policies(RoleName="r")["PolicyNames"] == ["p"]
refused("LimitExceeded", iam.create_policy, PolicyName="p", PolicyDocument=document(Resource=big))
iam.create_policy(PolicyName="p", PolicyDocument=document() + " " * 7000)
