-- Needs: the local cloud
-- Transitions, stopping, execution modes and the conditions of stages.
local check, delivery = require "check", require "delivery"
local poll = require "awscicd.support.poll"

local made = delivery.make "control"
local function waiting(run)
  poll.until_some(function()
    local _, actions = run:show()
    return #actions == 3 and actions[3].status == "InProgress"
  end, { what = "the approval", timeout = 240 })
end

-- A closed transition holds what comes, and says why.
local release = delivery.pipeline(made)
release:apply { quiet = true }
release:disable("Approval", "freeze before the holidays")
local first = release:follow()
poll.until_some(function() return release:state()[3].waiting end, { what = "the execution at the closed stage", timeout = 240 })
local closed = release:state()[3]
check.equal(closed.enabled, false)
check.equal(closed.reason, "freeze before the holidays")
check.equal(closed.waiting, first.id)
check.has(release:draw(), "the transition into Approval is closed: freeze before the holidays", first.id .. " waits")
check.fails(function() pipeline.get("no-such"):draw() end, "pipeline no-such does not exist")
release:enable "Approval"
waiting(first)

-- A stop waits for the approval, which nobody answers; stopping with abandon ends it at once.
check.equal(#release:stop { reason = "for today" }, 1)
check.equal(first:describe().status, "Stopping")
check.equal(#release:stop(), 0)
check.equal(#release:stop { abandon = true, reason = "enough" }, 1)
local problem = check.fails(function() first:wait() end, "Stopped")
check.has(problem, "enough")

-- PARALLEL: two executions wait at the same time, each is decided on its own.
release = delivery.pipeline(made, { mode = "PARALLEL" })
check.equal((release:apply { quiet = true }), "changed")
local one, two = release:start(), release:start()
one:decide("Approval", function() return gate.approve("the first may") end)
two:decide("Approval", function() return gate.reject("the second may not") end)
check.equal(one:wait().status, "Succeeded")
check.fails(function() two:wait() end, "action Ask: Failed", "the second may not")

-- A condition keeps an execution out of a stage; its rule is named in the error.
local guarded = pipeline.define {
  name = "control-guarded", role = made.role, artifacts = made.bucket, variables = { GO = "no" },
  pipeline.stage "Source" { source.codecommit { name = "Repo", repository = made.repository, output = "Src", poll = false } },
  pipeline.stage "Build" {
    build.codebuild { name = "Unit", project = made.project, input = "Src" },
    before_entry = pipeline.rules.variable { name = "Allowed", variable = "#{variables.GO}", value = "yes" },
  },
}
guarded:apply { quiet = true }
check.fails(function() guarded:follow():wait() end, "stage Build, rule Allowed: Failed")
check.equal(guarded:state()[2].conditions[1].rule, "Allowed")
check.equal(guarded:start({ variables = { GO = "yes" } }):wait().status, "Succeeded")
