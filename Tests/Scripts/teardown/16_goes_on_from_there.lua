-- Needs: the local cloud
-- A teardown that was interrupted goes on from there: what is gone already counts as done.
local check, fixtures = require "check", require "fixtures"

fixtures.balancer "case"
secrets.secret { name = "case-secret", value = "x" }
local plan = teardown.plan { prefixes = { "case-" } }

-- Somebody, or an earlier run, deleted one of the resources after the plan was made.
aws.secretsmanager.delete_secret { SecretId = "case-secret", ForceDeleteWithoutRecovery = true }
local stopped = task.spawn(function() plan:run { yes = true } end)
task.sleep(0.02)
stopped:cancel()
pcall(stopped.join, stopped)

check.yes(teardown.clean(fixtures.take_down "case-"))
