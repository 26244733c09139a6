"""Writes until the server is killed; the next round checks everything that had been acknowledged, and the last only checks.

Usage: durable.py DIRECTORY ROUND LAST
"""
import os
import sys
import threading

from botocore.exceptions import BotoCoreError
from support import *

directory, current = sys.argv[1], int(sys.argv[2])
WANTED = 20  # of each kind, in each round
KINDS = ("parameter", "object", "deletion")
note = os.path.join(directory, "acknowledged")
ssm, s3, logs = client("ssm"), client("s3"), client("logs")

if current == 0:
    s3.create_bucket(Bucket="durable")
    s3.put_bucket_versioning(Bucket="durable", VersioningConfiguration={"Status": "Enabled"})
    logs.create_log_group(logGroupName="durable")
    logs.create_log_stream(logGroupName="durable", logStreamName="s")
    client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
    keys = client("iam").create_access_key(UserName=client("iam").create_user(UserName="u")["User"]["UserName"])["AccessKey"]
    with open(os.path.join(directory, "keys"), "w") as file:
        json.dump([keys["AccessKeyId"], keys["SecretAccessKey"]], file)
else:
    written = [line.split() for line in open(note)]
    for wanted in KINDS:
        assert sum(1 for kind, _ in written if kind == wanted) >= WANTED * current, f"too few of {wanted} were written"
    for kind, number in written:
        if kind == "parameter":
            assert ssm.get_parameter(Name=f"/durable/{number}")["Parameter"]["Value"] == number
        elif kind == "object":
            assert s3.get_object(Bucket="durable", Key=f"dir/{number}")["Body"].read() == number.encode() * 1000
    back = {parameter["Name"] for page in ssm.get_paginator("get_parameters_by_path").paginate(Path="/gone")
            for parameter in page["Parameters"]}
    back &= {f"/gone/{number}" for kind, number in written if kind == "deletion"}
    assert not back, back
    lines = {event["message"] for page in logs.get_paginator("filter_log_events").paginate(logGroupName="durable")
             for event in page["events"]}
    missing = {number for kind, number in written if kind == "parameter"} - lines
    assert not missing, missing
    identifier, secret = json.load(open(os.path.join(directory, "keys")))
    arn = with_keys("sts", {"AccessKeyId": identifier, "SecretAccessKey": secret}).get_caller_identity()["Arn"]
    assert arn.endswith(":user/u") and client("iam").get_role(RoleName="r")

if current == int(sys.argv[3]):
    sys.exit()  # the last round only looks
lock, failures, counts = threading.Lock(), [], dict.fromkeys(KINDS, 0)


def write(kind):
    for number in range(100000):
        name = f"{current}{number:05}"
        try:
            if kind == "parameter":
                logs.put_log_events(logGroupName="durable", logStreamName="s", logEvents=[
                    {"timestamp": int(time.time() * 1000), "message": name}])
                ssm.put_parameter(Name=f"/durable/{name}", Value=name, Type="String")
            elif kind == "deletion":
                ssm.put_parameter(Name=f"/gone/{name}", Value=name, Type="String")
                ssm.delete_parameter(Name=f"/gone/{name}")
            else:
                s3.put_object(Bucket="durable", Key=f"dir/{name}", Body=name.encode() * 1000)
        except BotoCoreError:
            return  # the server is gone; what it answered itself is a ClientError
        except Exception as error:
            return failures.append(error)
        with lock:
            with open(note, "a") as file:
                file.write(f"{kind} {name}\n")
            counts[kind] += 1
            if min(counts.values()) == WANTED:
                open(os.path.join(directory, f"writing-{current}"), "w").close()


threads = [threading.Thread(target=write, args=(kind,)) for kind in KINDS]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not failures, failures
