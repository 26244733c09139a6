-- Needs: the local cloud
-- Two security groups that name each other in their rules: the rules are revoked first.
local check, fixtures = require "check", require "fixtures"

local vpc = fixtures.subnets().vpc
local one = fleet.security_group { name = "case-one", vpc = vpc }
local two = fleet.security_group { name = "case-two", vpc = vpc, ingress = { { port = 80, from = one } } }
fleet.security_group { name = "case-one", vpc = vpc, ingress = { { port = 443, from = two } } }

check.yes(teardown.clean(fixtures.take_down "case-"))
