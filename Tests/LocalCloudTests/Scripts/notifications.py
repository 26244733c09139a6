"""Notification rules: events of a pipeline and of a repository, through a topic to a queue and to an HTTP server."""
import http.server
import threading
import urllib.request

from pipelines import *

sns, sqs, rules, code = client("sns"), client("sqs"), client("codestar-notifications"), client("codecommit")
posts = []


class Endpoint(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        posts.append((self.headers["x-amz-sns-message-type"], body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
threading.Thread(target=server.serve_forever, daemon=True).start()
topic = sns.create_topic(Name="delivery")["TopicArn"]
queue = sqs.create_queue(QueueName="delivery")["QueueUrl"]
queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy({
    "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue_arn})})
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://127.0.0.1:{server.server_port}/hook")
kind, confirmation = eventually(lambda: posts and posts.pop(0))
assert kind == confirmation["Type"] == "SubscriptionConfirmation" and confirmation["TopicArn"] == topic
urllib.request.urlopen(confirmation["SubscribeURL"]).read()

arn = f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:demo"
target = [{"TargetType": "SNS", "TargetAddress": topic}]
kinds = [f"codepipeline-pipeline-pipeline-execution-{name}" for name in ("started", "succeeded", "failed")] + [
    "codepipeline-pipeline-manual-approval-needed"]
s3.put_object(Bucket="sources", Key="app.zip", Body=b"PK\x05\x06" + bytes(18))
create("demo", source(), approval())
create("other", source(), deploy())
first = token("demo")
for missing in (arn + "er", arn.replace("us-east-1", "us-west-2"), arn.replace(ACCOUNT, "210987654321")):
    refused("ResourceNotFoundException", rules.create_notification_rule, Name="none", Resource=missing, DetailType="FULL",
            EventTypeIds=kinds, Targets=target)
rule = rules.create_notification_rule(
    Name="pipeline", Resource=arn, DetailType="FULL", EventTypeIds=kinds, Targets=target, ClientRequestToken="t")["Arn"]
id = pipeline.start_pipeline_execution(name="demo")["pipelineExecutionId"]
pipeline.start_pipeline_execution(name="other")
eventually(lambda: rules.describe_notification_rule(Arn=rule)["Targets"][0]["TargetStatus"] == "UNREACHABLE")
# The topic has to let the service in.
sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy({
    "Effect": "Allow", "Principal": {"Service": "codestar-notifications.amazonaws.com"}, "Action": "SNS:Publish",
    "Resource": topic}))
heard = []


def hear(check):
    """Waits until the queue and the server have both got a notification that check() is true of."""
    def look():
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            heard.append(json.loads(json.loads(message["Body"])["Message"]))
        found = [message for message in heard if check(message)]
        posted = [body for kind, body in list(posts) if kind == "Notification" and check(json.loads(body["Message"]))]
        return found and posted and (found[0], posted[0])
    return eventually(look)


answer("demo", first)
answer("demo", token("demo", id=id), "Rejected")
needed, posted = hear(lambda message: "Approval" in message["detailType"] or "Action" in message["detailType"])
assert needed["detail"]["action"] == "Ask" and needed["detail"]["state"] == "STARTED", needed
done, posted = hear(lambda message: message["detail"].get("state") == "FAILED" and "Pipeline Execution" in message["detailType"])
assert done["notificationRuleArn"] == rule and done["resources"] == [arn] and done["source"] == "aws.codepipeline", done
assert done["detail"]["pipeline"] == "demo" and done["detail"]["execution-id"] == id, done
assert posted["TopicArn"] == topic and posted["Type"] == "Notification" and posted["MessageId"]
assert not [message for message in heard if message["detail"]["pipeline"] != "demo"]
assert rules.describe_notification_rule(Arn=rule)["Targets"][0]["TargetStatus"] == "ACTIVE"

# Off and on; other resources.
rules.update_notification_rule(Arn=rule, Status="DISABLED")
heard.clear()
quiet = pipeline.start_pipeline_execution(name="demo")["pipelineExecutionId"]
answer("demo", token("demo", id=quiet))
reaches(quiet, "Succeeded", "demo")
rules.update_notification_rule(Arn=rule, Status="ENABLED")
loud = pipeline.start_pipeline_execution(name="demo")["pipelineExecutionId"]
answer("demo", token("demo", id=loud))
hear(lambda message: message["detail"].get("execution-id") == loud and message["detail"]["state"] == "SUCCEEDED")
assert not [message for message in heard if message["detail"].get("execution-id") == quiet], heard
code.create_repository(repositoryName="app")
rules.create_notification_rule(
    Name="repository", Resource=f"arn:aws:codecommit:us-east-1:{ACCOUNT}:app", DetailType="BASIC", Targets=target,
    EventTypeIds=["codecommit-repository-pull-request-created", "codecommit-repository-branches-and-tags-created"])
head = code.create_commit(repositoryName="app", branchName="main", putFiles=[{"filePath": "a", "fileContent": b"1"}])["commitId"]
made, _ = hear(lambda message: message["detailType"] == "CodeCommit Repository State Change")
assert made["detail"]["referenceName"] == "main" and made["detail"]["event"] == "referenceCreated"
code.create_branch(repositoryName="app", branchName="feature", commitId=head)
code.create_commit(repositoryName="app", branchName="feature", parentCommitId=head, putFiles=[
    {"filePath": "a", "fileContent": b"2"}])
request = code.create_pull_request(title="x", targets=[{"repositoryName": "app", "sourceReference": "feature"}])["pullRequest"]
made, _ = hear(lambda message: message["detailType"] == "CodeCommit Pull Request State Change")
assert made["detail"]["pullRequestId"] == request["pullRequestId"]
server.shutdown()
