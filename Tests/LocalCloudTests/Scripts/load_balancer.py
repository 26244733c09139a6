"""Weights, large bodies, target states, and replacing every instance behind a load balancer."""
import base64
import collections
import hashlib
import os
import threading

from fleets import *

UPLOADS = """import hashlib, http.server, json
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    began = 0
    def answer(self, body, status=200):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        if self.path.startswith("/large/"):
            count = int(self.path.split("/")[-1])
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(count):
                self.wfile.write(b"100000\\r\\n" + bytes([at % 256]) * 0x100000 + b"\\r\\n")
            return self.wfile.write(b"0\\r\\n\\r\\n")
        if self.path == "/uploads/began":
            return self.answer(str(Handler.began).encode())
        self.answer(b"v1", 500 if self.path == "/broken" else 200)
    def do_POST(self):
        Handler.began += 1
        digest, count = hashlib.sha256(), 0
        if "Content-Length" in self.headers:
            left = int(self.headers["Content-Length"])
            while left:
                part = self.rfile.read(min(left, 1 << 16))
                digest.update(part)
                left -= len(part)
                count += len(part)
        else:
            while size := int(self.rfile.readline(), 16):
                digest.update(self.rfile.read(size))
                count += size
                self.rfile.readline()
            self.rfile.readline()
        self.answer(json.dumps({"count": count, "digest": digest.hexdigest(),
                                "headers": {name.lower(): value for name, value in self.headers.items()}}).encode())
    def log_message(self, *arguments): pass
http.server.ThreadingHTTPServer(("", 80), Handler).serve_forever()
"""


def version(name, page):
    template(name, page)
    tg = targets(name)
    group(name, name, tg)
    return tg


script = f"#!/bin/bash\ncat > /opt/uploads.py <<'END'\n{UPLOADS}END\nexec python3 /opt/uploads.py &\n"
ec2.create_launch_template(LaunchTemplateName="uploads", LaunchTemplateData={
    "ImageId": IMAGE, "InstanceType": "t3.micro", "SecurityGroupIds": [WEB],
    "UserData": base64.b64encode(script.encode()).decode()})
uploads = targets("uploads")
group("uploads", "uploads", uploads)
one, two = version("one", "1"), version("two", "2")
unused = elb.describe_target_health(TargetGroupArn=one)["TargetHealthDescriptions"]
assert all(row["TargetHealth"]["Reason"] == "Target.NotInUse" for row in unused), unused
missing = elb.describe_target_health(TargetGroupArn=one, Targets=[{"Id": "i-00000000000000000"}])["TargetHealthDescriptions"]
assert missing[0]["TargetHealth"] == {"State": "unused", "Reason": "Target.NotRegistered",
                                      "Description": missing[0]["TargetHealth"]["Description"]}, missing


def weighted(first, second):
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": [
        {"TargetGroupArn": one, "Weight": first}, {"TargetGroupArn": two, "Weight": second}]}}


arn, listener, url = balancer("web", weighted(1, 3))
elb.create_rule(ListenerArn=listener, Priority=10,
                Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/uploads*", "/large/*"]}}],
                Actions=[{"Type": "forward", "TargetGroupArn": uploads}])
for tg in (one, two, uploads):
    healthy(tg)


def share(count=200, **more):
    seen = collections.Counter(get(url, **more) for _ in range(count))
    assert all(status == 200 for status, _ in seen), seen
    return {page: number for (_, page), number in seen.items()}


# By weight: of 200 a quarter goes to the first, give or take five standard deviations.
seen = share()
assert 20 <= seen["1"] <= 80, seen
elb.modify_listener(ListenerArn=listener, DefaultActions=[weighted(0, 1)])
assert share(50) == {"2": 50}
elb.create_rule(ListenerArn=listener, Priority=20, Actions=[weighted(1, 0)],
                Conditions=[{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Try", "Values": ["first"]}}])
assert share(50, headers={"X-Try": "first"}) == {"1": 50} and share(20) == {"2": 20}
rules = elb.describe_rules(ListenerArn=listener)["Rules"]
assert [rule["Priority"] for rule in rules] == ["10", "20", "default"]
refused("PriorityInUse", elb.create_rule, ListenerArn=listener, Priority=20, Actions=[weighted(1, 0)],
        Conditions=[{"Field": "path-pattern", "Values": ["/x"]}])
elb.set_rule_priorities(RulePriorities=[{"RuleArn": rules[1]["RuleArn"], "Priority": 5}])
assert elb.describe_rules(RuleArns=[rules[1]["RuleArn"]])["Rules"][0]["Priority"] == "5"

# Large bodies go through as they come, both ways, with a length and in chunks, on one connection.
block = os.urandom(1 << 20)
wanted = hashlib.sha256()
for _ in range(64):
    wanted.update(block)
kept = connection(url)
kept.request("POST", "/uploads", body=(block for _ in range(64)), headers={"Content-Length": str(64 << 20)})
answer = json.loads(kept.getresponse().read())
assert (answer["count"], answer["digest"]) == (64 << 20, wanted.hexdigest())
assert answer["headers"]["x-forwarded-proto"] == "http" and answer["headers"]["x-forwarded-for"] == "127.0.0.1"
kept.request("POST", "/uploads", body=(block for _ in range(64)), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
answer = json.loads(kept.getresponse().read())
assert (answer["count"], answer["digest"]) == (64 << 20, wanted.hexdigest())
# What is answered here takes the rest of a body, and the connection serves on.
fixed = elb.create_rule(ListenerArn=listener, Priority=9, Conditions=[{"Field": "path-pattern", "Values": ["/fixed"]}], Actions=[
    {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "418", "ContentType": "text/plain", "MessageBody": "here"}}])
for more in ({"headers": {"Content-Length": str(64 << 20)}}, {"encode_chunked": True, "headers": {"Transfer-Encoding": "chunked"}}):
    kept.request("POST", "/fixed", body=(block for _ in range(64)), **more)
    answer = kept.getresponse()
    assert (answer.status, answer.read()) == (418, b"here"), answer.status
elb.delete_rule(RuleArn=fixed["Rules"][0]["RuleArn"])
kept.request("GET", "/large/64")
answer = kept.getresponse()
count = 0
while part := answer.read(1 << 16):
    count += len(part)
assert count == 64 << 20
kept.close()

# A failing check: unhealthy with its reason, and back.
elb.modify_target_group(TargetGroupArn=uploads, HealthCheckPath="/broken", UnhealthyThresholdCount=2)


def health(tg):
    return [(row["TargetHealth"]["State"], row["TargetHealth"].get("Reason"))
            for row in elb.describe_target_health(TargetGroupArn=tg)["TargetHealthDescriptions"]]


eventually(lambda: health(uploads) == [("unhealthy", "Target.ResponseCodeMismatch")])
elb.modify_target_group(TargetGroupArn=uploads, HealthCheckPath="/")
eventually(lambda: health(uploads) == [("healthy", None)])

# Instance refresh: one after the other, none too few, nothing dropped.
elb.modify_listener(ListenerArn=listener, DefaultActions=[{"Type": "forward", "TargetGroupArn": one}])
groups.update_auto_scaling_group(AutoScalingGroupName="one", DesiredCapacity=2, HealthCheckType="ELB", HealthCheckGracePeriod=0)
old = set(healthy(one, 2))
template("one", "1 again")
failures, pages, done = [], collections.Counter(), threading.Event()


def ask():
    while not done.is_set():
        try:
            status, page = get(url)
        except OSError as error:
            status, page = None, repr(error)
        pages[page] += 1
        if status != 200:
            failures.append((status, page))


clients = [threading.Thread(target=ask) for _ in range(2)]
for thread in clients:
    thread.start()
id = groups.start_instance_refresh(AutoScalingGroupName="one", Preferences={"MinHealthyPercentage": 50})["InstanceRefreshId"]
refused("InstanceRefreshInProgress", groups.start_instance_refresh, AutoScalingGroupName="one")


def refresh():
    return groups.describe_instance_refreshes(AutoScalingGroupName="one", InstanceRefreshIds=[id])["InstanceRefreshes"][0]


eventually(lambda: refresh()["Status"] == "Successful")
done.set()
for thread in clients:
    thread.join()
assert not failures, failures[:5]
assert refresh()["PercentageComplete"] == 100 and refresh()["InstancesToUpdate"] == 0
new = {row["InstanceId"] for row in described("one")["Instances"]}
assert len(new) == 2 and not new & old and set(share(20)) == {"1 again"}, (new, old)
assert pages["1"] and set(pages) <= {"1", "1 again"}, pages
refused("ActiveInstanceRefreshNotFound", groups.cancel_instance_refresh, AutoScalingGroupName="one")

# Deregistering drains: the request that runs ends well, and no other one comes.
(busy,) = healthy(uploads)
before = int(get(url, "/uploads/began")[1])
kept = connection(url)
kept.putrequest("POST", "/uploads")
kept.putheader("Content-Length", str(2 << 20))
kept.endheaders()
kept.send(block)
eventually(lambda: get(url, "/uploads/began") == (200, str(before + 1)))  # it has reached the target
elb.deregister_targets(TargetGroupArn=uploads, Targets=[{"Id": busy}])


def state():
    row = elb.describe_target_health(TargetGroupArn=uploads, Targets=[{"Id": busy}])["TargetHealthDescriptions"][0]
    return row["TargetHealth"]["State"], row["TargetHealth"]["Reason"]


assert state() == ("draining", "Target.DeregistrationInProgress"), state()
assert get(url, "/uploads")[0] == 503
kept.send(block)
assert json.loads(kept.getresponse().read())["count"] == 2 << 20
eventually(lambda: state() == ("unused", "Target.NotRegistered"))
