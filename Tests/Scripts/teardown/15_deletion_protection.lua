-- Needs: the local cloud
-- A protected load balancer is refused with how to lift it, and is never lifted unasked; so is what a tag protects.
local check, fixtures = require "check", require "fixtures"

local balancer = fixtures.balancer "case"
aws.elbv2.modify_load_balancer_attributes {
  LoadBalancerArn = balancer.arn, Attributes = { { Key = "deletion_protection.enabled", Value = "true" } },
}
aws.ec2.create_security_group {
  GroupName = "case-kept", Description = "kept", VpcId = fixtures.subnets().vpc,
  TagSpecifications = { { ResourceType = "security-group", Tags = { { Key = teardown.protection_tag, Value = "" } } } },
}
secrets.secret { name = "case-secret", value = "x" }

local report = fixtures.take_down "case-"
check.equal(fixtures.labels(report.protected), "load_balancer case-alb, security_group case-kept")
check.has(tostring(report), "lift it with elbv2.modify_load_balancer_attributes", "remove the tag to let it go")
check.has(fixtures.labels(report.kept), "target_group case-tg", "security_group case-sg")
check.equal(fixtures.labels(report.gone), "secret case-secret")
check.equal(#aws.elbv2.describe_load_balancers {}.LoadBalancers, 1)
