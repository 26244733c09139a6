-- Needs: the local cloud
-- Several executions at once: QUEUED keeps them in their order, SUPERSEDED lets the newest overtake the ones that wait.
local check, gated = require "check", require "gated"
local poll = require "awscicd.support.poll"

local made = gated.make "modes"
local function waits_for(run)
  local _, actions = run:show()
  local last = actions[#actions]
  return last and last.stage == "Approval" and last.status == "InProgress"
end
local function approve(run) return run:decide("Approval", function() return gate.approve("go on") end, { timeout = 240 }) end

-- QUEUED: each waits for the one before it, and asks when that has left the stage.
local release = gated.pipeline(made, "modes-queued", { mode = "QUEUED" })
local one = release:follow()
gated.opened "modes-queued"
local two, three = release:start(), release:start()
poll.until_some(function() return #two:actions() == 1 and #three:actions() == 1 or nil end,
  { what = "the sources", timeout = 240 })
for _, later in ipairs { two, three } do
  check.equal(later:describe().status, "InProgress")
  check.equal(waits_for(later), false)
end
approve(one)
check.equal(one:wait({ timeout = 240 }).status, "Succeeded")
poll.until_some(function() return waits_for(two) or nil end, { what = "the second approval", timeout = 240 })
check.equal(waits_for(three), false)
two:decide("Approval", function() return gate.reject("not this one") end, { timeout = 240 })
check.fails(function() two:wait { timeout = 240 } end, "not this one")
approve(three)
check.equal(three:wait({ timeout = 240 }).status, "Succeeded")

-- SUPERSEDED: while the first is asked about, the third takes the place of the second.
release = gated.pipeline(made, "modes-superseded", { mode = "SUPERSEDED" })
one = release:follow()
gated.opened "modes-superseded"
two = release:start()
poll.until_some(function() return release:state()[2].waiting == two.id or nil end,
  { what = "the second at the stage", timeout = 240 })
three = release:start()
check.fails(function() two:wait { timeout = 240 } end, "Superseded")
check.equal(one:describe().status, "InProgress")
approve(one)
check.equal(one:wait({ timeout = 240 }).status, "Succeeded")
approve(three)
check.equal(three:wait({ timeout = 240 }).status, "Succeeded")
