"""What awscicd's client is measured against: boto3 in the same loops. Usage: client.py URL calls CALLS, or: client.py URL decode SERVICE OPERATION KEY ROUNDS"""
import resource
import sys
import time

import boto3

url, what = sys.argv[1], sys.argv[2]


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if what == "calls":
    calls = int(sys.argv[3])
    client = boto3.client("codepipeline", endpoint_url=url)
    client.list_pipelines()
    before, started = cpu(), time.monotonic()
    for _ in range(calls):
        client.list_pipelines()
    used, wall = cpu() - before, time.monotonic() - started
    print("%.5f %.0f" % (used * 1000 / calls, calls / wall))
else:
    service, operation, key, rounds = sys.argv[3], sys.argv[4], sys.argv[5], int(sys.argv[6])
    client = boto3.client(service, endpoint_url=url)
    arguments = {"ids": ["awscicd-demo-build"]} if operation == "batch_get_builds" else {}
    assert len(getattr(client, operation)(**arguments)[key]) > 1000, "the answer is not the large one"
    for _ in range(rounds):
        before = cpu()
        answer = getattr(client, operation)(**arguments)
        print("%.3f" % ((cpu() - before) * 1000))
        del answer  # as in Lua, what frees it is not measured
