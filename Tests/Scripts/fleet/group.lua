-- Needs: the local cloud
-- Security groups, launch templates, groups: made again without change, changed, scaled, replaced, and what they cost.
local check = require "check"

local place = fleet.network(2)
check.equal(#place.subnets, 2)
local rule = {
  name = "fleet-sg", vpc = place.vpc,
  ingress = { { port = 80, from = "0.0.0.0/0" }, { port = 8080, to_port = 8090, from = "10.0.0.0/8" } },
}
local outside = fleet.security_group(rule)
check.equal(fleet.security_group(rule), outside)
local inside = fleet.security_group { name = "fleet-in", vpc = place.vpc, ingress = { { port = 80, from = outside } } }
local described = aws.ec2.describe_security_groups { GroupIds = { outside, inside } }.SecurityGroups
local permissions = {}
for _, one in ipairs(described) do permissions[one.GroupName] = one.IpPermissions end
check.equal(#permissions["fleet-sg"], 2)
check.equal(permissions["fleet-in"][1].UserIdGroupPairs[1].GroupId, outside)
rule.ingress = { { prt = 1 } }
check.fails(function() fleet.security_group(rule) end, '"prt" (did you mean "port"?)', "port is missing")
-- Nothing is open to everybody by default.
rule.ingress = { { port = 22 } }
check.fails(function() fleet.security_group(rule) end, "from is missing")

-- A template changes only when something in it does.
local settings = {
  name = "fleet-lt", image = fleet.amazon_linux(), security_groups = { inside }, user_data = "#!/bin/sh\ntrue\n",
}
local first = fleet.launch_template(settings)
check.equal({ first.version, first.changed }, { 1, true })
check.equal({ fleet.launch_template(settings).version, fleet.launch_template(settings).changed }, { 1, false })
settings.instance_type = "t3.small"
check.equal(fleet.launch_template(settings).version, 2)

local targets = fleet.target_group { name = "fleet-tg", vpc = place.vpc, path = "/health", drain = 5 }
check.equal(fleet.target_group({ name = "fleet-tg", vpc = place.vpc, path = "/", drain = 5 }).arn, targets.arn)
check.equal(aws.elbv2.describe_target_groups({ Names = { "fleet-tg" } }).TargetGroups[1].HealthCheckPath, "/")
check.fails(function() fleet.target_group { name = "fleet-tg", vpc = place.vpc, port = 81 } end, "cannot be changed")

local group = fleet.auto_scaling_group {
  name = "fleet-asg", template = first.id, subnets = place.subnets, min = 1, max = 2, desired = 1, tags = { team = "web" },
}
group:wait_healthy()
check.equal(#group:instances(), 1)
check.equal(group:instances()[1].type, "t3.small")

-- Scaling stays inside its bounds unless they may stretch.
group:scale(2, { wait = true })
check.equal(group:healthy(), 2)
check.fails(function() group:scale(3) end, "ValidationError")
group:scale(3, { stretch = true, wait = true, timeout = 240 })
check.equal(group:describe().MaxSize, 3)
check.equal(#group:activities(2), 2)
check.has(group:track { cpu = 50 }, "fleet-asg-cpu")
check.fails(function() group:track {} end, "give cpu or requests")
check.fails(function() group:wait_healthy(9, { timeout = 0.5 }) end, "9 healthy instances of fleet-asg", "3 healthy")

-- What it costs, by a table that a script may override.
local cost = fleet.cost { groups = { "fleet-asg" }, load_balancers = { "web" }, others = { nat_gateway = 1, moon_base = 1 } }
local addresses = 3 * fleet.price "public_ipv4"
check.yes(math.abs(cost.dollars - (3 * 0.0208 + addresses + 0.0225 + 0.045)) < 1e-9, tostring(cost.dollars))
check.equal(cost.unknown, { "moon_base" })
check.has(table.concat(cost.lines, "\n"), "3 × t3.small: $0.0624/h", "moon_base: price unknown")
local prices = fleet.prices
prices["t3.small"] = 1
check.yes(fleet.cost({ groups = { "fleet-asg" } }).dollars > 3)
check.fails(function() fleet.cost { groups = { "none" } } end, 'no Auto Scaling group "none"')

-- All instances are replaced by ones of the newest template.
group:scale(1, { stretch = true })
settings.instance_type = "t3.micro"
check.equal(fleet.launch_template(settings).version, 3)
while #group:instances() > 1 do task.sleep(0.1) end
local percents = {}
local done = group:replace({ min_healthy = 0, warmup = 0 }):wait {
  timeout = 600, on_change = function(percent) percents[#percents + 1] = percent end,
}
check.equal(done.Status, "Successful")
check.equal(percents[#percents], 100)
check.equal(group:instances()[1].type, "t3.micro")
check.equal(#fleet.refreshes "fleet-asg", 1)
check.fails(function() fleet.group("none"):health() end, "Auto Scaling group none does not exist")
