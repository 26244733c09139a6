-- Needs: the local cloud
-- Without any one action of the pipeline's role, the series' pipeline fails and names it; without the action of the role
-- that starts the pipeline, a push says why nothing starts.
local check, foundation, least = require "check", require "foundation", require "least"

local names, app, topic, events = least.make "least"
-- What is built does not matter here.
source.commit {
  repository = names.repository, files = {
    ["buildspec.yml"] = "version: 0.2\nphases: {build: {commands: [test -f index.html]}}\nartifacts: {files: ['**/*']}\n",
  },
}
foundation.fleet(names, 1, app)
foundation.services(names)
local release = foundation.pipeline(names, topic, events)

local function deliver(run)
  least.idle(names)
  run:decide("Approval", function() return gate.approve() end)
  return run:wait()
end
check.equal(deliver(release:follow()).status, "Succeeded")
least.each(names.roles.pipeline, function() deliver(release:start()) end)

local pushes = 0
local function pushed(timeout)
  pushes = pushes + 1
  return release:follow { trigger = source.push { files = { ["push.txt"] = tostring(pushes) } }, timeout = timeout }
end
least.each(names.roles.events, function() pushed(2) end)
deliver(pushed(60))
-- A rule that is off is named too; one that works beside it is enough.
aws.events.disable_rule { Name = names.trigger }
check.fails(function() pushed(2) end, "nothing starts pipeline least-cap-pipeline: rule least-cap-trigger is disabled")
source.schedule { name = "least-nightly", when = "rate(1 day)", pipeline = names.pipeline, role = events }
check.fails(function() pushed(2) end, "an execution of pipeline least-cap-pipeline that the trigger starts did not happen")
