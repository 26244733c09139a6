"""Loads the local cloud and a moto server with the same signed requests by wrk, and prints their rates side by side.

Each request is signed once by botocore and sent again and again. The local cloud verifies it every time; moto does not
look at it. The two servers take turns, so that what else the machine does meets both; rates are medians over the rounds.
"""
import os
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.request

from common import approval, client, create_role, form, free_port, pipeline, rpc, sign, start

INSTANCES, PIPELINES = 100, 50


def prepare(endpoint):
    client("ssm", endpoint).put_parameter(Name="/bench", Value="value", Type="String")
    client("s3", endpoint).create_bucket(Bucket="bench")
    role = create_role(endpoint, "bench", "codepipeline.amazonaws.com")
    for number in range(PIPELINES):
        client("codepipeline", endpoint).create_pipeline(
            pipeline=pipeline(f"bench-{number:02}", role, "bench", "none.zip", [approval()]))
    ec2 = client("ec2", endpoint)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ec2.run_instances(ImageId=image, MinCount=INSTANCES, MaxCount=INSTANCES, InstanceType="t3.micro")


def wait_for_instances(endpoint):
    """The local cloud's instances are real: while they start, they use the machine."""
    waiter = client("ec2", endpoint).get_waiter("instance_running")
    waiter.config.delay, waiter.config.max_attempts = 1, 300
    waiter.wait()


def requests():
    yield "GetParameter", "ssm", "POST", "/", *rpc("AmazonSSM.GetParameter", {"Name": "/bench"})
    yield "PutObject 10 KB", "s3", "PUT", "/bench/key", {}, os.urandom(10240)
    yield f"ListPipelines {PIPELINES}", "codepipeline", "POST", "/", *rpc("CodePipeline_20150709.ListPipelines", {})
    yield f"DescribeInstances {INSTANCES}", "ec2", "POST", "/", *form(b"Action=DescribeInstances&Version=2016-11-15")


def measure(endpoint, service, method, path, headers, body, seconds):
    """Calls a second, the 99th percentile as wrk writes it, and how many answers were errors."""
    signed = sign(endpoint, service, method, path, headers, body)
    probe = urllib.request.Request(endpoint + path, data=body, method=method, headers=signed)
    with urllib.request.urlopen(probe) as answer:
        assert answer.status == 200
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/body", "wb") as file:
            file.write(body)
        lines = [f'local file = io.open("{folder}/body", "rb")', 'wrk.body = file:read("*a")', f'wrk.method = "{method}"']
        lines += [f'wrk.headers["{name}"] = [[{value}]]' for name, value in signed.items()]
        with open(f"{folder}/request.lua", "w") as file:
            file.write("\n".join(lines))
        output = subprocess.run(
            ["wrk", "-t1", "-c16", f"-d{seconds}s", "--timeout", "20s", "--latency", "-s", f"{folder}/request.lua",
             endpoint + path], capture_output=True, text=True, check=True).stdout
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    return (float(re.search(r"Requests/sec:\s*([\d.]+)", output)[1]), re.search(r"99%\s*(\S+)", output)[1],
            int(errors[1]) if errors else 0)


def main():
    binary, seconds, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    ours, theirs = free_port(), free_port()
    servers = [
        start([binary, "--port", str(ours), "--quiet"], ours),
        start([sys.executable, "-c", f"from moto.server import main; main(['-p', '{theirs}'])"], theirs)]
    try:
        for _, endpoint in servers:
            prepare(endpoint)
        wait_for_instances(servers[0][1])
        print(f"{'calls a second':24}{'local cloud':>14}{'99th':>10}{'moto':>10}{'99th':>10}{'times':>8}", flush=True)
        for name, *request in requests():
            results = [[measure(endpoint, *request, seconds) for _, endpoint in servers] for _ in range(rounds)]
            own, other = (statistics.median(rates) for rates in zip(*((a[0], b[0]) for a, b in results)))
            print(f"{name:24}{own:14.0f}{results[-1][0][1]:>10}{other:10.0f}{results[-1][1][1]:>10}{own / other:8.1f}",
                  flush=True)
            for side, label in enumerate(["the local cloud", "moto"]):
                errors = sum(result[side][2] for result in results)
                if errors:
                    print(f"  {errors} answers of {label} were errors")
    finally:
        for process, _ in servers:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
