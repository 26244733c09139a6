"""A clock that shortens AWS's waits shortens nothing that happens on an instance: groups do not replace what is only slow."""
import datetime

from fleets import *

SERVER = """#!/bin/bash
sleep 6
cat > /opt/server.py <<'END'
import http.server
left = 0
passed = 0
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global left, passed
        if self.path.startswith("/fail/"):
            left, passed = int(self.path[6:]), 0
        elif self.path == "/health":
            left, passed = max(0, left - 1), passed + (left == 0)
            if left or not passed:
                return self.send_error(500)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(passed).encode())
    def log_message(self, *arguments): pass
http.server.ThreadingHTTPServer(("", 80), Handler).serve_forever()
END
printf '[Service]\\nExecStart=/usr/bin/python3 /opt/server.py\\n[Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/pages.service
systemctl enable --now pages
"""
cloudwatch = client("cloudwatch")


def only(name="fleet"):
    """The group's instances, and how many activities it took."""
    rows = described(name)["Instances"]
    return [row["InstanceId"] for row in rows], len(groups.describe_scaling_activities(AutoScalingGroupName=name)["Activities"])


def change(**more):
    groups.update_auto_scaling_group(AutoScalingGroupName="fleet", **more)


def replaced(id):
    eventually(lambda: (lambda ids: ids and ids != [id])(only()[0]))
    return eventually(lambda: [row["InstanceId"] for row in described("fleet")["Instances"] if row["LifecycleState"] == "InService"])[0]


data = {"ImageId": IMAGE, "InstanceType": "t3.micro", "SecurityGroupIds": [WEB],
        "UserData": base64.b64encode(SERVER.encode()).decode()}
ec2.create_launch_template(LaunchTemplateName="fleet", LaunchTemplateData=data)
# Checks of 30 seconds, two of which may fail: half a minute, which on this clock is a third of a second of waits.
slow = elb.create_target_group(Name="slow", Protocol="HTTP", Port=80, VpcId=VPC, HealthCheckPath="/health")[
    "TargetGroups"][0]["TargetGroupArn"]
tg = targets("fleet", HealthCheckPath="/health")
_, listener, url = balancer("fleet", {"Type": "forward", "TargetGroupArn": tg})
elb.create_rule(ListenerArn=listener, Priority=1, Actions=[{"Type": "forward", "TargetGroupArn": slow}],
                Conditions=[{"Field": "path-pattern", "Values": ["/slow"]}])
group("slow", "fleet", slow, HealthCheckType="ELB", HealthCheckGracePeriod=0)
group("fleet", "fleet", tg, HealthCheckType="ELB", HealthCheckGracePeriod=300)
# User data takes longer than a shortened grace period, and its instance fails its checks meanwhile.
first, patient = eventually(lambda: only()[0]), eventually(lambda: only("slow")[0])
for arn in (tg, slow):
    eventually(lambda: [row["TargetHealth"]["State"] for row in elb.describe_target_health(TargetGroupArn=arn)[
        "TargetHealthDescriptions"]] == ["unhealthy"])
dimensions = [{"Name": name, "Value": arn.split(":", 5)[5].removeprefix("loadbalancer/")} for name, arn in (
    ("TargetGroup", tg), ("LoadBalancer", elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]))]


def hosts(name):
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=1)
    rows = cloudwatch.get_metric_statistics(
        Namespace="AWS/ApplicationELB", MetricName=name, Dimensions=dimensions, Statistics=["Maximum"], Period=60,
        StartTime=end - datetime.timedelta(minutes=10), EndTime=end)["Datapoints"]
    return max((row["Maximum"] for row in rows), default=None)


eventually(lambda: hosts("UnHealthyHostCount") == 1)
assert healthy(tg) == first and healthy(slow) == patient
eventually(lambda: hosts("HealthyHostCount") == 1)
assert only() == (first, 1) and only("slow") == (patient, 1), (only(), only("slow"))

# What a user says of an instance respects the grace period, unless it is told not to.
groups.set_instance_health(InstanceId=first[0], HealthStatus="Unhealthy")
assert only() == (first, 1), only()
groups.set_instance_health(InstanceId=first[0], HealthStatus="Unhealthy", ShouldRespectGracePeriod=False)
second = replaced(first[0])
# While a group's own checks are suspended, it does not mark anything by itself, and heeds what it is told.
change(HealthCheckGracePeriod=0)
groups.suspend_processes(AutoScalingGroupName="fleet", ScalingProcesses=["HealthCheck"])
eventually(lambda: [row["TargetHealth"]["State"] for row in elb.describe_target_health(
    TargetGroupArn=tg, Targets=[{"Id": second}])["TargetHealthDescriptions"]] == ["unhealthy"])
assert [row["HealthStatus"] for row in described("fleet")["Instances"]] == ["Healthy"]
eventually(lambda: healthy(tg) == [second])
groups.set_instance_health(InstanceId=second, HealthStatus="Unhealthy")
third = replaced(second)
change(HealthCheckGracePeriod=300)
groups.resume_processes(AutoScalingGroupName="fleet")
eventually(lambda: healthy(tg) == [third])

# Ten failed checks are half a second of it, twenty times what its group allows and the clock makes of it.
change(HealthCheckGracePeriod=0)
before = only()
get(url, "/fail/10")
eventually(lambda: int(get(url)[1]) > 10)
assert only() == before == ([third], before[1]), (only(), before)

# One that keeps failing is replaced.
get(url, "/fail/100000")
replaced(third)
