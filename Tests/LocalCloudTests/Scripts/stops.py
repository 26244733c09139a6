"""A stop ends at once, though an HTTP subscriber is silent or takes no connection: nobody waits for an answer (15 s) or a
connection (10 s). Usage: stops.py BINARY"""
import signal
import socket
import subprocess
import sys
import time

import boto3


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
