-- Needs: the local cloud
-- A load balancer's interfaces linger after it is gone: its security group waits for them, and the blocker is named.
local check, fixtures = require "check", require "fixtures"

local _, _, group = fixtures.balancer "case"
local _, refused = aws.ec2.try.delete_security_group { GroupId = group }
check.equal(refused.code, "DependencyViolation")

local report = fixtures.take_down "case-"
check.yes(teardown.clean(report))
check.has(tostring(report), "security group case-sg for " .. group .. " ← eni-", "ELB app/case-alb/")
