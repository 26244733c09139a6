-- Needs: the local cloud
-- CodeDeploy may not take its lifecycle hook out of the Auto Scaling group, which stays: new instances would wait in the
-- hook for ever and get no code. The hook is removed, and the report says so.
local check, fixtures = require "check", require "fixtures"

fixtures.blue_green("case", { role_without = "autoscaling:DeleteLifecycleHook" })
local function hooks() return aws.autoscaling.describe_lifecycle_hooks { AutoScalingGroupName = "case-asg" }.LifecycleHooks end
check.equal(#hooks(), 1)

local plan = teardown.plan { names = { deployment_group = { "case-app/case-dg" } } }
local said = {}
local board = { say = function(_, text) said[#said + 1] = text end, set = function() end, done = function() end }
check.yes(teardown.clean(plan:run { board = board }))
check.has(table.concat(said, "\n"), "CodeDeploy left the hook ", " in case-asg; removing it")
check.equal(#hooks(), 0)
check.equal(fixtures.scaling_groups(), { "case-asg" })
