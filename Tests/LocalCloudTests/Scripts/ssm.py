from support import *

ssm = client("ssm")
assert ssm.put_parameter(Name="/cicddemo/greeting", Value="hello", Type="String") | {"ResponseMetadata": 0} == {
    "Version": 1, "Tier": "Standard", "ResponseMetadata": 0}
ssm.put_parameter(Name="/cicddemo/api-key", Value="s3cret", Type="SecureString")
ssm.put_parameter(Name="/cicddemo/deep/list", Value="a,b", Type="StringList")
refused("ParameterAlreadyExists", ssm.put_parameter, Name="/cicddemo/greeting", Value="x", Type="String")
assert ssm.put_parameter(Name="/cicddemo/greeting", Value="bye", Overwrite=True)["Version"] == 2
assert ssm.get_parameter(Name="/cicddemo/greeting")["Parameter"]["Value"] == "bye"
assert ssm.get_parameter(Name="/cicddemo/greeting:1")["Parameter"]["Value"] == "hello"
assert ssm.get_parameter(Name=f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/cicddemo/greeting")["Parameter"]["Value"] == "bye"
sealed = ssm.get_parameter(Name="/cicddemo/api-key")["Parameter"]["Value"]
assert "s3cret" not in sealed
assert ssm.get_parameter(Name="/cicddemo/api-key", WithDecryption=True)["Parameter"]["Value"] == "s3cret"
ssm.label_parameter_version(Name="/cicddemo/greeting", ParameterVersion=1, Labels=["prod"])
assert ssm.get_parameter(Name="/cicddemo/greeting:prod")["Parameter"]["Value"] == "hello"
refused("ParameterVersionNotFound", ssm.get_parameter, Name="/cicddemo/greeting:9")
refused("ParameterNotFound", ssm.get_parameter, Name="/none")
refused("ParameterNotFound", ssm.delete_parameter, Name="/none")
refused("AccessDeniedException", ssm.put_parameter, Name="/aws/x", Value="x", Type="String")
refused("ValidationException", ssm.put_parameter, Name="no/slash", Value="x", Type="String")
refused("ValidationException", ssm.put_parameter, Name="/untyped", Value="x")
refused("ValidationException", ssm.put_parameter, Name="/large", Value="x" * 5000, Type="String")
assert ssm.put_parameter(Name="/large", Value="x" * 5000, Type="String", Tier="Intelligent-Tiering")["Tier"] == "Advanced"
refused("ParameterPatternMismatchException", ssm.put_parameter, Name="/n", Value="abc", Type="String", AllowedPattern="^[0-9]+$")
found = ssm.get_parameters(Names=["/cicddemo/greeting", "/none"])
assert found["InvalidParameters"] == ["/none"] and len(found["Parameters"]) == 1
names = [entry["Name"] for page in ssm.get_paginator("get_parameters_by_path").paginate(
    Path="/cicddemo", Recursive=True, PaginationConfig={"PageSize": 2}) for entry in page["Parameters"]]
assert names == ["/cicddemo/api-key", "/cicddemo/deep/list", "/cicddemo/greeting"]
assert len(ssm.get_parameters_by_path(Path="/cicddemo")["Parameters"]) == 2
described = ssm.describe_parameters(ParameterFilters=[{"Key": "Type", "Values": ["SecureString"]}])["Parameters"]
assert [entry["Name"] for entry in described] == ["/cicddemo/api-key"] and described[0]["KeyId"] == "alias/aws/ssm"
history = ssm.get_parameter_history(Name="/cicddemo/greeting")["Parameters"]
assert [(entry["Version"], entry["Value"]) for entry in history] == [(1, "hello"), (2, "bye")]
ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId="/cicddemo/greeting", Tags=[{"Key": "a", "Value": "b"}])
assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/cicddemo/greeting")["TagList"] == [{"Key": "a", "Value": "b"}]
assert ssm.delete_parameters(Names=["/cicddemo/greeting", "/none"])["InvalidParameters"] == ["/none"]

# The images that AWS publishes.
image = ssm.get_parameter(Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")["Parameter"]["Value"]
assert client("ec2").describe_images(ImageIds=[image])["Images"][0]["Architecture"] == "x86_64"
assert image in [entry["Value"] for page in ssm.get_paginator("get_parameters_by_path").paginate(
    Path="/aws/service/ami-amazon-linux-latest") for entry in page["Parameters"]]
refused("InvalidKeyId", ssm.put_parameter, Name="/sealed", Value="x", Type="SecureString", KeyId="alias/none")
