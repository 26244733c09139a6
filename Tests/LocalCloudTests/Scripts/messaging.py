import http.server
import threading
import urllib.request

from support import *

sns, sqs = client("sns"), client("sqs")
topic = sns.create_topic(Name="awscicd-alerts")["TopicArn"]
assert sns.create_topic(Name="awscicd-alerts")["TopicArn"] == topic
queue = sqs.create_queue(QueueName="inbox")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)["SubscriptionArn"]


def receive(wait=0, **options):
    messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=wait, MaxNumberOfMessages=10, **options).get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in messages]


# The queue has to let the topic in.
sns.publish(TopicArn=topic, Message="lost")
assert receive(wait=1) == []
sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy({
    "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn,
    "Condition": {"ArnEquals": {"aws:SourceArn": topic}}})})
sns.publish(TopicArn=topic, Message="hello", Subject="greeting", MessageAttributes={
    "kind": {"DataType": "String", "StringValue": "test"}})
envelope = json.loads(eventually(lambda: receive(wait=2))[0])
assert envelope["Type"] == "Notification" and envelope["Message"] == "hello" and envelope["Subject"] == "greeting"
assert envelope["TopicArn"] == topic and envelope["MessageAttributes"]["kind"]["Value"] == "test"

# Raw, filtered.
sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName="RawMessageDelivery", AttributeValue="true")
sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName="FilterPolicy",
                                AttributeValue=json.dumps({"kind": ["wanted", {"prefix": "also-"}]}))
for kind in ("other", "wanted", "also-this"):
    sns.publish(TopicArn=topic, Message=kind, MessageAttributes={"kind": {"DataType": "String", "StringValue": kind}})
got = []
eventually(lambda: got.extend(receive(wait=1)) or len(got) >= 2)
assert sorted(got) == ["also-this", "wanted"]

# A web server is asked first; mail addresses stay pending.
received = []


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        received.append((self.headers["x-amz-sns-message-type"], json.loads(self.rfile.read(int(self.headers["content-length"])))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
pending = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://127.0.0.1:{server.server_port}/hook")
assert pending["SubscriptionArn"] == "pending confirmation"
kind, body = eventually(lambda: received and received.pop())
assert kind == "SubscriptionConfirmation"
urllib.request.urlopen(body["SubscribeURL"]).read()
sns.publish(TopicArn=topic, Message="to the web")
kind, body = eventually(lambda: received and received.pop())
assert (kind, body["Message"]) == ("Notification", "to the web")
assert sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")["SubscriptionArn"] == "pending confirmation"
attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
assert (attributes["SubscriptionsConfirmed"], attributes["SubscriptionsPending"]) == ("2", "1")
refused("NotFound", sns.publish, TopicArn=topic + "x", Message="x", status=404)
refused("InvalidParameter", sns.publish, TopicArn=topic, Message="")
# ARNs of subscriptions: none, too short, a topic's, one that is not there, one that has more than a subscription's.
for other, count in (("pending confirmation", 1), ("arn:aws:sns:us-east-1:1", 5)):
    for call in (sns.get_subscription_attributes, sns.unsubscribe):
        message = refused("InvalidParameter", call, SubscriptionArn=other, status=400)
        assert message == f"Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not {count}", message
refused("InvalidParameter", sns.unsubscribe, SubscriptionArn=topic, status=400)
for other in (topic, topic + ":0", f"{subscription}:x", "arn:aws:sns:::x"):
    refused("NotFound", sns.get_subscription_attributes, SubscriptionArn=other, status=404)
sns.unsubscribe(SubscriptionArn=topic + ":0")
assert sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]["SubscriptionArn"] == subscription
sns.delete_topic(TopicArn=topic)
sns.delete_topic(TopicArn=topic)

# Queues: visibility, order, dead letters.
assert isinstance(sqs.exceptions.QueueDoesNotExist, type)
refused("AWS.SimpleQueueService.NonExistentQueue", sqs.get_queue_url, QueueName="none")
dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["All"])["Attributes"]["QueueArn"]
work = sqs.create_queue(QueueName="work", Attributes={
    "VisibilityTimeout": "0", "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})})["QueueUrl"]
sqs.send_message(QueueUrl=work, MessageBody="poison", MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}})
for count in ("1", "2"):
    message = sqs.receive_message(QueueUrl=work, AttributeNames=["All"], MessageAttributeNames=["All"])["Messages"][0]
    assert message["Attributes"]["ApproximateReceiveCount"] == count and message["MessageAttributes"]["n"]["StringValue"] == "1"
assert "Messages" not in sqs.receive_message(QueueUrl=work)
assert sqs.receive_message(QueueUrl=dead)["Messages"][0]["Body"] == "poison"
fifo = sqs.create_queue(QueueName="order.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"})["QueueUrl"]
for body in ("1", "2", "2", "3"):
    sqs.send_message(QueueUrl=fifo, MessageBody=body, MessageGroupId="g")
assert [m["Body"] for m in sqs.receive_message(QueueUrl=fifo, MaxNumberOfMessages=10)["Messages"]] == ["1", "2", "3"]
batch = sqs.send_message_batch(QueueUrl=queue, Entries=[{"Id": str(at), "MessageBody": f"m{at}"} for at in range(3)])
assert len(batch["Successful"]) == 3 and sorted(receive()) == ["m0", "m1", "m2"]



# A receiver that waits gets what comes meanwhile: within its time, unless the machine stands still in just that.
def received_while_waiting():
    threading.Timer(0.3, lambda: client("sqs").send_message(QueueUrl=queue, MessageBody="late")).start()
    start = time.monotonic()
    took = receive(wait=20), time.monotonic() - start
    if took[0] != ["late"]:
        eventually(lambda: receive(wait=20) == ["late"])
    return took[0] == ["late"] and took[1] < 19


assert any(received_while_waiting() for _ in range(3))
