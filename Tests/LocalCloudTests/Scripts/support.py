"""What the scripts share: clients of the cloud under test, and expecting an error."""
import json
import os
import time
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
ACCOUNT = "123456789012"


def client(service, region="us-east-1", **options):
    return boto3.client(service, region_name=region, config=Config(retries={"total_max_attempts": 1}, read_timeout=240), **options)


def raw(service):
    """A client that sends what it is given, fitting or not."""
    return boto3.client(service, region_name="us-east-1", config=Config(
        parameter_validation=False, retries={"total_max_attempts": 1}, read_timeout=240))


def with_keys(service, keys, **options):
    """A client with the credentials that STS or IAM gave."""
    return client(
        service,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
        **options,
    )


def refused(code, call, *arguments, status=None, **parameters):
    """The message of the error that the call has to end with."""
    try:
        call(*arguments, **parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
        if status:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status, error.response
        return error.response["Error"]["Message"]
    raise AssertionError(f"was not refused with {code}")


def trust(*services, **principals):
    principal = dict(principals)
    if services:
        principal["Service"] = list(services)
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resources="*", **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def eventually(check, seconds=240):
    """The first true value of check(); the limit only ends a test that would never end."""
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.05)


def clock(seconds=0):
    """The manual clock, after so much time has passed on it: what it says, and how many wait for it."""
    body = json.dumps({"advance": seconds}).encode()
    return json.load(urllib.request.urlopen(urllib.request.Request(f"{ENDPOINT}/_awscicd/clock", data=body)))


def advance(seconds):
    """Lets time pass on a manual clock."""
    return clock(seconds)["now"]


def passes(check, seconds=240):
    """The first true value of check(), with a second of a manual clock between two looks."""
    for _ in range(seconds):
        value = check()
        if value:
            return value
        advance(1)
        time.sleep(0.05)
    raise AssertionError("did not happen in time")
