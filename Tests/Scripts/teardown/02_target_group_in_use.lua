-- Needs: the local cloud
-- A target group is refused while a listener of the load balancer uses it, and goes after it.
local check, fixtures = require "check", require "fixtures"

local _, targets = fixtures.balancer "case"
local _, refused = aws.elbv2.try.delete_target_group { TargetGroupArn = targets.arn }
check.equal(refused.code, "ResourceInUse")

local report = fixtures.take_down "case-"
check.yes(teardown.clean(report))
check.equal(#aws.elbv2.describe_target_groups {}.TargetGroups, 0)
