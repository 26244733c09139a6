from support import *

secrets, iam, sts, kms = client("secretsmanager"), client("iam"), client("sts"), client("kms")
secrets.create_secret(Name="gone", SecretString="x")
secrets.delete_secret(SecretId="gone", RecoveryWindowInDays=7)
key = kms.create_key()["KeyMetadata"]["KeyId"]
kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(AWS=f"arn:aws:iam::{ACCOUNT}:root"))["Role"]["Arn"]
keys = sts.assume_role(RoleArn=role, RoleSessionName="session", DurationSeconds=900)["Credentials"]
with_keys("sts", keys).get_caller_identity()
advance(6 * 86400)
# Days take seconds, or minutes on a busy machine: the connections have idled too long by then.
secrets, kms = client("secretsmanager"), client("kms")
refused("ExpiredToken", with_keys("sts", keys).get_caller_identity, status=403)
refused("InvalidRequestException", secrets.create_secret, Name="gone", SecretString="y")
assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
advance(86400 + 1)
eventually(lambda: not secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"])
secrets.create_secret(Name="gone", SecretString="y")


def is_gone():
    try:
        kms.describe_key(KeyId=key)
    except kms.exceptions.NotFoundException:
        return True


eventually(is_gone)

# Schedules follow the clock.
events, sqs = client("events"), client("sqs")
queue = sqs.create_queue(QueueName="ticks")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy({
    "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn})})
events.put_rule(Name="hourly", ScheduleExpression="rate(1 hour)")
events.put_targets(Rule="hourly", Targets=[{"Id": "q", "Arn": arn}])
advance(3500)
assert "Messages" not in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=2)
advance(200)
assert json.loads(eventually(lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5).get("Messages"))[0]["Body"])[
    "detail-type"] == "Scheduled Event"
