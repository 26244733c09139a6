"""Numbers, ranges and rules that no arithmetic takes: each is refused or cut to what there is, and the server goes on."""
import urllib.error

from support import *

LARGEST = 2**63 - 1

# A link's expiry, before anybody has looked at its signature.
try:
    urllib.request.urlopen(ENDPOINT + "/b/k?AWSAccessKeyId=test&Signature=x&Expires=1e300")
    raise AssertionError("the link was taken")
except urllib.error.HTTPError as error:
    assert error.code == 403, error

s3 = client("s3")
s3.create_bucket(Bucket="box")
s3.put_object(Bucket="box", Key="k", Body=b"hello")
assert s3.get_object(Bucket="box", Key="k", Range=f"bytes=1-{LARGEST}")["Body"].read() == b"ello"

sqs = boto3.client("sqs", region_name="us-east-1", config=Config(parameter_validation=False))
for name in ("one", "two", "three"):
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
first = sqs.list_queues(MaxResults=1)
rest = sqs.list_queues(MaxResults=LARGEST, NextToken=first["NextToken"])
assert len(first["QueueUrls"] + rest["QueueUrls"]) == 3
for value in ("nan", "-inf", "1e300", "abc", "-1", "43201"):
    refused("InvalidAttributeValue", sqs.set_queue_attributes, QueueUrl=url, Attributes={"VisibilityTimeout": value})
refused("InvalidAttributeValue", sqs.create_queue, QueueName="four", Attributes={"MaximumMessageSize": "nan"})
sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "43200"})
sqs.send_message(QueueUrl=url, MessageBody="x")

deploy = client("codedeploy")
deploy.create_application(applicationName="app")
refused("InvalidTimeRangeException", deploy.list_deployments,
        createTimeRange={"start": 2000000000, "end": 1000000000})

cloudwatch = boto3.client("cloudwatch", region_name="us-east-1", config=Config(parameter_validation=False))


def put(**datum):
    cloudwatch.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", **datum}])


for datum in ({"Values": [1.0, 2.0], "Counts": [1.0]}, {"Values": [1.0], "Counts": [-5.0]}, {"Value": float("nan")},
              {"Value": float("inf")}, {"Value": 1.0, "Timestamp": 4e9}):
    try:
        put(**datum)
        raise AssertionError(f"{datum} was taken")
    except ClientError as error:
        assert error.response["Error"]["Code"].startswith("InvalidParameterValue"), error
put(Values=[1.0, 2.0], Counts=[1e300, 1.0])


def alarm(**more):
    cloudwatch.put_metric_alarm(**{
        "AlarmName": "low", "Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
        "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold", **more})


refused("ValidationError", alarm, EvaluationPeriods=2**31 - 1)
refused("ValidationError", alarm, Threshold=float("nan"))
alarm()
cloudwatch.put_composite_alarm(AlarmName="middle", AlarmRule='ALARM("low")')
cloudwatch.put_composite_alarm(AlarmName="top", AlarmRule='NOT ALARM("middle")')
for rule in ('NOT ALARM("middle")', 'ALARM("top") OR ALARM("low")'):
    refused("ValidationError", cloudwatch.put_composite_alarm, AlarmName="middle", AlarmRule=rule)
cloudwatch.put_composite_alarm(AlarmName="top", AlarmRule='ALARM("middle") AND ALARM("low")')

assert s3.get_object(Bucket="box", Key="k")["Body"].read() == b"hello"
