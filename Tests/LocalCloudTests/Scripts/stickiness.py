"""Clients that stay with a target or a target group; the way back of an instance refresh."""
from fleets import *

SERVER = """import http.server, socket
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = socket.gethostname().encode()
        self.send_response(200)
        if self.path == "/login": self.send_header("Set-Cookie", "SESSION=1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments): pass
http.server.ThreadingHTTPServer(("", 80), Handler).serve_forever()
"""
script = f"#!/bin/bash\ncat > /opt/server.py <<'END'\n{SERVER}END\nexec python3 /opt/server.py &\n"
data = {"ImageId": IMAGE, "InstanceType": "t3.micro", "SecurityGroupIds": [WEB],
        "UserData": base64.b64encode(script.encode()).decode()}
ec2.create_launch_template(LaunchTemplateName="named", LaunchTemplateData=data)
pair, single = targets("pair"), targets("single")
group("pair", "named", pair, size=2)
group("single", "named", single)
web, listener, url = balancer("web", {"Type": "forward", "TargetGroupArn": pair})
healthy(pair, 2)


def ask(path="/", **cookies):
    """The target that answered, and the cookies that it and the load balancer set."""
    one = connection(url)
    one.request("GET", path, headers={"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {})
    answer = one.getresponse()
    body = answer.read().decode()
    assert answer.status == 200, (answer.status, body)
    given = [cookie.split(";")[0].split("=", 1) for cookie in answer.headers.get_all("Set-Cookie") or []]
    return body, dict(given)


def pages(count=20, **cookies):
    return {ask(**cookies)[0] for _ in range(count)}


def attributes(target_group, **values):
    elb.modify_target_group_attributes(TargetGroupArn=target_group, Attributes=[
        {"Key": key.replace("__", "."), "Value": value} for key, value in values.items()])


# Attributes that there are not, and values that they cannot have, are refused and change nothing.
before = elb.describe_target_group_attributes(TargetGroupArn=pair)["Attributes"]
for key, value in (("no.such_key", "1"), ("stickiness.enabled", "perhaps"), ("slow_start.duration_seconds", "10"),
                   ("deregistration_delay.timeout_seconds", "3601"), ("load_balancing.algorithm.type", "fastest"),
                   ("target_group_health.dns_failover.minimum_healthy_targets.percentage", "101")):
    message = refused("ValidationError", elb.modify_target_group_attributes, TargetGroupArn=pair, Attributes=[
        {"Key": "slow_start.duration_seconds", "Value": "30"}, {"Key": key, "Value": value}])
    assert f"'{key}'" in message, message
assert elb.describe_target_group_attributes(TargetGroupArn=pair)["Attributes"] == before
before = elb.describe_load_balancer_attributes(LoadBalancerArn=web)["Attributes"]
for key, value in (("no.such_key", "1"), ("deletion_protection.enabled", "yes"), ("idle_timeout.timeout_seconds", "0"),
                   ("idle_timeout.timeout_seconds", "soon"), ("routing.http.desync_mitigation_mode", "lax")):
    message = refused("ValidationError", elb.modify_load_balancer_attributes, LoadBalancerArn=web, Attributes=[
        {"Key": "idle_timeout.timeout_seconds", "Value": "61"}, {"Key": key, "Value": value}])
    assert f"'{key}'" in message, message
assert elb.describe_load_balancer_attributes(LoadBalancerArn=web)["Attributes"] == before


# Off, the two take turns; on, a client that brings the cookie back stays where it was.
both = pages()
assert len(both) == 2 and ask()[1] == {}
refused("ValidationError", attributes, pair, stickiness__type="whim")
refused("ValidationError", attributes, pair, stickiness__lb_cookie__duration_seconds="0")
attributes(pair, stickiness__enabled="true", stickiness__lb_cookie__duration_seconds="60")
page, cookies = ask()
assert set(cookies) == {"AWSALB", "AWSALBCORS"} and cookies["AWSALB"] == cookies["AWSALBCORS"], cookies
assert pages(AWSALB=cookies["AWSALB"], other="x") == {page}
assert pages(AWSALB="nonsense") == both and pages() == both

# Its target goes: it drains for its delay although nothing is under way, and the client is sent to the other one.
attributes(pair, deregistration_delay__timeout_seconds="3600")
rows = ec2.describe_instances(Filters=[{"Name": "private-dns-name", "Values": [page + ".*"]}])["Reservations"]
gone = rows[0]["Instances"][0]["InstanceId"]
elb.deregister_targets(TargetGroupArn=pair, Targets=[{"Id": gone}])


def state():
    row = elb.describe_target_health(TargetGroupArn=pair, Targets=[{"Id": gone}])["TargetHealthDescriptions"][0]
    return row["TargetHealth"]["State"], row["TargetHealth"]["Reason"]


assert state() == ("draining", "Target.DeregistrationInProgress"), state()
assert pages(AWSALB=cookies["AWSALB"]) == both - {page}
elb.register_targets(TargetGroupArn=pair, Targets=[{"Id": gone}])
healthy(pair, 2)

# By a cookie of the application: only once it has set it.
refused("ValidationError", attributes, pair, stickiness__type="app_cookie")
attributes(pair, stickiness__type="app_cookie", stickiness__app_cookie__cookie_name="SESSION")
assert ask()[1] == {} and pages() == both
page, cookies = ask("/login")
assert set(cookies) == {"SESSION", "AWSALBAPP-0"}, cookies
assert pages(**cookies) == {page}

# With several target groups: the client stays with the group.
attributes(pair, stickiness__enabled="false")
elb.modify_listener(ListenerArn=listener, DefaultActions=[{"Type": "forward", "ForwardConfig": {
    "TargetGroups": [{"TargetGroupArn": pair, "Weight": 1}, {"TargetGroupArn": single, "Weight": 1}],
    "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 60}}}])
healthy(single)
everywhere = pages(60)
(alone,) = everywhere - both
while True:
    page, cookies = ask()
    assert set(cookies) == {"AWSALBTG", "AWSALBTGCORS"}, cookies
    if page == alone:
        break
assert pages(AWSALBTG=cookies["AWSALBTG"]) == {alone}
while page == alone:
    page, cookies = ask()
assert pages(40, AWSALBTG=cookies["AWSALBTG"]) == both

# The way back of a refresh: the group has its template again, and what was replaced is replaced again.
ec2.create_launch_template(LaunchTemplateName="plain", LaunchTemplateData={"ImageId": IMAGE, "InstanceType": "t3.micro"})
ec2.create_launch_template_version(LaunchTemplateName="plain", LaunchTemplateData={"ImageId": IMAGE, "InstanceType": "t3.small"})
groups.create_auto_scaling_group(
    AutoScalingGroupName="back", LaunchTemplate={"LaunchTemplateName": "plain", "Version": "1"}, MinSize=0, MaxSize=2,
    DesiredCapacity=1, VPCZoneIdentifier=",".join(SUBNETS))


def members():
    return [(row["LifecycleState"], row["LaunchTemplate"]["Version"], row["InstanceId"]) for row in described("back")["Instances"]]


eventually(lambda: [row[:2] for row in members()] == [("InService", "1")])
refused("ActiveInstanceRefreshNotFound", groups.rollback_instance_refresh, AutoScalingGroupName="back")
groups.put_lifecycle_hook(AutoScalingGroupName="back", LifecycleHookName="hold", HeartbeatTimeout=7200,
                          LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING")
start = {"AutoScalingGroupName": "back", "Preferences": {"MinHealthyPercentage": 0, "InstanceWarmup": 0}}
groups.start_instance_refresh(**start)
refused("IrreversibleInstanceRefresh", groups.rollback_instance_refresh, AutoScalingGroupName="back")


def release():
    """Lets instances in that wait; the group's states."""
    for lifecycle, _, id in members():
        if lifecycle == "Pending:Wait":
            groups.complete_lifecycle_action(AutoScalingGroupName="back", LifecycleHookName="hold", InstanceId=id,
                                             LifecycleActionResult="CONTINUE")
    return [row["Status"] for row in groups.describe_instance_refreshes(AutoScalingGroupName="back")["InstanceRefreshes"]]


eventually(lambda: release()[0] == "Successful")
desired = {"LaunchTemplate": {"LaunchTemplateName": "plain", "Version": "2"}}
id = groups.start_instance_refresh(**start, DesiredConfiguration=desired)["InstanceRefreshId"]
eventually(lambda: [row[:2] for row in members()] == [("Pending:Wait", "2")])
assert groups.rollback_instance_refresh(AutoScalingGroupName="back")["InstanceRefreshId"] == id
assert release()[0] == "RollbackInProgress"
refused("ActiveInstanceRefreshNotFound", groups.rollback_instance_refresh, AutoScalingGroupName="back")
eventually(lambda: release()[0] == "RollbackSuccessful")
eventually(lambda: [row[:2] for row in members()] == [("InService", "1")])
assert described("back")["LaunchTemplate"]["Version"] == "1"
row = groups.describe_instance_refreshes(AutoScalingGroupName="back", InstanceRefreshIds=[id])["InstanceRefreshes"][0]
assert row["DesiredConfiguration"]["LaunchTemplate"]["Version"] == "2" and row["RollbackDetails"]["RollbackReason"], row
