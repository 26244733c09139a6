"""Filters and tags of EC2: what is asked for is what is answered, and what cannot be is refused."""
from support import *

ec2 = raw("ec2")
P = "InvalidParameterValue"


def where(**filters):
    return [{"Name": name.replace("__", ".").replace("_", "-"), "Values": [values] if isinstance(values, str) else values}
            for name, values in filters.items()]


# Instance types, regions, versions of launch templates.
def types(**filters):
    return {row["InstanceType"] for row in ec2.describe_instance_types(Filters=where(**filters))["InstanceTypes"]}


everything = types()
arm = types(processor_info__supported_architecture="arm64")
assert arm and arm < everything and all("g." in name for name in arm), arm
assert types(instance_type="t3.*", vcpu_info__default_vcpus="2") == {"t3.nano", "t3.micro", "t3.small", "t3.medium", "t3.large"}
assert types(memory_info__size_in_mib=["512", "1024"], hypervisor="xen") == {"t2.micro"}
assert types(current_generation="false") == types(bare_metal="true") == set()
assert types(burstable_performance_supported="true") | types(burstable_performance_supported="false") == everything
assert ec2.describe_instance_types(InstanceTypes=["m5.large", "t3.micro"], Filters=where(free_tier_eligible="true"))[
    "InstanceTypes"][0]["InstanceType"] == "t3.micro"
assert "is not built" in refused("NotImplemented", ec2.describe_instance_types, Filters=where(network_info__ena_support="required"))


def regions(**filters):
    return [row["RegionName"] for row in ec2.describe_regions(Filters=where(**filters))["Regions"]]


assert regions(region_name="us-*") == ["us-east-1", "us-east-2", "us-west-1", "us-west-2"]
assert regions(endpoint="ec2.eu-west-1.amazonaws.com") == ["eu-west-1"] and regions(opt_in_status="not-opted-in") == []
assert "us-moon-1" in refused(P, ec2.describe_regions, RegionNames=["us-east-1", "us-moon-1"])

ec2.create_launch_template(LaunchTemplateName="one", LaunchTemplateData={"InstanceType": "t3.micro", "ImageId": "ami-1"})
for data in ({"InstanceType": "t3.small", "ImageId": "ami-1"}, {"InstanceType": "t3.small", "ImageId": "ami-2", "EbsOptimized": True,
                                                               "MetadataOptions": {"HttpTokens": "required"}}):
    ec2.create_launch_template_version(LaunchTemplateName="one", LaunchTemplateData=data)
one = ec2.create_launch_template(LaunchTemplateName="two", LaunchTemplateData={"InstanceType": "t3.micro"})["LaunchTemplate"]


def versions(filters=(), **more):
    rows = ec2.describe_launch_template_versions(Filters=list(filters), **more)["LaunchTemplateVersions"]
    return [(row["LaunchTemplateName"], row["VersionNumber"]) for row in rows]


assert versions(where(instance_type="t3.small"), LaunchTemplateName="one") == [("one", 3), ("one", 2)]
assert versions(where(instance_type="t3.small", image_id="ami-2"), LaunchTemplateName="one") == [("one", 3)]
assert versions(where(is_default_version="true"), LaunchTemplateName="one") == [("one", 1)]
assert versions(where(ebs_optimized="true"), LaunchTemplateName="one") == versions(
    where(http_tokens="required"), LaunchTemplateName="one") == [("one", 3)]
assert versions(LaunchTemplateName="one", MinVersion="2", MaxVersion="2") == [("one", 2)]
assert sorted(versions(Versions=["$Latest"])) == [("one", 3), ("two", 1)]
assert len(ec2.describe_launch_template_versions(LaunchTemplateName="one", MaxResults=1)["LaunchTemplateVersions"]) == 1
assert len(ec2.describe_launch_templates(MaxResults=1)["LaunchTemplates"]) == 1
assert "not 1" in refused(P, ec2.describe_launch_template_versions, Versions=["1"])
refused(P, ec2.describe_launch_template_versions, LaunchTemplateName="one", MinVersion="x")
both = {"LaunchTemplateId": one["LaunchTemplateId"], "LaunchTemplateName": "two"}
for call, more in ((ec2.describe_launch_template_versions, {}), (ec2.modify_launch_template, {"DefaultVersion": "1"}),
                   (ec2.create_launch_template_version, {"LaunchTemplateData": {"InstanceType": "t3.micro"}}),
                   (ec2.delete_launch_template_versions, {"Versions": ["1"]}), (ec2.delete_launch_template, {})):
    refused("InvalidParameterCombination", call, **both, **more)
assert versions(LaunchTemplateName="two") == [("two", 1)]
for call in (ec2.describe_instance_types, ec2.describe_regions, ec2.describe_launch_template_versions, ec2.describe_availability_zones):
    for name in ("colour", "tag:a", "tag-key"):
        assert refused(P, call, Filters=[{"Name": name, "Values": ["x"]}]) == f"The filter '{name}' is invalid"

# Tags.
vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
TOO_MANY = [{"Key": f"k{number}", "Value": "v"} for number in range(51)]
for tags, code, words in (
        ([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], P, "Duplicate tag key 'a' specified."), (TOO_MANY, "TagLimitExceeded", "50"),
        ([{"Key": "aws:a", "Value": "1"}], P, "Tag keys starting with 'aws:' are reserved for internal use"),
        ([{"Key": "", "Value": "1"}], P, "Tag key cannot be null or empty")):
    assert words in refused(code, ec2.create_tags, Resources=[vpc], Tags=tags, status=400)
    assert words in refused(code, ec2.create_vpc, CidrBlock="10.9.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])
assert len(ec2.describe_vpcs()["Vpcs"]) == 1 and "Tags" not in ec2.describe_vpcs()["Vpcs"][0]
ec2.create_tags(Resources=[vpc], Tags=TOO_MANY[:50])
other = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
refused("TagLimitExceeded", ec2.create_tags, Resources=[other, vpc], Tags=[{"Key": "k", "Value": "v"}])
assert ec2.describe_tags(Filters=where(resource_id=other))["Tags"] == []
ec2.create_tags(Resources=[vpc], Tags=[{"Key": "k1", "Value": "new"}])
