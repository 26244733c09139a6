"""The local cloud with many instances and pipelines at once: how fast it answers meanwhile, and what memory it takes.

A fifth of the pipelines are in builds that sleep, the others at their approval; once a second one of these goes on: it is
approved, or started anew. A process of its own calls the server all the while and takes the times. Ends with a status
other than 0 when the 99th percentile or the memory is above what is wanted.
"""
import http.client
import io
import json
import multiprocessing
import os
import statistics
import sys
import threading
import time
import zipfile

from common import approval, build, client, create_role, form, free_port, pipeline, rpc, sign, start

WANTED_P99, WANTED_MEMORY = 0.050, 300 << 20
GROUPS = 20
CALLS_A_SECOND = 60


def memory(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def until(condition, what, seconds=900):
    """Waits for a condition; returns how long it took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise SystemExit(f"{what}: not after {seconds} s")
        time.sleep(0.5)
    return time.monotonic() - began


def in_service(autoscaling):
    pages = autoscaling.get_paginator("describe_auto_scaling_groups").paginate()
    return sum(instance["LifecycleState"] == "InService"
               for page in pages for group in page["AutoScalingGroups"] for instance in group["Instances"])


def create_fleet(endpoint, instances):
    ec2, autoscaling = client("ec2", endpoint), client("autoscaling", endpoint)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ec2.create_launch_template(LaunchTemplateName="scale", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"})
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]][:3]
    for number in range(GROUPS):
        size = instances // GROUPS + (number < instances % GROUPS)
        autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=f"scale-{number:02}", MinSize=0, MaxSize=size, DesiredCapacity=size,
            AvailabilityZones=zones, LaunchTemplate={"LaunchTemplateName": "scale", "Version": "$Latest"})


def create_pipelines(endpoint, count):
    s3 = client("s3", endpoint)
    s3.create_bucket(Bucket="scale")
    s3.put_bucket_versioning(Bucket="scale", VersioningConfiguration={"Status": "Enabled"})
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.html", "v1")
    s3.put_object(Bucket="scale", Key="source.zip", Body=archive.getvalue())
    client("ssm", endpoint).put_parameter(Name="/scale", Value="value", Type="String")
    role = create_role(endpoint, "scale", "codepipeline.amazonaws.com", "codebuild.amazonaws.com")
    client("iam", endpoint).attach_role_policy(
        RoleName="scale", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    client("codebuild", endpoint).create_project(
        name="scale", serviceRole=role, artifacts={"type": "CODEPIPELINE"},
        source={"type": "CODEPIPELINE", "buildspec": "version: 0.2\nphases:\n  build:\n    commands: [sleep 3000]\n"},
        environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"})
    names = [f"scale-{number:02}" for number in range(count)]
    building = max(1, count // 5)
    for number, name in enumerate(names):
        action = build("scale") if number < building else approval()
        client("codepipeline", endpoint).create_pipeline(
            pipeline=pipeline(name, role, "scale", "source.zip", [action]))
    return names[:building], names[building:]


def work_status(codepipeline, name):
    state = codepipeline.get_pipeline_state(name=name)["stageStates"][1]
    action = state["actionStates"][0].get("latestExecution", {})
    return action.get("status"), action.get("token")


def builds_running(endpoint):
    codebuild = client("codebuild", endpoint)
    ids = codebuild.list_builds_for_project(projectName="scale")["ids"]
    return sum(item["currentPhase"] == "BUILD" for item in codebuild.batch_get_builds(ids=ids)["builds"]) if ids else 0


def calls(names):
    """The calls that are timed: name, service, method, path, headers and body."""
    yield "GetParameter", "ssm", "POST", "/", *rpc("AmazonSSM.GetParameter", {"Name": "/scale"})
    yield "ListPipelines", "codepipeline", "POST", "/", *rpc("CodePipeline_20150709.ListPipelines", {})
    for name in names[:: max(1, len(names) // 5)]:
        yield "GetPipelineState", "codepipeline", "POST", "/", *rpc("CodePipeline_20150709.GetPipelineState", {"name": name})
        yield ("ListActionExecutions", "codepipeline", "POST", "/",
               *rpc("CodePipeline_20150709.ListActionExecutions", {"pipelineName": name}))
    yield "ListBuilds", "codebuild", "POST", "/", *rpc("CodeBuild_20161006.ListBuilds", {})
    yield "PutObject 10 KB", "s3", "PUT", "/scale/key", {}, os.urandom(10240)
    yield "GetObject 10 KB", "s3", "GET", "/scale/key", {}, b""
    yield "DescribeInstances", "ec2", "POST", "/", *form(b"Action=DescribeInstances&Version=2016-11-15")
    yield ("DescribeInstances of a group", "ec2", "POST", "/",
           *form(b"Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=tag:aws:autoscaling:groupName"
                 b"&Filter.1.Value.1=scale-07"))
    yield ("DescribeAutoScalingGroups", "autoscaling", "POST", "/",
           *form(b"Action=DescribeAutoScalingGroups&Version=2011-01-01"))
    yield ("DescribeScalingActivities", "autoscaling", "POST", "/",
           *form(b"Action=DescribeScalingActivities&Version=2011-01-01&AutoScalingGroupName=scale-03"))


def take_times(endpoint, names, stop, results):
    """Calls the server round by round and puts the seconds that each took into `results`."""
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=60)
    prepared, signed_at, times = [], 0, {}
    while not stop.is_set():
        if time.monotonic() - signed_at > 300:
            prepared = [(name, method, path, sign(endpoint, service, method, path, headers, body), body)
                        for name, service, method, path, headers, body in calls(names)]
            signed_at = time.monotonic()
        for name, method, path, headers, body in prepared:
            began = time.perf_counter()
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            answer.read()
            times.setdefault(name, []).append(time.perf_counter() - began)
            if answer.status != 200:
                raise SystemExit(f"{name}: {answer.status}")
            time.sleep(1 / CALLS_A_SECOND)
    results.put(times)


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def move_on(endpoint, names, seconds):
    """One transition a second: a pipeline is approved, or one that was approved is started anew."""
    codepipeline, done, began = client("codepipeline", endpoint), 0, time.monotonic()
    while time.monotonic() - began < seconds:
        name = names[(done // 2) % len(names)]
        if done % 2 == 0:
            _, token = work_status(codepipeline, name)
            codepipeline.put_approval_result(pipelineName=name, stageName="Work", actionName="Gate", token=token,
                                             result={"summary": "go", "status": "Approved"})
        else:
            codepipeline.start_pipeline_execution(name=name)
        done += 1
        time.sleep(max(0, began + done - time.monotonic()))
    return done


def report(times):
    print(f"{'milliseconds':32}{'calls':>8}{'median':>10}{'99th':>10}{'longest':>10}")
    everything = [seconds for values in times.values() for seconds in values]
    for name, values in [*times.items(), ("all", everything)]:
        figures = [statistics.median(values), percentile(values, 0.99), max(values)]
        print(f"{name:32}{len(values):8}" + "".join(f"{value * 1000:10.1f}" for value in figures))
    return percentile(everything, 0.99)


def main():
    binary, instances, pipelines, seconds = sys.argv[1], *map(int, sys.argv[2:5])
    port = free_port()
    server, endpoint = start([binary, "--port", str(port), "--quiet"], port)
    peak, is_over = [0], threading.Event()

    def watch_memory():
        while not is_over.wait(0.5):
            peak[0] = max(peak[0], memory(server.pid))

    threading.Thread(target=watch_memory, daemon=True).start()
    try:
        building, waiting = create_pipelines(endpoint, pipelines)
        create_fleet(endpoint, instances)
        autoscaling, codepipeline = client("autoscaling", endpoint), client("codepipeline", endpoint)
        took = until(lambda: in_service(autoscaling) == instances, f"{instances} instances in service")
        print(f"{instances} instances in {GROUPS} groups in service after {took:.1f} s", flush=True)
        until(lambda: builds_running(endpoint) == len(building), "builds")
        until(lambda: all(work_status(codepipeline, name)[1] for name in waiting), "approvals")
        print(f"{len(building)} pipelines in their builds, {len(waiting)} at their approval", flush=True)

        stop, results = multiprocessing.Event(), multiprocessing.Queue()
        sampler = multiprocessing.Process(target=take_times, args=(endpoint, building + waiting, stop, results))
        sampler.start()
        used = processor_seconds(server.pid)
        transitions = move_on(endpoint, waiting, seconds)
        used = processor_seconds(server.pid) - used
        stop.set()
        slowest = report(results.get(timeout=120))
        sampler.join()
        print(f"{transitions} transitions in {seconds} s; the server used {used / seconds * 100:.0f} % of a processor")

        began = time.monotonic()
        for number in range(GROUPS // 4):
            autoscaling.delete_auto_scaling_group(AutoScalingGroupName=f"scale-{number:02}", ForceDelete=True)
        gone = sum(instances // GROUPS + (number < instances % GROUPS) for number in range(GROUPS // 4))
        until(lambda: len(autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]) == GROUPS - GROUPS // 4, "deletion")
        print(f"{gone} instances terminated in {time.monotonic() - began:.1f} s")
    finally:
        is_over.set()
        began = time.monotonic()
        server.terminate()
        server.wait()
        print(f"stopped in {time.monotonic() - began:.1f} s")
    print(f"memory of the server: at most {peak[0] / (1 << 20):.0f} MB")
    if slowest > WANTED_P99 or peak[0] > WANTED_MEMORY:
        raise SystemExit(f"wanted: 99th percentile at most {WANTED_P99 * 1000:.0f} ms, memory below {WANTED_MEMORY >> 20} MB")


if __name__ == "__main__":
    main()
