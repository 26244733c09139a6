"""A clock that shortens AWS's waits shortens nothing that happens on an instance: groups do not replace what is only slow."""
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


def only():
    """The group's one instance, and how many activities it took."""
    rows = described("fleet")["Instances"]
    return [row["InstanceId"] for row in rows], len(groups.describe_scaling_activities(AutoScalingGroupName="fleet")["Activities"])


data = {"ImageId": IMAGE, "InstanceType": "t3.micro", "SecurityGroupIds": [WEB],
        "UserData": base64.b64encode(SERVER.encode()).decode()}
ec2.create_launch_template(LaunchTemplateName="fleet", LaunchTemplateData=data)
tg = targets("fleet", HealthCheckPath="/health")
_, _, url = balancer("fleet", {"Type": "forward", "TargetGroupArn": tg})
group("fleet", "fleet", tg, HealthCheckType="ELB", HealthCheckGracePeriod=300)
# Its user data takes longer than the shortened grace period, and it fails its checks meanwhile.
first = eventually(lambda: only()[0])
eventually(lambda: [row["TargetHealth"]["State"] for row in elb.describe_target_health(TargetGroupArn=tg)[
    "TargetHealthDescriptions"]] == ["unhealthy"])
assert healthy(tg) == first
assert only() == (first, 1), only()

# Ten failed checks are half a second of it, twenty times what its group allows and the clock makes of it.
groups.update_auto_scaling_group(AutoScalingGroupName="fleet", HealthCheckGracePeriod=0)
get(url, "/fail/10")
eventually(lambda: int(get(url)[1]) > 10)
assert only() == (first, 1), only()

# One that keeps failing is replaced.
get(url, "/fail/100000")
eventually(lambda: (lambda ids: ids and ids != first)(only()[0]))
