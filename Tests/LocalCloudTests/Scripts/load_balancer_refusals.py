"""What load balancing refuses, in AWS's codes and words; nothing is made or changed by a call that is refused."""
from support import *

elb, ec2 = raw("elbv2"), client("ec2")
V = "ValidationError"
subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
ARN = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}"


def says(words, code, call, **parameters):
    message = refused(code, call, status=400, **parameters)
    assert words in message, message


def tags(*keys):
    return [{"Key": key, "Value": "v"} for key in keys]


TOO_MANY = tags(*(f"k{number}" for number in range(51)))
BAD_TAGS = ((tags("a", "b", "a"), "DuplicateTagKeys", "more than once: 'a'"), (TOO_MANY, "TooManyTags", "limit on the number of tags"),
            (tags("aws:a"), V, "Tag key 'aws:a' cannot start with 'aws:'"), (tags("AWS:a"), V, "'AWS:a' cannot start"))

# Names, and where load balancers are.
for name, words in (("internal-l", "cannot begin with 'internal-'"), ("-l", "cannot begin or end with '-'"), ("l-", "begin or end"),
                    ("l_2", "can only contain characters that are alphanumeric characters and hyphens(-)"),
                    ("l" * 33, "cannot be longer than '32' characters")):
    says(f"The load balancer name '{name}' {words}" if " characters" in words else words, V, elb.create_load_balancer, Name=name,
         Subnets=subnets[:2])
for more, code, words in (
        ({"Subnets": subnets[:2], "SubnetMappings": [{"SubnetId": subnets[0]}]}, V, "at the same time"),
        ({"SubnetMappings": [{"SubnetId": subnets[0], "AllocationId": "eipalloc-1"}, {"SubnetId": subnets[1]}]}, V, "Elastic IPs"),
        ({"Subnets": subnets[:2], "IpAddressType": "dualstack"}, V, "subnets with an associated IPv6 CIDR block"),
        *(({"Subnets": subnets[:2], "Tags": given}, code, words) for given, code, words in BAD_TAGS)):
    says(words, code, elb.create_load_balancer, Name="l", **more)
assert elb.describe_load_balancers()["LoadBalancers"] == []
balancer = elb.create_load_balancer(Name="l", Subnets=subnets[:2], Tags=tags(*(f"k{number}" for number in range(50))))
balancer = balancer["LoadBalancers"][0]["LoadBalancerArn"]
says("cannot be specified at the same time", V, elb.describe_load_balancers, Names=["l"], LoadBalancerArns=[balancer])
says("Up to 20 load balancers", V, elb.describe_load_balancers, LoadBalancerArns=[balancer] * 21)

# Target groups and their health checks.
GROUP = {"Protocol": "HTTP", "Port": 80, "VpcId": vpc}
for name, words in (("t_2", "can only contain characters that are alphanumeric characters or hyphens(-)"), ("t-", "begin or end with '-'"),
                    ("t" * 33, "longer than '32'")):
    says(f"Target group name '{name}'", V, elb.create_target_group, Name=name, **GROUP)
    says(words, V, elb.create_target_group, Name=name, **GROUP)
for more, words in (
        ({"HealthCheckPort": "none"}, "Health check port 'none'"), ({"HealthCheckPort": "65536"}, "Health check port"),
        ({"HealthCheckPort": "+80"}, "Health check port"), ({"HealthCheckEnabled": False}, "must be true for target groups with target type 'instance'"),
        ({"HealthCheckProtocol": "TCP"}, "'TCP' is not supported"), ({"HealthCheckProtocol": "UDP"}, "'UDP' is not supported"),
        ({"ProtocolVersion": "HTTP9"}, "'GRPC, HTTP1, HTTP2'"),
        *(({"Matcher": {"HttpCode": code}}, "must be within '200-499' inclusive") for code in (
            "abc", "199", "500", "200-500", "299-200", "200,", "200-", "20", "200;201", "200-201-202")),
        ({"Matcher": {"HttpCode": ""}}, "cannot be empty")):
    says(words, V, elb.create_target_group, Name="t", **{**GROUP, **more})
for given, code, words in BAD_TAGS:
    says(words, code, elb.create_target_group, Name="t", Tags=given, **GROUP)
assert elb.describe_target_groups()["TargetGroups"] == []
group, other = (elb.create_target_group(Name=name, Matcher={"HttpCode": "200,204,300-399"}, HealthCheckPort="8080", **GROUP)[
    "TargetGroups"][0]["TargetGroupArn"] for name in ("t", "t2"))
says("must be within '200-499'", V, elb.modify_target_group, TargetGroupArn=group, HealthCheckPath="/h", Matcher={"HttpCode": "x"})
assert elb.describe_target_groups(Names=["t"])["TargetGroups"][0]["HealthCheckPath"] == "/"
plain = elb.create_target_group(Name="tcp", **{**GROUP, "Protocol": "TCP"}, HealthCheckProtocol="TCP", Matcher={"HttpCode": "200-599"})
plain = plain["TargetGroups"][0]["TargetGroupArn"]
for names in ({"Names": ["t"], "TargetGroupArns": [group]}, {"Names": ["t"], "LoadBalancerArn": balancer}):
    says("cannot be specified at the same time", V, elb.describe_target_groups, **names)

# Listeners and actions.
FORWARD = {"Type": "forward", "TargetGroupArn": group}


def fixed(**config):
    return {"Type": "fixed-response", "FixedResponseConfig": config}


def redirect(**config):
    return {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", **config}}


def forward(*groups, **sticky):
    config = {"TargetGroups": [{"TargetGroupArn": arn} for arn in groups]}
    return {"Type": "forward", "ForwardConfig": {**config, **({"TargetGroupStickinessConfig": sticky} if sticky else {})}}


LISTENER = {"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 80, "DefaultActions": [FORWARD]}
ACTION = "InvalidLoadBalancerAction"
LOOP = "The redirect configuration is not valid because it creates a loop."
BAD_ACTIONS = (
    ([{"Type": "redirect"}], ACTION, "For actions of type 'redirect', you must specify the following fields: 'RedirectConfig'"),
    ([{"Type": "fixed-response"}], ACTION, "following fields: 'FixedResponseConfig'"),
    ([redirect()], ACTION, LOOP), ([redirect(Query="a=b")], ACTION, LOOP), ([redirect(Protocol="HTTP", Port="80")], ACTION, LOOP),
    ([redirect(Host="#{host}", Path="/#{path}")], ACTION, LOOP), ([redirect(Port="0")], ACTION, "port '0'"),
    ([redirect(Port="x")], ACTION, "port 'x'"), ([redirect(Protocol="FTP")], ACTION, "protocol 'FTP'"),
    ([redirect(Path="new")], ACTION, "path 'new'"),
    *(([fixed(StatusCode=code)], V, f"Value '{code}' at") for code in ("300", "199", "600", "20", "2000")),
    ([fixed(StatusCode="200", ContentType="text/x")], ACTION, "The ContentType must be one of:'text/html'"),
    ([FORWARD, FORWARD], ACTION, "Exactly one action"), ([{**FORWARD, **forward(other)}], ACTION, "one and the same target group"),
    ([{**FORWARD, **forward(group, other)}], ACTION, "one and the same"), ([forward(plain)], "IncompatibleProtocols", "whose protocol is TCP"),
    ([forward(group, Enabled=True)], V, "between 1 and 604800"), ([forward(group, Enabled=True, DurationSeconds=604801)], V, "604800"),
)
for actions, code, words in BAD_ACTIONS:
    says(words, code, elb.create_listener, **{**LISTENER, "DefaultActions": actions})
for more, code, words in (
        ({"Protocol": "TCP"}, V, "Listener protocol 'TCP' must be one of 'HTTP, HTTPS'"),
        ({"Protocol": "HTTPS"}, V, "A certificate must be specified for HTTPS listeners"),
        ({"Certificates": [{"CertificateArn": "arn:aws:acm:us-east-1:1:certificate/c"}]}, V, "cannot be specified for HTTP listeners"),
        *(({"Tags": given}, code, words) for given, code, words in BAD_TAGS)):
    says(words, code, elb.create_listener, **{**LISTENER, **more})
for missing, words in (("Protocol", "A listener protocol must be specified"), ("Port", "A listener port must be specified")):
    says(words, V, elb.create_listener, **{name: value for name, value in LISTENER.items() if name != missing})
assert elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"] == []
listener = elb.create_listener(**LISTENER)["Listeners"][0]["ListenerArn"]
says(LOOP, ACTION, elb.modify_listener, ListenerArn=listener, Port=81, DefaultActions=[redirect(Port="81")])
says("'HTTP, HTTPS'", V, elb.modify_listener, ListenerArn=listener, Protocol="UDP")
says("greater than or equal to 1", V, elb.modify_listener, ListenerArn=listener, Port=0)
assert elb.describe_listeners(ListenerArns=[listener])["Listeners"][0]["Port"] == 80
says("either listener ARNs or a load balancer ARN", V, elb.describe_listeners)
says("at the same time", V, elb.describe_listeners, LoadBalancerArn=balancer, ListenerArns=[listener])

# Rules.
PATHS = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a"]}}
RULE = {"ListenerArn": listener, "Priority": 1, "Conditions": [PATHS], "Actions": [FORWARD]}


def condition(field, config, **more):
    return {"Field": field, config: more}


BAD_CONDITIONS = (
    ([condition("path-pattern", "PathPatternConfig", Values=[f"/{number}" for number in range(6)])], "A rule can only have '5' condition values"),
    ([condition("path-pattern", "PathPatternConfig", Values=["/a", "/b", "/c"]),
      condition("http-header", "HttpHeaderConfig", HttpHeaderName="X", Values=["1", "2", "3"])], "A rule can only have '5' condition values"),
    ([{"Field": "path-pattern", "Values": ["/a", "/b"]}], "The 'path-pattern' field contains too many values; the limit is '1'"),
    ([{"Field": "http-header", "Values": ["a"]}], "The 'Values' field is not compatible with 'http-header'"),
    ([{**PATHS, "Values": ["/a"]}], "You cannot provide both Values and 'PathPatternConfig'"),
    ([PATHS, {"Field": "path-pattern", "Values": ["/b"]}], "A rule can only have one 'path-pattern' condition"),
    ([{"Field": "host-header"}], "A condition value must be specified"), ([{"Field": "path-pattern", "Values": ["/" + "a" * 128]}], "too long; the limit is '128'"),
    ([{"Field": "source-ip"}], "A 'SourceIpConfig' must be specified with 'source-ip'"),
    ([condition("source-ip", "SourceIpConfig", Values=["1.2.3.4"])], "valid CIDR"),
    ([condition("http-request-method", "HttpRequestMethodConfig", Values=["get"])], "the allowed characters are A-Z, hyphen and underscore"),
    ([condition("http-request-method", "HttpRequestMethodConfig", Values=["A" * 41])], "the limit is '40'"),
    ([condition("http-header", "HttpHeaderConfig", Values=["a"])], "An 'HttpHeaderName' must be specified"),
    ([condition("http-header", "HttpHeaderConfig", HttpHeaderName="Host", Values=["a"])], "host-header"),
    ([condition("query-string", "QueryStringConfig", Values=[{"Key": "a"}])], "A 'Value' must be specified"),
)
for conditions, words in BAD_CONDITIONS:
    says(words, V, elb.create_rule, **{**RULE, "Conditions": conditions})
for actions, code, words in BAD_ACTIONS:
    says(words, code, elb.create_rule, **{**RULE, "Actions": actions})
for given, code, words in BAD_TAGS:
    says(words, code, elb.create_rule, **RULE, Tags=given)
assert [rule["Priority"] for rule in elb.describe_rules(ListenerArn=listener)["Rules"]] == ["default"]
rule, second = (elb.create_rule(**{**RULE, "Priority": priority})["Rules"][0]["RuleArn"] for priority in (1, 2))
default = elb.describe_rules(ListenerArn=listener)["Rules"][-1]["RuleArn"]
assert elb.describe_rules(RuleArns=[default])["Rules"][0]["IsDefault"]
assert refused("OperationNotPermitted", elb.modify_rule, RuleArn=default, Actions=[FORWARD]) == f"Default rule '{default}' cannot be modified"
assert refused("OperationNotPermitted", elb.delete_rule, RuleArn=default) == f"Default rule '{default}' cannot be deleted"
refused("OperationNotPermitted", elb.set_rule_priorities, RulePriorities=[{"RuleArn": rule, "Priority": 7}, {"RuleArn": default, "Priority": 8}])
says("Priority '7' was provided multiple times", V, elb.set_rule_priorities,
     RulePriorities=[{"RuleArn": rule, "Priority": 7}, {"RuleArn": second, "Priority": 7}])
says("Either conditions or actions must be specified", V, elb.modify_rule, RuleArn=rule)
says("at the same time", V, elb.describe_rules, ListenerArn=listener, RuleArns=[rule])
says("either listener rule ARNs or a listener ARN", V, elb.describe_rules)
assert [row["Priority"] for row in elb.describe_rules(ListenerArn=listener)["Rules"]] == ["1", "2", "default"]

# Tags of what is there.
elb.remove_tags(ResourceArns=[balancer], TagKeys=["k0"])
elb.add_tags(ResourceArns=[balancer], Tags=tags("new", "k1"))
assert refused("TooManyTags", elb.add_tags, ResourceArns=[balancer], Tags=tags("k0"))
for arn in (group, listener, rule, default):
    for given, code, words in BAD_TAGS:
        says(words, code, elb.add_tags, ResourceArns=[arn], Tags=given)
    assert elb.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"] == []
says("Only one resource can be tagged at a time", V, elb.add_tags, ResourceArns=[group, listener], Tags=tags("a"))
says("Up to 20 resources", V, elb.describe_tags, ResourceArns=[group] * 21)

# What is no ARN, or not one of this kind, account or region.
for kind, call, member in (
        ("load balancer", elb.delete_load_balancer, "LoadBalancerArn"), ("target group", elb.delete_target_group, "TargetGroupArn"),
        ("listener", elb.delete_listener, "ListenerArn"), ("listener rule", elb.delete_rule, "RuleArn"),
        ("load balancer", elb.describe_load_balancer_attributes, "LoadBalancerArn"),
        ("target group", elb.describe_target_health, "TargetGroupArn")):
    own = {"load balancer": balancer, "target group": group, "listener": listener, "listener rule": rule}
    for arn in ("zz", own[kind].replace("us-east-1", "us-east-2"), own[kind].replace(ACCOUNT, "210987654321"),
                own["target group" if kind != "target group" else "listener"], own[kind] + "/more/parts"):
        assert refused(V, call, **{member: arn}) == f"'{arn}' is not a valid {kind} ARN"
says("'zz' is not a valid ARN", V, elb.describe_tags, ResourceArns=["zz"])
elb.delete_load_balancer(LoadBalancerArn=f"{ARN}:loadbalancer/app/none/0123456789abcdef")
