-- Needs: the local cloud
-- One resource cannot be deleted: everything independent of it goes, and the report names it and its blocker.
local check, fixtures = require "check", require "fixtures"

local vpc = fixtures.subnets().vpc
local held = fleet.security_group { name = "case-held", vpc = vpc }
local holder = fleet.security_group { name = "other-holder", vpc = vpc, ingress = { { port = 22, from = held } } }
secrets.secret { name = "case-secret", value = "x" }
artifacts.bucket { name = "case-bucket-17" }

local report = fixtures.take_down("case-", 1)
check.equal(fixtures.labels(report.failed), "security_group case-held")
check.equal(fixtures.labels(report.gone), "s3_bucket case-bucket-17, secret case-secret")
check.has(tostring(report), "[blocked by " .. held .. " ← a rule of " .. holder)
check.yes(not teardown.clean(report))
