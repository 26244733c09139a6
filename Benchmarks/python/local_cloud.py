"""Loads the local cloud and a moto server with the same signed requests by wrk, and prints their rates side by side.

Each request is signed once by botocore and sent again and again: a signature holds for fifteen minutes. The local cloud
verifies it every time; moto does not look at it.
"""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

KEYS = dict(region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
INSTANCES, PIPELINES = 100, 50


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start(command, port):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process, f"http://127.0.0.1:{port}"
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{command[0]} did not start")


def client(service, endpoint):
    return boto3.client(service, endpoint_url=endpoint, config=Config(retries={"total_max_attempts": 1}), **KEYS)


def prepare(endpoint):
    client("ssm", endpoint).put_parameter(Name="/bench", Value="value", Type="String")
    client("s3", endpoint).create_bucket(Bucket="bench")
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    role = client("iam", endpoint).create_role(RoleName="bench", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    source = {"name": "Source", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
              "configuration": {"S3Bucket": "bench", "S3ObjectKey": "none.zip", "PollForSourceChanges": "false"},
              "outputArtifacts": [{"name": "Src"}]}
    gate = {"name": "Gate", "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}}
    for number in range(PIPELINES):
        client("codepipeline", endpoint).create_pipeline(pipeline={
            "name": f"bench-{number:02}", "roleArn": role, "artifactStore": {"type": "S3", "location": "bench"}, "version": 1,
            "stages": [{"name": "Source", "actions": [source]}, {"name": "Gate", "actions": [gate]}]})
    ec2 = client("ec2", endpoint)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ec2.run_instances(ImageId=image, MinCount=INSTANCES, MaxCount=INSTANCES, InstanceType="t3.micro")


def requests():
    def rpc(target, body, version="1.1"):
        return {"X-Amz-Target": target, "Content-Type": f"application/x-amz-json-{version}"}, json.dumps(body).encode()

    yield "GetParameter", "ssm", "POST", "/", *rpc("AmazonSSM.GetParameter", {"Name": "/bench"})
    yield "PutObject 10 KB", "s3", "PUT", "/bench/key", {}, os.urandom(10240)
    yield f"ListPipelines {PIPELINES}", "codepipeline", "POST", "/", *rpc("CodePipeline_20150709.ListPipelines", {})
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    yield f"DescribeInstances {INSTANCES}", "ec2", "POST", "/", form, b"Action=DescribeInstances&Version=2016-11-15"


def measure(endpoint, service, method, path, headers, body, seconds):
    request = AWSRequest(method=method, url=endpoint + path, data=body, headers=dict(headers))
    (S3SigV4Auth if service == "s3" else SigV4Auth)(Credentials("test", "test"), service, "us-east-1").add_auth(request)
    with urllib.request.urlopen(urllib.request.Request(
            endpoint + path, data=body, method=method, headers=dict(request.headers))) as answer:
        assert answer.status == 200
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/body", "wb") as file:
            file.write(body)
        lines = [f'local file = io.open("{folder}/body", "rb")', 'wrk.body = file:read("*a")', f'wrk.method = "{method}"']
        lines += [f'wrk.headers["{name}"] = [[{value}]]' for name, value in request.headers.items()]
        with open(f"{folder}/request.lua", "w") as file:
            file.write("\n".join(lines))
        output = subprocess.run(
            ["wrk", "-t1", "-c16", f"-d{seconds}s", "--latency", "-s", f"{folder}/request.lua", endpoint + path],
            capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output:
        print(f"  {request.url} ({service}): some answers were errors", file=sys.stderr)
    return float(re.search(r"Requests/sec:\s*([\d.]+)", output)[1]), re.search(r"99%\s*(\S+)", output)[1]


def main():
    binary, seconds = sys.argv[1], int(sys.argv[2])
    ours, theirs = free_port(), free_port()
    servers = [
        start([binary, "--port", str(ours), "--quiet"], ours),
        start([sys.executable, "-c", f"from moto.server import main; main(['-p', '{theirs}'])"], theirs)]
    try:
        for _, endpoint in servers:
            prepare(endpoint)
        print(f"{'calls a second':24}{'local cloud':>14}{'99th':>10}{'moto':>10}{'99th':>10}{'times':>8}")
        for name, *request in requests():
            (own, slow), (other, slower) = [measure(endpoint, *request, seconds) for _, endpoint in servers]
            print(f"{name:24}{own:14.0f}{slow:>10}{other:10.0f}{slower:>10}{own / other:8.1f}")
    finally:
        for process, _ in servers:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
