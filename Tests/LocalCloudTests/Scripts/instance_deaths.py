"""Under load: an instance whose first process is killed, and one that its group terminates."""
from load import *

template("fleet", "v1")
tg = targets("fleet")
_, _, url = balancer("fleet", {"Type": "forward", "TargetGroupArn": tg})
group("fleet", "fleet", tg, size=3, HealthCheckType="ELB", HealthCheckGracePeriod=0)
before = healthy(tg, 3)
CLIENTS = 4


def replaced(victim):
    """Until the group has its size again, without the one that went."""
    def look():
        rows = {row["InstanceId"]: row["LifecycleState"] for row in described("fleet")["Instances"]}
        return victim not in rows and set(rows.values()) == {"InService"} and len(rows) == 3
    eventually(look)
    assert victim not in healthy(tg, 3)


# A machine that dies takes what it was answering with it, as on AWS: a request that may not be sent twice ends in 502, at most
# one for each connection that the load balancer had to it. What comes after that goes to the others. A GET that nothing came
# back of is asked again, so that its client sees nothing at all.
victim = before[0]
with hey(url, clients=CLIENTS) as reads, hey(url, "-m", "POST", "-d", "x", clients=CLIENTS) as writes:
    os.kill(first_process(victim), signal.SIGKILL)
    replaced(victim)
state = ec2.describe_instances(InstanceIds=[victim])["Reservations"][0]["Instances"][0]
assert state["State"]["Name"] in ("shutting-down", "terminated"), state["State"]
for report in reads:
    report.check()
for report in writes:
    assert set(report.statuses) <= {200, 502} and report.statuses[200] > 10 and not report.errors, report.text
    assert report.statuses.get(502, 0) <= CLIENTS, report.text
causes = [row["Cause"] for row in groups.describe_scaling_activities(AutoScalingGroupName="fleet")["Activities"]]
assert any("health check" in cause for cause in causes), causes

# One that the group takes away is let go of first: its requests end, whatever they are.
victim = healthy(tg, 3)[0]
with hey(url, clients=CLIENTS) as reads, hey(url, "-m", "POST", "-d", "x", clients=CLIENTS) as writes:
    witness = Witness(url)
    groups.terminate_instance_in_auto_scaling_group(InstanceId=victim, ShouldDecrementDesiredCapacity=False)
    replaced(victim)
    assert {page for _, _, page in witness.end()} == {"v1"}
for report in reads + writes:
    report.check()
