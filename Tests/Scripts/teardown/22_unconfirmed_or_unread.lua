-- Needs: the local cloud
-- What was not confirmed stays, all of it; and where it cannot be read whether a resource is protected, it counts as protected.
local check, fixtures = require "check", require "fixtures"

local function topics() return #aws.sns.list_topics {}.Topics end
for number = 1, 6 do notify.topic { name = "unsure-topic-" .. number } end
local plan = teardown.plan { prefixes = { "unsure-" } }
check.fails(function() plan:run() end, "6 resources", "--yes")
check.fails(function() plan:run { few = 5 } end, "6 resources")
check.equal(topics(), 6)
check.yes(teardown.clean(plan:run { few = 6 }))
check.equal(topics(), 0)

local balancer = fixtures.balancer "unread"
local kind = teardown.kinds.load_balancer
local protected = kind.protected
kind.protected = function() error("AccessDeniedException: not now") end
local report = fixtures.take_down "unread-"
kind.protected = protected
check.equal(fixtures.labels(report.protected), "load_balancer unread-alb")
check.has(tostring(report), "whether it is protected could not be read", "AccessDeniedException: not now")
check.equal(aws.elbv2.describe_load_balancers({}).LoadBalancers[1].LoadBalancerArn, balancer.arn)
check.yes(teardown.clean(fixtures.take_down "unread-"))
