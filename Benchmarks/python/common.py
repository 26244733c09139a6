"""What the local cloud's benchmarks share: servers, clients, signed requests and a pipeline to make many of."""
import json
import socket
import subprocess
import time

import boto3
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

REGION = "us-east-1"
KEYS = dict(region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start(command, port):
    """Starts a server; returns its process and its endpoint once it takes connections."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process, f"http://127.0.0.1:{port}"
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise SystemExit(f"{command[0]} did not start")


def client(service, endpoint):
    config = Config(retries={"total_max_attempts": 1}, read_timeout=300)
    return boto3.client(service, endpoint_url=endpoint, config=config, **KEYS)


def sign(endpoint, service, method, path, headers, body):
    """The headers of a request with its signature, which holds for fifteen minutes."""
    request = AWSRequest(method=method, url=endpoint + path, data=body, headers=dict(headers))
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(Credentials("test", "test"), service, REGION).add_auth(request)
    return dict(request.headers)


def rpc(target, body, version="1.1"):
    """Headers and body of a call in JSON."""
    return {"X-Amz-Target": target, "Content-Type": f"application/x-amz-json-{version}"}, json.dumps(body).encode()


def form(body):
    """Headers and body of a call in a query protocol."""
    return {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, body


def create_role(endpoint, name, *services):
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"} for service in services]}
    role = client("iam", endpoint).create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    return role["Role"]["Arn"]


def pipeline(name, role, bucket, key, actions):
    """The declaration of a pipeline: an object of S3 as its source, then a stage with `actions`."""
    source = {"name": "Source", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
              "configuration": {"S3Bucket": bucket, "S3ObjectKey": key, "PollForSourceChanges": "false"},
              "outputArtifacts": [{"name": "Src"}]}
    return {"name": name, "roleArn": role, "artifactStore": {"type": "S3", "location": bucket}, "version": 1,
            "stages": [{"name": "Source", "actions": [source]}, {"name": "Work", "actions": actions}]}


def approval():
    kind = {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}
    return {"name": "Gate", "actionTypeId": kind}


def build(project):
    kind = {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}
    return {"name": "Build", "actionTypeId": kind, "configuration": {"ProjectName": project},
            "inputArtifacts": [{"name": "Src"}]}
