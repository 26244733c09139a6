"""Rules of security groups: their descriptions, and changes in place."""
from support import *

ec2 = client("ec2")
one, two = (ec2.create_security_group(GroupName=name, Description=name)["GroupId"] for name in ("one", "two"))


def web(**more):
    return [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, **more}]


rules = ec2.authorize_security_group_ingress(GroupId=one, IpPermissions=web(
    IpRanges=[{"CidrIp": "10.0.0.0/8", "Description": "office"}, {"CidrIp": "192.168.0.0/16"}]))["SecurityGroupRules"]
office, home = (rule["SecurityGroupRuleId"] for rule in rules)


def described():
    rows = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [one]}])["SecurityGroupRules"]
    return {row["SecurityGroupRuleId"]: row for row in rows if not row["IsEgress"]}


# By the rule itself, or by its id; without a description it is taken away.
assert ec2.update_security_group_rule_descriptions_ingress(GroupId=one, IpPermissions=web(
    IpRanges=[{"CidrIp": "192.168.0.0/16", "Description": "home"}]))["Return"]
ec2.update_security_group_rule_descriptions_ingress(
    GroupId=one, SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": office, "Description": "the office"}])
assert {id: row["Description"] for id, row in described().items()} == {office: "the office", home: "home"}
ranges = ec2.describe_security_groups(GroupIds=[one])["SecurityGroups"][0]["IpPermissions"][0]["IpRanges"]
assert {row["CidrIp"]: row["Description"] for row in ranges} == {"10.0.0.0/8": "the office", "192.168.0.0/16": "home"}
ec2.update_security_group_rule_descriptions_ingress(
    GroupName="one", SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": office}])
assert "Description" not in described()[office]
refused("InvalidPermission.NotFound", ec2.update_security_group_rule_descriptions_ingress, GroupId=one, IpPermissions=web(
    IpRanges=[{"CidrIp": "172.16.0.0/12", "Description": "x"}]))
refused("InvalidSecurityGroupRuleId.NotFound", ec2.update_security_group_rule_descriptions_egress, GroupId=one,
        SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": office, "Description": "x"}])
everything = [row["SecurityGroupRuleId"] for row in ec2.describe_security_group_rules(
    Filters=[{"Name": "group-id", "Values": [one]}])["SecurityGroupRules"] if row["IsEgress"]]
ec2.update_security_group_rule_descriptions_egress(
    GroupId=one, SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": everything[0], "Description": "out"}])

# A rule is changed and keeps its id; it may not become one that is there.
ec2.modify_security_group_rules(GroupId=one, SecurityGroupRules=[{"SecurityGroupRuleId": office, "SecurityGroupRule": {
    "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "ReferencedGroupId": two, "Description": "the other group"}}])
row = described()[office]
assert (row["FromPort"], row["ReferencedGroupInfo"]["GroupId"], row["Description"]) == (443, two, "the other group"), row
assert "CidrIpv4" not in row
same = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIpv4": "192.168.0.0/16"}
refused("InvalidPermission.Duplicate", ec2.modify_security_group_rules, GroupId=one, SecurityGroupRules=[
    {"SecurityGroupRuleId": office, "SecurityGroupRule": same}])
refused("InvalidSecurityGroupRuleId.NotFound", ec2.modify_security_group_rules, GroupId=two, SecurityGroupRules=[
    {"SecurityGroupRuleId": office, "SecurityGroupRule": same}])
refused("DependencyViolation", ec2.delete_security_group, GroupId=two)

# A filter that a call does not have is refused, also where there is nothing to filter or an earlier one matches nothing.
for call in (ec2.describe_instances, ec2.describe_launch_templates, ec2.describe_key_pairs, ec2.describe_tags,
             ec2.describe_security_groups, ec2.describe_iam_instance_profile_associations):
    message = refused("InvalidParameterValue", call, Filters=[{"Name": "no-such", "Values": ["x"]}])
    assert "The filter 'no-such' is invalid" in message, message
refused("InvalidParameterValue", ec2.describe_security_groups, Filters=[
    {"Name": "group-name", "Values": ["none"]}, {"Name": "no-such", "Values": ["x"]}])
assert ec2.describe_instances(Filters=[{"Name": "tag:a", "Values": ["b"]}, {"Name": "tag-key", "Values": ["c"]}])[
    "Reservations"] == []

# A name is one group's in its VPC, and free in another.
usual = ec2.describe_security_groups(GroupIds=[two])["SecurityGroups"][0]["VpcId"]
message = refused("InvalidGroup.Duplicate", ec2.create_security_group, GroupName="two", Description="d")
assert message == f"The security group 'two' already exists for VPC '{usual}'", message
elsewhere = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
ec2.create_security_group(GroupName="two", Description="d", VpcId=elsewhere)
