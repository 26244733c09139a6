-- Needs: the local cloud
-- A blue/green deployment that terminates the old instances: the original group is gone, and what serves is a copy that
-- no script's own state names. It is discovered.
local check, fixtures = require "check", require "fixtures"
local poll = require "awscicd.support.poll"

local start = fixtures.blue_green("case", { terminate_minutes = 0 })
check.equal(fixtures.scaling_groups(), { "case-asg" })
start():wait { timeout = 600 }
local live = poll.until_some(function()  -- the old group takes its time to go
  local groups = fixtures.scaling_groups()
  return #groups == 1 and groups or nil
end, { what = "the end of the original group", timeout = 240 })
check.has(live[1], "CodeDeploy_case-dg_d-")

local report = fixtures.take_down "case-"
check.yes(teardown.clean(report))
check.has(fixtures.labels(report.gone), "auto_scaling_group " .. live[1])
check.equal(fixtures.running(), 0)
