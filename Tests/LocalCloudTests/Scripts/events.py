from support import *

events, sqs, sns, notifications = client("events"), client("sqs"), client("sns"), client("codestar-notifications")
queue = sqs.create_queue(QueueName="events")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy({
    "Effect": "Allow", "Principal": {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}, "Action": "sqs:SendMessage",
    "Resource": arn})})


def receive():
    messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=2, MaxNumberOfMessages=10).get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in messages]


refused("InvalidEventPatternException", events.put_rule, Name="bad", EventPattern='{"source": "not a list"}')
refused("ValidationException", events.put_rule, Name="bad", ScheduleExpression="rate(0 minutes)")
events.put_rule(Name="orders", EventPattern=json.dumps({
    "source": ["shop"], "detail": {"total": [{"numeric": [">", 10, "<=", 20]}], "state": [{"anything-but": ["draft"]}]}}))
events.put_targets(Rule="orders", Targets=[
    {"Id": "all", "Arn": arn, "InputTransformer": {
        "InputPathsMap": {"total": "$.detail.total", "who": "$.detail.items[0].name"},
        "InputTemplate": '{"order": <total>, "text": "for <who>"}'}}])
entries = [
    {"Source": "shop", "DetailType": "Order", "Detail": json.dumps({"total": total, "state": state, "items": [{"name": "a"}]})}
    for total, state in ((5, "paid"), (20, "draft"), (15, "paid"))]
assert events.put_events(Entries=entries)["FailedEntryCount"] == 0
assert events.put_events(Entries=[{"Source": "aws.ec2", "DetailType": "x", "Detail": "{}"}])["FailedEntryCount"] == 1
assert [json.loads(body) for body in eventually(receive)] == [{"order": 15, "text": "for a"}]
assert "has targets" in refused("ValidationException", events.delete_rule, Name="orders")
assert events.list_rule_names_by_target(TargetArn=arn)["RuleNames"] == ["orders"]
events.disable_rule(Name="orders")
assert events.describe_rule(Name="orders")["State"] == "DISABLED"
events.remove_targets(Rule="orders", Ids=["all"])
events.delete_rule(Name="orders")
refused("ResourceNotFoundException", events.describe_rule, Name="orders")
whole = {"id": "1", "account": ACCOUNT, "source": "s", "time": "2026-01-01T00:00:00Z", "region": "us-east-1", "resources": [],
         "detail-type": "t", "b": 1}
assert events.test_event_pattern(EventPattern='{"a": [{"exists": false}]}', Event=json.dumps(whole))["Result"] is True

# Services tell the bus.
events.put_rule(Name="parameters", EventPattern=json.dumps({"source": ["aws.ssm"], "detail": {"operation": ["Create"]}}))
events.put_targets(Rule="parameters", Targets=[{"Id": "q", "Arn": arn}])
client("ssm").put_parameter(Name="/x", Value="1", Type="String")
event = json.loads(eventually(receive)[0])
assert event["detail-type"] == "Parameter Store Change" and event["detail"]["name"] == "/x" and event["account"] == ACCOUNT

# Notification rules.
topic = sns.create_topic(Name="alerts")["TopicArn"]
repository = client("codecommit").create_repository(repositoryName="demo")["repositoryMetadata"]["Arn"]
kind = "codecommit-repository-branches-and-tags-created"
refused("ValidationException", notifications.create_notification_rule, Name="n", Resource=repository, DetailType="FULL",
        EventTypeIds=["codebuild-project-build-state-failed"], Targets=[{"TargetType": "SNS", "TargetAddress": topic}])
rule = notifications.create_notification_rule(
    Name="n", Resource=repository, DetailType="FULL", EventTypeIds=[kind],
    Targets=[{"TargetType": "SNS", "TargetAddress": topic}])["Arn"]
refused("ResourceAlreadyExistsException", notifications.create_notification_rule, Name="n", Resource=repository,
        DetailType="FULL", EventTypeIds=[kind],
        Targets=[{"TargetType": "SNS", "TargetAddress": topic}])
described = notifications.describe_notification_rule(Arn=rule)
assert described["Targets"] == [{"TargetAddress": topic, "TargetType": "SNS", "TargetStatus": "ACTIVE"}]
assert described["EventTypes"][0]["EventTypeId"] == kind
assert "Unsubscribe target" in refused("ValidationException", notifications.delete_target, TargetAddress=topic)
notifications.delete_notification_rule(Arn=rule)
refused("ResourceNotFoundException", notifications.describe_notification_rule, Arn=rule)
