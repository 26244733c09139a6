-- Needs: the local cloud
-- A blue/green deployment that waits for its word: ready, continued while the site is asked, and stopped instead.
local check, fixtures = require "check", require "fixtures"

local start = fixtures.blue_green("ready", { terminate_minutes = 0 })
local settings = {
  application = "ready-app", name = "ready-dg", role = roles.arn "ready-deploy", groups = { "ready-asg" },
  target_group = "ready-tg", blue_green = { wait_minutes = 1440, terminate_minutes = 0 },
}
deploy.group(settings)
local url = fleet.url "ready-alb"

-- Ready: the new instances are there, the old ones still serve.
local first = start()
check.equal(first:wait({ ready = true, timeout = 600 }).status, "Ready")
deploy.expect(url, "old")
local labels = {}
for _, target in ipairs(first:targets()) do labels[target.label] = true end
check.yes(labels.Green, "the new instances are told apart:")

-- It is stopped instead: nothing has changed for the site.
first:stop { rollback = false }
check.equal(first:wait({ raise = false, timeout = 600 }).status, "Stopped")
check.has(http.get(url).body, "old")
check.equal(deploy.groups_of("ready-app", "ready-dg"), { "ready-asg" })

check.fails(function() deploy.verify({ url = url, clients = 0 }, print) end, "without clients nothing is asked")

-- The next one gets its word: no request fails while the traffic moves.
local second = start()
second:wait { ready = true, timeout = 600 }
local traffic = deploy.verify({ url = url, versions = { "old", "new" } }, function()
  second:continue():wait { timeout = 600 }
  deploy.expect(url, "new")
end)
check.equal(traffic.failed, 0, table.concat(traffic.failures, "; "))
check.fails(function() deploy.expect(url, "ne", { without = "new", timeout = 1 }) end, 'serving "ne" did not happen')
check.yes(traffic.seen.old and traffic.seen.new)
local live = deploy.groups_of("ready-app", "ready-dg")
check.equal(#live, 1)
check.yes(live[1] ~= "ready-asg", "the copied group serves now:")
check.equal(fleet.group(live[1]):healthy(), 1)

-- There is no earlier revision to go back to: both deployments had the same.
check.fails(function() deploy.rollback { application = "ready-app", group = "ready-dg" } end, "no earlier revision")
