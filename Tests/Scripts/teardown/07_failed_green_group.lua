-- Needs: the local cloud
-- A blue/green deployment that fails leaves its green instances running. They are found even when the deployment group
-- is gone already; a group of somebody else's with a similar name is left alone.
local check, fixtures = require "check", require "fixtures"

local start = fixtures.blue_green("case", { validate = "echo this page is wrong >&2; exit 1" })
local message = check.fails(function() start():wait { timeout = 600 } end, "this page is wrong")
check.has(message, "ValidateService failed in validate.sh")
check.equal(#fixtures.scaling_groups(), 2)
check.equal(fixtures.running(), 2)

fixtures.fleet("CodeDeploy_other", 0)
local named = teardown.plan { names = { deployment_group = { "case-app/case-dg" } } }
check.has(fixtures.labels(named.resources), "auto_scaling_group CodeDeploy_case-dg_d-")
check.lacks(fixtures.labels(named.resources), "CodeDeploy_other", "case-asg")

aws.codedeploy.delete_deployment_group { applicationName = "case-app", deploymentGroupName = "case-dg" }
check.yes(teardown.clean(fixtures.take_down "case-"))
check.equal(fixtures.running(), 0)
check.equal(fixtures.scaling_groups(), { "CodeDeploy_other-asg" })
