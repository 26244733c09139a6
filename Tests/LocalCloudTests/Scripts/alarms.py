from support import *

cloudwatch, sns, sqs = client("cloudwatch"), client("sns"), client("sqs")
topic = sns.create_topic(Name="alarms")["TopicArn"]
queue = sqs.create_queue(QueueName="alarms")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy({
    "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn})})
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})


def state(name="errors", kind="MetricAlarms"):
    return cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])[kind][0]["StateValue"]


alarm = dict(AlarmName="errors", Namespace="App", MetricName="Errors", Dimensions=[{"Name": "Service", "Value": "web"}],
             Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=5, ComparisonOperator="GreaterThanThreshold",
             AlarmActions=[topic], OKActions=[topic])
cloudwatch.put_metric_alarm(**alarm)
assert state() == "INSUFFICIENT_DATA"
refused("ValidationError", cloudwatch.put_metric_alarm, **{**alarm, "Period": 61})
cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule='ALARM("errors") OR NOT (OK(errors) OR INSUFFICIENT_DATA(errors))')
for value in (3, 4):
    cloudwatch.put_metric_data(Namespace="App", MetricData=[
        {"MetricName": "Errors", "Dimensions": alarm["Dimensions"], "Value": value}])
assert state() in ("ALARM", "OK")  # the minute may have turned between the two
cloudwatch.put_metric_data(Namespace="App", MetricData=[
    {"MetricName": "Errors", "Dimensions": alarm["Dimensions"], "Values": [3.0, 4.0], "Counts": [2.0, 1.0]}])
assert state() == "ALARM" and state("any", "CompositeAlarms") == "ALARM"
message = eventually(lambda: [
    json.loads(entry["Body"]) for entry in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=2, MaxNumberOfMessages=10).get("Messages", [])
    if json.loads(entry["Body"])["NewStateValue"] == "ALARM"])[0]
assert message["AlarmName"] == "errors" and message["Trigger"]["Threshold"] == 5
cloudwatch.set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="by hand")
assert state() == "OK" and state("any", "CompositeAlarms") == "OK"
items = cloudwatch.describe_alarm_history(AlarmName="errors", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
assert items[0]["HistorySummary"] == "Alarm updated from ALARM to OK"
now = time.time()
points = cloudwatch.get_metric_statistics(
    Namespace="App", MetricName="Errors", Dimensions=alarm["Dimensions"], StartTime=now - 3600, EndTime=now + 60, Period=3600,
    Statistics=["Sum", "Maximum", "SampleCount"])["Datapoints"]
assert sum(point["Sum"] for point in points) == 17 and max(point["Maximum"] for point in points) == 4
# Sets of one minute and of different ones keep their smallest and largest values, and count all that they are made of.
minute = int(now / 60) * 60 - 600
for at, low, high in ((0, 1.0, 9.0), (5, 2.0, 12.0), (60, 0.5, 6.0)):
    cloudwatch.put_metric_data(Namespace="Sets", MetricData=[{"MetricName": "Load", "Timestamp": minute + at, "StatisticValues": {
        "SampleCount": 4.0, "Sum": 20.0, "Minimum": low, "Maximum": high}}])
points = sorted(cloudwatch.get_metric_statistics(
    Namespace="Sets", MetricName="Load", StartTime=minute, EndTime=minute + 120, Period=60,
    Statistics=["SampleCount", "Sum", "Minimum", "Maximum"])["Datapoints"], key=lambda point: point["Timestamp"])
assert [(point["SampleCount"], point["Sum"], point["Minimum"], point["Maximum"]) for point in points] == [
    (8, 40, 1, 12), (4, 20, 0.5, 6)], points
data = cloudwatch.get_metric_data(StartTime=now - 3600, EndTime=now + 60, MetricDataQueries=[{"Id": "e", "MetricStat": {
    "Metric": {"Namespace": "App", "MetricName": "Errors", "Dimensions": alarm["Dimensions"]}, "Period": 60, "Stat": "Sum"}}])
assert sum(data["MetricDataResults"][0]["Values"]) == 17
assert [metric["MetricName"] for metric in cloudwatch.list_metrics(Namespace="App")["Metrics"]] == ["Errors"]

# A request that is refused stores nothing of it.
for wrong in ({"Value": float("nan")}, {"Values": [1.0], "Counts": [1.0, 2.0]}, {},
              {"StatisticValues": {"SampleCount": float("nan"), "Sum": 1.0, "Minimum": 1.0, "Maximum": 1.0}},
              {"StatisticValues": {"SampleCount": 1.0, "Sum": float("inf"), "Minimum": 1.0, "Maximum": 1.0}},
              {"StatisticValues": {"SampleCount": -1.0, "Sum": 1.0, "Minimum": 1.0, "Maximum": 1.0}}):
    refused("InvalidParameterValue" if wrong else "MissingParameter", cloudwatch.put_metric_data, Namespace="App", MetricData=[
        {"MetricName": "Before", "Value": 1.0}, {"MetricName": "Wrong", **wrong}])
assert [metric["MetricName"] for metric in cloudwatch.list_metrics(Namespace="App")["Metrics"]] == ["Errors"]

# boto3 compresses what is larger than 10 KB.
sent = []
cloudwatch.meta.events.register("before-send.cloudwatch.PutMetricData", lambda request, **_: sent.append(request))
cloudwatch.put_metric_data(Namespace="Large", MetricData=[
    {"MetricName": f"Metric{number}", "Value": float(number), "Dimensions": [{"Name": "Name", "Value": "x" * 100}]}
    for number in range(200)])
assert sent[0].headers["Content-Encoding"] in ("gzip", b"gzip"), sent[0].headers
assert len(cloudwatch.list_metrics(Namespace="Large")["Metrics"]) == 200

# A body that is said to be compressed and is not.
broken = client("cloudwatch")
broken.meta.events.register_first(
    "before-sign.cloudwatch.PutMetricData", lambda request, **_: request.headers.add_header("Content-Encoding", "gzip"))
refused("SerializationException", broken.put_metric_data, Namespace="App", MetricData=[{"MetricName": "a", "Value": 1.0}])
refused("ResourceNotFound", cloudwatch.delete_alarms, AlarmNames=["none"])
cloudwatch.delete_alarms(AlarmNames=["errors", "any"])
assert cloudwatch.describe_alarms()["MetricAlarms"] == []
