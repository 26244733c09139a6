"""A stop ends at once, though an HTTP subscriber is silent or takes no connection: nobody waits for an answer (15 s) or a
connection (10 s). Usage: stops.py BINARY"""
import signal
import socket
import subprocess
import sys
import threading
import time

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError


def stop(kind):
    """How long the stop of a server took that had such a subscriber."""
    server = subprocess.Popen([sys.argv[1], "--port", "0", "--quiet"], stdout=subprocess.PIPE, text=True)
    url = server.stdout.readline().split("AWS_ENDPOINT_URL=")[1].split()[0]
    sns = boto3.client("sns", endpoint_url=url)
    topic = sns.create_topic(Name="t")["TopicArn"]
    kept = [socket.socket()]
    kept[0].bind(("127.0.0.1", 0))
    kept[0].listen(0)
    place = kept[0].getsockname()
    if kind == "unconnected":  # its queue is full: whoever connects now is not answered, not even with a refusal
        while True:
            one = socket.socket()
            kept.append(one)
            one.settimeout(1)
            try:
                one.connect(place)
            except TimeoutError:
                break
    if kind != "none":
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://127.0.0.1:{place[1]}/")
    if kind == "silent":
        one, _ = kept[0].accept()
        kept.append(one)
        assert one.recv(1 << 16), "the subscriber was not asked"
    if kind == "unconnected":
        connecting = f":{place[1]:04X} 02 "  # SYN_SENT
        while sum(connecting in line for line in open("/proc/net/tcp")) < 2:  # that of this script, and the server's
            time.sleep(0.02)
    began = time.monotonic()
    server.send_signal(signal.SIGTERM)
    assert server.wait() == 0, kind
    return time.monotonic() - began


plain = stop("none")
for kind in ("silent", "unconnected"):
    took = stop(kind)
    print(f"{kind}: {took:.2f} s, {plain:.2f} s without")
    assert took < plain + 5, (kind, took, plain)


def stop_busy(number, call):
    """How long the stop took of a server that many requests were under way in, and what it said."""
    server = subprocess.Popen([sys.argv[1], "--port", "0", "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    url = server.stdout.readline().split("AWS_ENDPOINT_URL=")[1].split()[0]
    call, began, ended = call(url), threading.Barrier(number + 1), threading.Event()

    def ask():
        began.wait()
        try:
            while not ended.is_set():
                call()
        except (BotoCoreError, ClientError):
            pass

    threads = [threading.Thread(target=ask) for _ in range(number)]
    for thread in threads:
        thread.start()
    began.wait()
    time.sleep(0.3)  # so that they are on the way
    start = time.monotonic()
    server.send_signal(signal.SIGTERM)
    said = server.stderr.read()
    assert server.wait() == 0, said
    took = time.monotonic() - start
    ended.set()
    for thread in threads:
        thread.join()
    return took, said


def differences(url):
    """Runs git, which does not end the moment that nobody waits for it."""
    commits = boto3.client("codecommit", endpoint_url=url, config=many)
    commits.create_repository(repositoryName="r")
    commits.put_file(repositoryName="r", branchName="main", filePath="a", fileContent=b"a")
    return lambda: commits.get_differences(repositoryName="r", afterCommitSpecifier="main")


def polls(url):
    queues = boto3.client("sqs", endpoint_url=url, config=many)
    queue = queues.create_queue(QueueName="q")["QueueUrl"]
    return lambda: queues.receive_message(QueueUrl=queue, WaitTimeSeconds=20)


# What is under way has ended when the server does, and has nothing to say to what is gone.
many = Config(max_pool_connections=20, retries={"total_max_attempts": 1})
for call in (differences, polls):
    took, said = stop_busy(20, call)
    assert said == "", said
    assert took < plain + 4, (call.__name__, took, plain)
