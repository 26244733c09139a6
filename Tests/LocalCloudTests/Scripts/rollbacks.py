"""Under load: a blue/green deployment that is rolled back before its switch, and ones that are rolled back after it."""
from load import *

PAGES = 'import http.server\n' """
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()
    def do_GET(self):
        body = open("/var/www/html/index.html", "rb").read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments): pass
http.server.ThreadingHTTPServer(("", 80), Handler).serve_forever()
"""
script = (USER_DATA % "v1").replace("systemctl enable --now httpd", "cat > /opt/pages.py <<'END'\n" + PAGES + "END\npython3 /opt/pages.py &")
s3.create_bucket(Bucket="revisions")
ec2.create_launch_template(LaunchTemplateName="fleet", LaunchTemplateData={
    "ImageId": IMAGE, "InstanceType": "t3.micro", "SecurityGroupIds": [WEB], "IamInstanceProfile": {"Name": "fleet"},
    "UserData": base64.b64encode(script.encode()).decode()})
tg = targets("fleet")
_, listener, url = balancer("fleet", {"Type": "forward", "TargetGroupArn": tg})
group("blue", "fleet", tg, size=2)

# What is under way on an instance that its group takes away ends first, however long that takes within the delay.
delay = "deregistration_delay.timeout_seconds"
elb.modify_target_group_attributes(TargetGroupArn=tg, Attributes=[{"Key": delay, "Value": "3600"}])
victim = healthy(tg, 2)[0]
under_way = [UnderWay(url) for _ in range(4)]  # they take turns: two of them are the victim's
time.sleep(2)
assert [get(url)[0] for _ in range(8)] == [200] * 8  # what came before these has reached the targets
groups.terminate_instance_in_auto_scaling_group(InstanceId=victim, ShouldDecrementDesiredCapacity=False)
time.sleep(1)
assert [row["LifecycleState"] for row in described("blue")["Instances"] if row["InstanceId"] == victim] == ["Terminating"]
assert [one.end() for one in under_way] == [(200, "v1")] * 4
eventually(lambda: victim not in {row["InstanceId"] for row in described("blue")["Instances"]})
elb.modify_target_group_attributes(TargetGroupArn=tg, Attributes=[{"Key": delay, "Value": "300"}])
blue = set(healthy(tg, 2))
cloudwatch = client("cloudwatch")
cloudwatch.put_metric_alarm(AlarmName="errors", Namespace="App", MetricName="Errors", Statistic="Sum", Period=60,
                            EvaluationPeriods=1, Threshold=5, ComparisonOperator="GreaterThanThreshold")
deploys.create_application(applicationName="app")
deploys.create_deployment_group(
    applicationName="app", deploymentGroupName="dg", serviceRoleArn=ROLES["codedeploy"], autoScalingGroups=["blue"],
    deploymentConfigName="CodeDeployDefault.AllAtOnce",
    deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
    loadBalancerInfo={"targetGroupInfoList": [{"name": "fleet"}]},
    alarmConfiguration={"enabled": True, "alarms": [{"name": "errors"}]},
    autoRollbackConfiguration={"enabled": True, "events": [
        "DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]},
    blueGreenDeploymentConfiguration={
        "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 1440},
        "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"},
        "greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"}})


def deploy(text, hooks=None):
    place = revision(text, page(text, hooks))
    return deploys.create_deployment(applicationName="app", deploymentGroupName="dg", revision=place)["deploymentId"]


def registered():
    rows = elb.describe_target_health(TargetGroupArn=tg)["TargetHealthDescriptions"]
    return {row["Target"]["Id"]: row["TargetHealth"]["State"] for row in rows if row["TargetHealth"]["State"] != "draining"}


def rolled_back(id):
    """Follows a deployment's rollback to its end: the original instances have the traffic, the group and its hook again."""
    back = eventually(lambda: deployment(id).get("rollbackInfo", {}).get("rollbackDeploymentId"))
    reaches(back, "Succeeded")
    assert registered() == {one: "healthy" for one in blue}, (registered(), blue)
    info = deploys.get_deployment_group(applicationName="app", deploymentGroupName="dg")["deploymentGroupInfo"]
    assert [row["name"] for row in info["autoScalingGroups"]] == ["blue"], info["autoScalingGroups"]
    # Nothing was ever deployed to them, and that has not changed.
    assert "lastSuccessfulDeployment" not in info, info
    hooks = {name: [row["LifecycleHookName"] for row in groups.describe_lifecycle_hooks(AutoScalingGroupName=name)["LifecycleHooks"]]
             for name in ("blue", f"CodeDeploy_dg_{id}")}
    assert len(hooks["blue"]) == 1 and not hooks[f"CodeDeploy_dg_{id}"], hooks
    return {row["instanceLabel"]: [name for name, _ in course(row)] for row in deployment_targets(back)}


def clean(id):
    groups.delete_auto_scaling_group(AutoScalingGroupName=f"CodeDeploy_dg_{id}", ForceDelete=True)


def switched(id):
    """Green has the traffic, and blue waits for its end."""
    eventually(lambda: deployment(id).get("instanceTerminationWaitTimeStarted"))
    assert set(registered()).isdisjoint(blue), registered()
    return id


def blocked(id, label):
    """When BlockTraffic began on the instances of a label, once it has on all of them."""
    def look():
        rows = [row for row in deployment_targets(id) if row["instanceLabel"] == label]
        began = [event["startTime"] for row in rows for event in row["lifecycleEvents"]
                 if event["lifecycleEventName"] == "BlockTraffic" and "startTime" in event]
        return max(began) if began and len(began) == len(rows) else None
    return eventually(look)


# Before the switch: a hook on green fails, or somebody stops it. Nobody sees anything of it.
with hey(url) as reports:
    witness = Witness(url)
    failed = deploy("v2", {"ValidateService": "exit 1"})
    assert reaches(failed, "Failed")["errorInformation"]["code"] == "HEALTH_CONSTRAINTS"
    rolled_back(failed)
    stopped = deploy("v3", {"AfterInstall": "sleep 45"})
    eventually(lambda: any(("AfterInstall", "InProgress") in course(one) for one in deployment_targets(stopped)))
    deploys.stop_deployment(deploymentId=stopped, autoRollbackEnabled=True)
    assert reaches(stopped, "Stopped")["errorInformation"]["code"] == "MANUAL_STOP"
    rolled_back(stopped)
    assert {page for _, _, page in witness.end()} == {"v1"}
for report in reports:
    report.check()
for id in (failed, stopped):
    clean(id)

# After the switch: a stop by hand, and an alarm, while blue waits for its end. What is under way on green is finished, and
# once green has drained nobody sees it again.
with hey(url) as reports:
    witness = Witness(url)
    for text, end in (
        ("v4", lambda id: deploys.stop_deployment(deploymentId=id, autoRollbackEnabled=True)),
        ("v5", lambda id: cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")),
    ):
        under_way = [UnderWay(url) for _ in range(4)]
        id = deploy(text)
        moment = blocked(id, "Blue")
        assert {one.end_after(moment) for one in under_way} == {(200, "v1")}
        switched(id)
        moved = time.monotonic()
        under_way = [UnderWay(url) for _ in range(4)]
        end(id)
        row = reaches(id, "Stopped")
        assert row["errorInformation"]["code"] == ("MANUAL_STOP" if text == "v4" else "ALARM_ACTIVE"), row
        assert "instanceTerminationWaitTimeStarted" not in row or not row["instanceTerminationWaitTimeStarted"], row
        back = eventually(lambda: deployment(id).get("rollbackInfo", {}).get("rollbackDeploymentId"))
        moment = blocked(back, "Green")
        assert {one.end_after(moment) for one in under_way} == {(200, text)}
        order = rolled_back(id)
        assert order == {"Blue": ["BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"],
                         "Green": ["BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic"]}, order
        back = time.monotonic()
        # It did not mind that the alarm was still on.
        cloudwatch.set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="test")
        time.sleep(0.2)
        assert text in witness.pages(moved) and witness.pages(back) == {"v1"}, (text, witness.pages(moved), witness.pages(back))
        # Green is out of the group, and its instances run on.
        assert len(described(f"CodeDeploy_dg_{id}")["Instances"]) == 2
        clean(id)
    assert {page for _, _, page in witness.end()} == {"v1", "v4", "v5"}
for report in reports:
    report.check()

# The group goes on as before: the next deployment copies blue.
good = switched(deploy("v6"))
deploys.continue_deployment(deploymentId=good, deploymentWaitType="TERMINATION_WAIT")
reaches(good, "Succeeded")
eventually(lambda: described("blue") is None)
assert get(url) == (200, "v6")
