"""Input that does not fit the model: each service's code, and the words that AWS has for it."""
from support import *


def detected(*sentences):
    count = len(sentences)
    return f"{count} validation error{'s' if count > 1 else ''} detected: " + "; ".join(
        f"{value} failed to satisfy constraint: Member must {demand}" for value, demand in sentences)


ssm, logs, pipelines, iam, scaling, elb, ec2, keys, events, artifacts = (raw(name) for name in (
    "ssm", "logs", "codepipeline", "iam", "autoscaling", "elbv2", "ec2", "kms", "events", "codeartifact"))

# Numbers.
assert refused("ValidationException", ssm.describe_parameters, MaxResults=51) == detected(
    ("Value '51' at 'maxResults'", "have value less than or equal to 50"))
assert refused("InvalidParameterException", logs.describe_log_groups, limit=51) == detected(
    ("Value '51' at 'limit'", "have value less than or equal to 50"))
assert refused("InvalidParameterException", logs.describe_log_groups, limit=0) == detected(
    ("Value '0' at 'limit'", "have value greater than or equal to 1"))
assert refused("ValidationError", elb.describe_load_balancers, PageSize=401) == detected(
    ("Value '401' at 'pageSize'", "have value less than or equal to 400"))
assert refused("ValidationException", keys.list_keys, Limit=1001) == detected(
    ("Value '1001' at 'limit'", "have value less than or equal to 1000"))
assert refused("InvalidParameterValue", ec2.describe_instances, MaxResults=4) == (
    "Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5.")

# Lengths, also of what must not be shown.
assert refused("ValidationError", iam.get_role, RoleName="") == detected(
    ("Value '' at 'roleName'", "have length greater than or equal to 1"))
assert refused("ValidationError", iam.create_role, RoleName="r", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"),
               Description="d" * 1001) == detected(
    (f"Value '{'d' * 1001}' at 'description'", "have length less than or equal to 1000"))
secret = "s3cret" * 20000
message = refused("ValidationException", raw("secretsmanager").create_secret, Name="s", SecretString=secret)
assert message == detected(("Value at 'secretString'", "have length less than or equal to 65536")), message[:200]
assert refused("ValidationException", artifacts.create_domain, domain="d") == detected(
    ("Value 'd' at 'domain'", "have length greater than or equal to 2"))

# Enumerations, what is missing, and several at once; places in lists.
assert refused("ValidationException", ssm.put_parameter, Name="/p", Value="v", Type="Text") == detected(
    ("Value 'Text' at 'type'", "satisfy enum value set: [String, StringList, SecureString]"))
assert refused("ValidationException", pipelines.get_pipeline) == detected(("Value null at 'name'", "not be null"))
assert refused("ValidationException", events.put_targets, Rule="", Targets=[{"Id": "1"}]) == detected(
    ("Value '' at 'rule'", "have length greater than or equal to 1"),
    ("Value null at 'targets.1.member.arn'", "not be null"))
assert refused("InvalidParameterValue", ec2.run_instances, ImageId="ami-1", MinCount=1, MaxCount=1, InstanceType="t3.tiny") == (
    "Invalid value 't3.tiny' for InstanceType.")
assert refused("MissingParameter", ec2.create_security_group, Description="d") == (
    "The request must contain the parameter GroupName")

# What a service checks by itself.
assert "less than or equal to 100" in refused("ValidationError", scaling.describe_auto_scaling_groups, MaxRecords=101)
vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
for description, words in (("täst", "Character sets beyond ASCII"), ("a|b", "Invalid security group description")):
    assert words in refused("InvalidParameterValue", ec2.create_security_group, GroupName="a", Description=description, VpcId=vpc)
for name in ("A-domain", "under_score", "-a"):
    assert "regular expression pattern" in refused("ValidationException", artifacts.create_domain, domain=name)

s3, sqs, sns = raw("s3"), raw("sqs"), raw("sns")
s3.create_bucket(Bucket="odd-box")
refused("InvalidArgument", s3.list_objects_v2, Bucket="odd-box", ContinuationToken="nonsense", status=400)
refused("InvalidArgument", s3.list_objects_v2, Bucket="odd-box", EncodingType="foo", status=400)
refused("InvalidStorageClass", s3.put_object, Bucket="odd-box", Key="k", Body=b"", StorageClass="FAST", status=400)
for broken in ({"Status": "On"}, {"MFADelete": "Maybe"}):
    refused("MalformedXML", s3.put_bucket_versioning, Bucket="odd-box", VersioningConfiguration=broken, status=400)
for key in ("a", "after:b", "c"):
    s3.put_object(Bucket="odd-box", Key=key, Body=b"")
pages = s3.get_paginator("list_objects_v2").paginate(Bucket="odd-box", PaginationConfig={"PageSize": 1})
assert [row["Key"] for page in pages for row in page["Contents"]] == ["a", "after:b", "c"]

queue = sqs.create_queue(QueueName="odd")["QueueUrl"]
refused("InvalidParameterValue", sqs.send_message, QueueUrl=queue, MessageBody="m", DelaySeconds=901)
refused("InvalidParameterValue", sqs.receive_message, QueueUrl=queue, WaitTimeSeconds=21)
assert "'#x8'" in refused("InvalidMessageContents", sqs.send_message, QueueUrl=queue, MessageBody="a\x08b")
for call, more in ((sqs.delete_message, {}), (sqs.change_message_visibility, {"VisibilityTimeout": 1})):
    refused("ReceiptHandleIsInvalid", call, QueueUrl=queue, ReceiptHandle="nonsense", **more)
for call, more in ((sqs.set_queue_attributes, {"Attributes": {"Foo": "1"}}), (sqs.get_queue_attributes, {"AttributeNames": ["Foo"]})):
    assert refused("InvalidAttributeName", call, QueueUrl=queue, **more) == "Unknown Attribute Foo."
sqs.send_message(QueueUrl=queue, MessageBody="tab\tand \U0001f600")
assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "tab\tand \U0001f600"
topic = sns.create_topic(Name="odd")["TopicArn"]
assert refused("InvalidParameter", sns.set_topic_attributes, TopicArn=topic, AttributeName="Foo", AttributeValue="1") == (
    "Invalid parameter: AttributeName")
sns.set_topic_attributes(TopicArn=topic, AttributeName="SQSSuccessFeedbackSampleRate", AttributeValue="100")
