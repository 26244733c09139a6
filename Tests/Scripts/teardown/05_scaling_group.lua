-- Needs: the local cloud
-- A group with instances is refused without force, and also in the middle of scaling; then it takes its time.
local check, fixtures = require "check", require "fixtures"

local group = fixtures.fleet("case", 2)
group:wait_healthy(2)
local _, refused = aws.autoscaling.try.delete_auto_scaling_group { AutoScalingGroupName = group.name }
check.yes(refused:is("ResourceInUse", "ResourceInUseFault"), refused.code)

aws.autoscaling.update_auto_scaling_group { AutoScalingGroupName = group.name, MaxSize = 4 }
group:scale(4)  -- still scaling when the teardown begins
local report = fixtures.take_down "case-"
check.yes(teardown.clean(report))
check.equal(fixtures.running(), 0)
