"""What Parameter Store, Secrets Manager, CloudWatch, Logs, EventBridge, SNS and CodeArtifact refuse, and that nothing is kept of
it: values that do not go together, tags, sizes, names, filters."""
import datetime

from support import *

twice = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
reserved = [{"Key": "aws:a", "Value": "1"}]
many = [{"Key": f"k{i}", "Value": "v"} for i in range(51)]


def each(call, cases, **given):
    """Every case is refused with its code: {code: [input, ...]}; None takes a member away."""
    for code, inputs in cases.items():
        for input in inputs:
            refused(code, call, **{name: value for name, value in {**given, **input}.items() if value is not None})


# Parameter Store.
ssm = raw("ssm")
invalid = "ValidationException"
each(ssm.put_parameter, {
    invalid: [{"Tags": twice}, {"Tags": reserved}, {"Tags": [{"Key": "a", "Value": "1"}], "Overwrite": True}, {"DataType": "foo"},
              {"Policies": "["}],
    "TooManyTagsError": [{"Tags": many}],
    "InvalidPolicyTypeException": [{"Policies": '[{"Type":"Foo"}]'}],
}, Name="/p/a", Value="x", Type="String")
refused("ParameterNotFound", ssm.get_parameter, Name="/p/a")
ssm.put_parameter(Name="/p/a", Value="x", Type="String", Tier="Advanced", DataType="text")
assert "You can't downgrade" in refused(invalid, ssm.put_parameter, Name="/p/a", Value="x", Overwrite=True, Tier="Standard")
for change in ({"Tags": reserved}, {"Tags": twice}):
    refused(invalid, ssm.add_tags_to_resource, ResourceType="Parameter", ResourceId="/p/a", **change)
refused("TooManyTagsError", ssm.add_tags_to_resource, ResourceType="Parameter", ResourceId="/p/a", Tags=many)
by = lambda key, option="Equals", values=("x",): {"ParameterFilters": [{"Key": key, "Option": option, "Values": list(values)}]}
each(ssm.get_parameters_by_path, {
    invalid: [by("Foo")], "InvalidFilterKey": [by("Name")], "InvalidFilterOption": [by("Type", "Recursive")],
}, Path="/p")
each(ssm.describe_parameters, {
    invalid: [by("Foo"), {**by("Name"), "Filters": [{"Key": "Name", "Values": ["x"]}]}],
    "InvalidFilterKey": [{"ParameterFilters": by("Name")["ParameterFilters"] * 2}],
    "InvalidFilterOption": [by("Path", "Equals")], "InvalidFilterValue": [{"ParameterFilters": [{"Key": "Name"}]}],
})
assert len(ssm.describe_parameters(**by("Path", "Recursive", ["/p"]))["Parameters"]) == 1

# Secrets Manager.
secrets = raw("secretsmanager")
wrong = "InvalidParameterException"
each(secrets.create_secret, {
    wrong: [{"Tags": twice}, {"Tags": reserved}, {"Tags": many}], "EncryptionFailure": [{"KmsKeyId": "alias/none"}],
}, Name="s", SecretString="x")
refused("ResourceNotFoundException", secrets.describe_secret, SecretId="s")
version = secrets.create_secret(Name="s", SecretString="x")["VersionId"]
refused("EncryptionFailure", secrets.update_secret, SecretId="s", KmsKeyId="alias/none", Description="new")
refused(wrong, secrets.tag_resource, SecretId="s", Tags=many)
refused(wrong, secrets.update_secret_version_stage, SecretId="s", VersionStage="AWSCURRENT", RemoveFromVersionId=version)
described = secrets.describe_secret(SecretId="s")
assert "Description" not in described and "Tags" not in described, described
assert described["VersionIdsToStages"] == {version: ["AWSCURRENT"]}
everyone = policy({"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"})
refused("PublicPolicyException", secrets.put_resource_policy, SecretId="s", BlockPublicPolicy=True, ResourcePolicy=everyone)
assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="s")
refused(wrong, secrets.get_random_password, PasswordLength=3)
assert len(secrets.get_random_password(PasswordLength=3, RequireEachIncludedType=False)["RandomPassword"]) == 3
refused(wrong, secrets.batch_get_secret_value)
named = [{"Key": "name", "Values": ["s"]}]
refused(wrong, secrets.batch_get_secret_value, SecretIdList=["s"], Filters=named)
assert [each["Name"] for each in secrets.batch_get_secret_value(Filters=named)["SecretValues"]] == ["s"]

# CloudWatch.
watch = raw("cloudwatch")
alarm = dict(AlarmName="a", Namespace="N", MetricName="m", Statistic="Average", Period=60, EvaluationPeriods=1, Threshold=1.0,
             ComparisonOperator="GreaterThanThreshold")
each(watch.put_metric_alarm, {
    "ValidationException": [
        {"AlarmName": "a" * 256}, {"AlarmActions": [f"arn:aws:sns:us-east-1:{ACCOUNT}:t{i}" for i in range(6)]},
        {"Dimensions": [{"Name": f"d{i}", "Value": "x"} for i in range(31)]}],
    "ValidationError": [{"Threshold": None}, {"TreatMissingData": "X"}, {"EvaluateLowSampleCountPercentile": "X"},
                        {"AlarmActions": ["zz"]}],
    "InvalidParameterCombination": [{"ExtendedStatistic": "p90"}],
    "InvalidParameterValue": [{"Statistic": None, "ExtendedStatistic": "p101"}, {"Statistic": None, "ExtendedStatistic": "foo"},
                              {"Tags": twice}, {"Tags": reserved}, {"Tags": many}],
}, **alarm)
assert watch.describe_alarms()["MetricAlarms"] == []
watch.put_metric_alarm(**{**{name: value for name, value in alarm.items() if name != "Statistic"}, "ExtendedStatistic": "p99.9"})
refused("ValidationError", watch.put_composite_alarm, AlarmName="a", AlarmRule="TRUE")
watch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)")
refused("ValidationError", watch.put_metric_alarm, **{**alarm, "AlarmName": "c"})
refused("ValidationError", watch.delete_alarms, AlarmNames=["a"])
refused("ValidationException", watch.describe_alarms, MaxRecords=101)
refused("InvalidParameterCombination", watch.describe_alarms, AlarmNames=["a"], AlarmNamePrefix="a")
refused("ValidationException", watch.set_alarm_state, AlarmName="a", StateValue="OK", StateReason="x" * 1024)
watch.delete_alarms(AlarmNames=["a", "c"])
each(lambda **datum: watch.put_metric_data(Namespace="N", MetricData=[{"MetricName": "m", **datum}]), {
    "InvalidParameterCombination": [
        {"Value": 1.0, "StatisticValues": {"SampleCount": 1.0, "Sum": 1.0, "Minimum": 1.0, "Maximum": 1.0}},
        {"Value": 1.0, "Values": [1.0]}],
    "InvalidParameterValue": [{"Value": 1.0, "StorageResolution": 5}],
})
refused("MissingParameter", watch.put_metric_data, Namespace="N", MetricData=[])
refused("InvalidParameterValue", watch.put_metric_data, Namespace="N", MetricData=[{"MetricName": "m", "Value": 1.0}] * 1001)
assert watch.list_metrics(Namespace="N")["Metrics"] == []
now = datetime.datetime.now(datetime.timezone.utc)
hour = datetime.timedelta(hours=1)
each(watch.get_metric_statistics, {
    "InvalidParameterCombination": [{"StartTime": now - 48 * hour}], "InvalidParameterValue": [{"Period": 61}],
}, Namespace="N", MetricName="m", StartTime=now - hour, EndTime=now, Period=60, Statistics=["Sum"])
query = {"Id": "a", "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}}
each(watch.get_metric_data, {
    "ValidationError": [{"StartTime": now, "EndTime": now - hour}, {"MetricDataQueries": [query] * 2}, {"MetricDataQueries": []}],
}, StartTime=now - hour, EndTime=now, MetricDataQueries=[query])

# Logs.
logs = raw("logs")
each(logs.create_log_group, {
    wrong: [{"tags": {"aws:a": "b"}}, {"kmsKeyId": "zz"}, {"kmsKeyId": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/none"}],
}, logGroupName="g")
assert logs.describe_log_groups(logGroupNamePrefix="g")["logGroups"] == []
logs.create_log_group(logGroupName="g")
logs.create_log_stream(logGroupName="g", logStreamName="s")
stamp = int(time.time() * 1000)
for events in ([{"timestamp": stamp - 90_000_000, "message": "m"}, {"timestamp": stamp, "message": "m"}],
               [{"timestamp": stamp, "message": "x" * (1 << 20)}]):
    refused(wrong, logs.put_log_events, logGroupName="g", logStreamName="s", logEvents=events)
refused(wrong, logs.get_log_events, logGroupName="g", logGroupIdentifier="g", logStreamName="s")
refused(wrong, logs.get_log_events, logStreamName="s")
refused("ResourceNotFoundException", logs.filter_log_events, logGroupName="g", logStreamNames=["none"])
assert logs.filter_log_events(logGroupName="g", logStreamNames=["s"])["events"] == []
group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g"
refused(wrong, logs.tag_resource, resourceArn=group, tags={"aws:a": "b"})
assert logs.list_tags_for_resource(resourceArn=group)["tags"] == {}
logs.tag_resource(resourceArn=group, tags={tag["Key"]: "v" for tag in many[:50]})
refused("TooManyTagsException", logs.tag_resource, resourceArn=group, tags={"other": "v"})

# EventBridge.
events = raw("events")
each(events.put_rule, {invalid: [{"Name": "a b"}, {"Tags": twice}, {"Tags": reserved}, {"Tags": many}]},
     Name="r", EventPattern='{"source":["a"]}')
assert events.list_rules()["Rules"] == []
each(events.create_event_bus, {invalid: [{"Name": "a/b"}, {"Name": "aws.partner"}, {"Tags": reserved}]}, Name="b")
assert len(events.list_event_buses()["EventBuses"]) == 1
rule = events.put_rule(Name="r", EventPattern='{"source":["a"]}')["RuleArn"]
paths = lambda template, **paths: {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}
each(lambda **change: events.put_targets(Rule="r", Targets=[
    {"Id": "1", "Arn": f"arn:aws:sns:us-east-1:{ACCOUNT}:t", **change}]), {
    invalid: [{"Id": "a b"}, {"Input": "{}", "InputPath": "$.a"}, {"Input": "{"}, {"InputPath": "a"}, paths('"<a>"', a="b"),
              paths('"<b>"', a="$.b"), paths('"<AWSa>"', AWSa="$.b")],
})
assert events.list_targets_by_rule(Rule="r")["Targets"] == []
events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": f"arn:aws:sns:us-east-1:{ACCOUNT}:t", **paths(
    '"<a> by <aws.events.rule-name>"', a="$.detail.x[0]")}])
refused(invalid, events.tag_resource, ResourceARN=rule, Tags=many)
refused(invalid, events.test_event_pattern, EventPattern='{"source":["a"]}', Event='{"source":"a"}')
entry = events.put_events(Entries=[{"Source": "a", "DetailType": "b"}])["Entries"][0]
assert entry == {"ErrorCode": "InvalidArgument",
                 "ErrorMessage": "Parameter Detail is not valid. Reason: Detail is a required argument."}, entry

# SNS.
sns = raw("sns")
each(sns.create_topic, {
    "InvalidParameter": [{"Attributes": {"Foo": "x"}}, {"Attributes": {"DisplayName": "x" * 101}}, {"Attributes": {"Policy": "{"}},
                         {"Attributes": {"DeliveryPolicy": "{"}}, {"Tags": twice}, {"Tags": reserved}],
    "TagLimitExceeded": [{"Tags": many}],
}, Name="t")
assert sns.list_topics()["Topics"] == []
topic = sns.create_topic(Name="t", Tags=twice[:1])["TopicArn"]
refused("InvalidParameter", sns.create_topic, Name="t", Tags=twice[1:])
assert sns.create_topic(Name="t", Tags=twice[:1])["TopicArn"] == topic
refused("TagLimitExceeded", sns.tag_resource, ResourceArn=topic, Tags=many)
refused("InvalidParameter", sns.set_topic_attributes, TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue="{")
queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
each(sns.subscribe, {
    "InvalidParameter": [{"Attributes": attributes} for attributes in (
        {"Foo": "x"}, {"FilterPolicyScope": "X"}, {"RawMessageDelivery": "maybe"}, {"RedrivePolicy": "{"}, {"RedrivePolicy": "{}"})]
    + [{"Protocol": "email", "Endpoint": "a@b.c", "Attributes": {"RawMessageDelivery": "true"}}],
}, TopicArn=topic, Protocol="sqs", Endpoint=queue)
assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
refused("InvalidParameter", sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
refused("InvalidParameter", sns.set_subscription_attributes, SubscriptionArn=subscription, AttributeName="Foo", AttributeValue="x")
of = lambda type, value: {"MessageAttributes": {"a": {"DataType": type, "StringValue": value}}}
each(sns.publish, {
    "InvalidParameter": [{"MessageStructure": "foo"}, {"MessageDeduplicationId": "x"}],
    "ParameterValueInvalid": [of("Foo", "x"), of("Number", "x"), of("String", "")],
}, TopicArn=topic, Message="x")
each(sns.publish_batch, {
    "BatchEntryIdsNotDistinct": [{"PublishBatchRequestEntries": [{"Id": "1", "Message": "x"}] * 2}],
    "InvalidBatchEntryId": [{"PublishBatchRequestEntries": [{"Id": "a b", "Message": "x"}]}],
    "BatchRequestTooLong": [{"PublishBatchRequestEntries": [{"Id": str(i), "Message": "x" * 140_000} for i in range(2)]}],
}, TopicArn=topic)

# CodeArtifact.
artifacts = raw("codeartifact")
small = lambda tags: [{"key": tag["Key"], "value": tag["Value"]} for tag in tags]
each(artifacts.create_domain, {
    invalid: [{"encryptionKey": "zz"}, {"tags": small(twice)}, {"tags": small(reserved)}],
    "ServiceQuotaExceededException": [{"tags": small(many)}],
}, domain="dom")
refused("ResourceNotFoundException", artifacts.describe_domain, domain="dom")
domain = artifacts.create_domain(domain="dom")["domain"]["arn"]
refused(invalid, artifacts.create_repository, domain="dom", repository="rep", tags=small(reserved))
refused("ResourceNotFoundException", artifacts.describe_repository, domain="dom", repository="rep")
refused("ServiceQuotaExceededException", artifacts.tag_resource, resourceArn=domain, tags=small(many))
for call in (artifacts.list_tags_for_resource, lambda **which: artifacts.tag_resource(**which, tags=small(twice[:1])),
             lambda **which: artifacts.untag_resource(**which, tagKeys=["a"])):
    refused("ResourceNotFoundException", call, resourceArn=domain + "x")
