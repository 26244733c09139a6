"""Writes until the server is killed; the next round checks everything that had been acknowledged."""
import os
import sys
import threading

from support import *

directory, current = sys.argv[1], int(sys.argv[2])
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
    assert len(written) > 20, "too little was written before the kill"
    for kind, number in written:
        if kind == "parameter":
            assert ssm.get_parameter(Name=f"/durable/{number}")["Parameter"]["Value"] == number
        else:
            assert s3.get_object(Bucket="durable", Key=f"dir/{number}")["Body"].read() == number.encode() * 1000
    parameters = sum(1 for kind, number in written if kind == "parameter")
    events = logs.filter_log_events(logGroupName="durable")["events"]
    assert len(events) >= parameters, (len(events), parameters)
    identifier, secret = json.load(open(os.path.join(directory, "keys")))
    arn = with_keys("sts", {"AccessKeyId": identifier, "SecretAccessKey": secret}).get_caller_identity()["Arn"]
    assert arn.endswith(":user/u") and client("iam").get_role(RoleName="r")

lock = threading.Lock()


def write(kind):
    for number in range(100000):
        name = f"{current}{number:05}"
        try:
            if kind == "parameter":
                logs.put_log_events(logGroupName="durable", logStreamName="s", logEvents=[
                    {"timestamp": int(time.time() * 1000), "message": name}])
                ssm.put_parameter(Name=f"/durable/{name}", Value=name, Type="String")
            else:
                s3.put_object(Bucket="durable", Key=f"dir/{name}", Body=name.encode() * 1000)
        except Exception:
            return  # the server is gone
        with lock, open(note, "a") as file:
            file.write(f"{kind} {name}\n")
        if kind == "object" and number == 30:
            open(os.path.join(directory, f"writing-{current}"), "w").close()


threads = [threading.Thread(target=write, args=(kind,)) for kind in ("parameter", "object")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
