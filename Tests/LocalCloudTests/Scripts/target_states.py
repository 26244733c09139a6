"""The states of targets with their reasons, on a manual clock: when requests come to one, and when no more."""
from fleets import *

SERVER = """import http.server, time
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    health = "500"
    def do_GET(self):
        if self.path.startswith("/control/"):
            Handler.health = self.path.split("/")[-1]
        if self.path == "/health" and Handler.health == "hang":
            time.sleep(60)
        self.send_response(500 if self.path == "/health" and Handler.health == "500" else 200)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()
    def log_message(self, *arguments): pass
http.server.ThreadingHTTPServer(("", 80), Handler).serve_forever()
"""


def launch(page):
    script = (f"#!/bin/bash\ncat > /opt/server.py <<'END'\nPAGE = b'{page}'\n{SERVER}END\n"
              "cat > /etc/systemd/system/pages.service <<'END'\n[Service]\nExecStart=/usr/bin/python3 /opt/server.py\n"
              "[Install]\nWantedBy=multi-user.target\nEND\nsystemctl enable --now pages\n")
    id = ec2.run_instances(ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1, SecurityGroupIds=[WEB],
                           SubnetId=SUBNETS[0], UserData=script)["Instances"][0]["InstanceId"]
    passes(lambda: ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]["State"]["Name"] == "running")
    return id


def target_group(name, **more):
    return elb.create_target_group(
        Name=name, Protocol="HTTP", Port=80, VpcId=VPC, HealthCheckPath="/health", HealthCheckIntervalSeconds=30,
        HealthCheckTimeoutSeconds=2, HealthyThresholdCount=3, UnhealthyThresholdCount=2, **more)["TargetGroups"][0]["TargetGroupArn"]


def health(id, tg=None):
    row = elb.describe_target_health(TargetGroupArn=tg or web, Targets=[{"Id": id}])["TargetHealthDescriptions"][0]
    return tuple(row["TargetHealth"].get(name) for name in ("State", "Reason", "Description"))


def checks():
    """Lets the time to the next check of each target pass; returns when all of them have been made and wait again."""
    waiting = clock()["sleepers"]
    advance(30)
    eventually(lambda: clock()["sleepers"] >= waiting)


def becomes(id, *wanted):
    """Real programs take their time to answer a check; the clock stands meanwhile."""
    eventually(lambda: health(id) == wanted or None)


def answers(count=20):
    seen = [get(url) for _ in range(count)]
    assert {status for status, _ in seen} == {200}, seen
    return {page for _, page in seen}


def control(page, mode):
    assert get(url, f"/control/{mode}", headers={"X-To": page})[0] == 200


one, two = launch("one"), launch("two")
web = target_group("web")
assert health(one) == ("unused", "Target.NotRegistered", "Target is not registered to the target group")
elb.register_targets(TargetGroupArn=web, Targets=[{"Id": one}])
assert health(one) == ("unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer")
row = elb.create_load_balancer(Name="web", Subnets=SUBNETS, SecurityGroups=[WEB])["LoadBalancers"][0]
assert row["State"]["Code"] == "provisioning", row
arn, url = row["LoadBalancerArn"], f"http://{row['DNSName']}/"
listener = elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[
    {"Type": "forward", "TargetGroupArn": web}])["Listeners"][0]["ListenerArn"]
passes(lambda: elb.describe_load_balancers(Names=["web"])["LoadBalancers"][0]["State"]["Code"] == "active")
# A way to each of the two that does not depend on their health.
for priority, (page, id) in enumerate((("one", one), ("two", two)), 1):
    way = elb.create_target_group(Name=f"to-{page}", Protocol="HTTP", Port=80, VpcId=VPC)["TargetGroups"][0]["TargetGroupArn"]
    elb.create_rule(ListenerArn=listener, Priority=priority, Actions=[{"Type": "forward", "TargetGroupArn": way}],
                    Conditions=[{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-To", "Values": [page]}}])
    elb.register_targets(TargetGroupArn=way, Targets=[{"Id": id}])
    passes(lambda: health(id, way)[0] == "healthy")
INITIAL = ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
control("one", "ok")
passes(lambda: health(one) == ("healthy", None, None))

# While one is healthy, another that is still in its first checks takes no request.
elb.register_targets(TargetGroupArn=web, Targets=[{"Id": two}])
assert health(two)[:2] in (("initial", "Elb.RegistrationInProgress"), INITIAL[:2]), health(two)
assert answers() == {"one"}
becomes(two, *INITIAL)
assert answers(40) == {"one"}
# Its second failed check makes it unhealthy, with the reason of the last check.
checks()
becomes(two, "unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [500]")
assert answers() == {"one"}
control("two", "hang")
checks()
becomes(two, "unhealthy", "Target.Timeout", "Request timed out")
elb.modify_target_group(TargetGroupArn=web, HealthCheckPort="9")
checks()
becomes(two, "unhealthy", "Target.FailedHealthChecks", "Health checks failed")
# The other one had its first failed check, and is healthy until its second: then all are unhealthy, and all take requests.
assert health(one) == ("healthy", None, None) and answers() == {"one"}
checks()
becomes(one, "unhealthy", "Target.FailedHealthChecks", "Health checks failed")
assert answers() == {"one", "two"}
# The way back takes as many passed checks as the group says.
elb.modify_target_group(TargetGroupArn=web, HealthCheckPort="traffic-port")
control("two", "ok")
for _ in range(2):
    checks()
    assert health(two)[0] == "unhealthy" and health(one)[0] == "unhealthy", (health(one), health(two))
checks()
becomes(one, "healthy", None, None)
becomes(two, "healthy", None, None)
assert answers() == {"one", "two"}

# Stopped, it is not used; started again, it begins again.
ec2.stop_instances(InstanceIds=[two])
passes(lambda: health(two) == ("unused", "Target.InvalidState", "Target is in the stopped state"))
assert answers() == {"one"}
ec2.start_instances(InstanceIds=[two])
passes(lambda: health(two)[:2] == INITIAL[:2])
assert answers() == {"one"}
passes(lambda: get(url, "/control/ok", headers={"X-To": "two"})[0] == 200)
passes(lambda: health(two) == ("healthy", None, None))

# Taken out, it is draining for its delay: a client that keeps its connection goes on with the other one, the request that is
# under way ends well, and nobody new comes.
elb.modify_target_group_attributes(TargetGroupArn=web, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "120"}])
under_way = []
for _ in range(2):  # they take turns: one of each
    kept = connection(url)
    kept.putrequest("POST", "/")
    kept.putheader("Content-Length", "2")
    kept.endheaders()
    kept.send(b"1")
    under_way.append(kept)
    time.sleep(0.2)
client_of_both = connection(url)


def ask():
    client_of_both.request("GET", "/")
    answer = client_of_both.getresponse()
    return answer.status, answer.read().decode()


assert {ask() for _ in range(20)} == {(200, "one"), (200, "two")}
socket = client_of_both.sock
elb.deregister_targets(TargetGroupArn=web, Targets=[{"Id": two}])
DRAINING = ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
assert health(two) == DRAINING
assert {ask() for _ in range(20)} == {(200, "one")} and client_of_both.sock is socket and answers() == {"one"}
ended = []
for kept in under_way:
    kept.send(b"2")
    answer = kept.getresponse()
    ended.append((answer.status, answer.read().decode()))
assert sorted(ended) == [(200, "one"), (200, "two")], ended
advance(119)
assert health(two) == DRAINING
advance(2)
assert health(two)[:2] == ("unused", "Target.NotRegistered")
# Registered again while it drains, it starts from the beginning.
elb.register_targets(TargetGroupArn=web, Targets=[{"Id": two}])
passes(lambda: health(two)[0] == "healthy")
elb.deregister_targets(TargetGroupArn=web, Targets=[{"Id": two}])
elb.register_targets(TargetGroupArn=web, Targets=[{"Id": two}])
assert health(two)[0] in ("initial", "healthy"), health(two)
passes(lambda: health(two)[0] == "healthy")
advance(120)
assert health(two)[0] == "healthy" and answers() == {"one", "two"}

# The load balancer's interfaces stay for a minute after it, and its security group with them.
ec2.terminate_instances(InstanceIds=[one, two])
passes(lambda: all(row["State"]["Name"] == "terminated" for reservation in ec2.describe_instances(
    InstanceIds=[one, two])["Reservations"] for row in reservation["Instances"]))
elb.delete_load_balancer(LoadBalancerArn=arn)


def interfaces():
    return [(row["RequesterId"], row["Description"].startswith("ELB app/web/")) for row in ec2.describe_network_interfaces(
        Filters=[{"Name": "group-id", "Values": [WEB]}])["NetworkInterfaces"]]


assert interfaces() == [("amazon-elb", True)] * 2, interfaces()
advance(58)
assert interfaces() == [("amazon-elb", True)] * 2, interfaces()
assert refused("DependencyViolation", ec2.delete_security_group, GroupId=WEB) == f"resource {WEB} has a dependent object"
advance(3)
assert not interfaces()
ec2.delete_security_group(GroupId=WEB)
