#!/usr/bin/env awscicd-run
-- The whole series as one script: a repository, a package, secrets, roles, a fleet behind a load balancer and a
-- pipeline are made; v2 goes live; v3 is pushed, built, tested, approved by code and deployed blue/green while the site
-- is asked all the time; then everything is torn down, and a last look proves that nothing is left.
--
--   awscicd-run --local scripts/capstone.lua            on this machine, with no account
--   awscicd-run scripts/capstone.lua --prefix myteam    on AWS, with your credentials
--
-- With an application of your own in place of the demo's page:
--
--   awscicd-run scripts/capstone.lua --prefix shop --application ~/shop --file VERSION --from 1.0 --to 1.1 --port 8080

local application = require "application"
local foundation = require "foundation"
local progress = require "awscicd.support.progress"
local series = require "series"

local parameters = {
  "Makes the whole series, delivers two versions, verifies the switch, and tears everything down.",
  prefix = series.parameters.prefix,
  size = series.parameters.size,
  from = { "v2", help = "the version that is live first" },
  to = { "v3", help = "the version that is pushed" },
  decision = { "auto", choices = { "auto", "ask", "reject" }, help = "who decides: the gate below, you, or a rejection" },
  fault = { "none", choices = { "none", "test", "health", "alarm" }, help = "something to go wrong with the new version" },
  keep = { false, help = "leave everything standing; teardown.lua takes it down later" },
}
for name, parameter in pairs(application.parameters) do parameters[name] = parameter end
local options = script.params(parameters)

local names = series.names(options.prefix)
local described, app = pcall(application.of, names, options)
if not described then
  io.stderr:write(("capstone.lua: %s\n"):format(app))
  script.exit(2)
end
local parts = {}

-- With --json, standard output holds one document, at the end; `outcome` is what it says.
local outcome = { prefix = options.prefix }
local function say(text) if not script.json then print(text) end end

-- Runs one part of the script under a heading and notes how long it took.
local function part(title, body)
  progress.heading(title)
  local began = time.monotonic()
  local results = table.pack(body())
  parts[#parts + 1] = { title = title, seconds = time.monotonic() - began }
  return table.unpack(results, 1, results.n)
end

-- The gates. Of the first version the tests decide, for nothing is live yet to compare with; of the second one the fleet's
-- health and the size of the change as well.
local gate_of_first = gate.tests_passed { least = app.tests }
local gate_of_release = gate.all {
  gate_of_first,
  gate.change_at_most { files = 20 },
  function()
    local live = deploy.groups_of(names.application, names.group)[1]
    local healthy = fleet.group(live):healthy()
    if healthy < options.size then return gate.wait(5, ("%d of %d instances are healthy"):format(healthy, options.size)) end
    return gate.approve(("%d healthy instances"):format(healthy))
  end,
}

local function decision()
  if options.decision == "ask" then return gate.prompt() end
  if options.decision == "reject" then return function() return gate.reject("rejected as asked") end end
  return gate_of_release
end

local function capstone()
  local topic = part("Repository, package, secrets, topic", function()
    foundation.stores(names, app)
    return foundation.topic(names)
  end)
  local events = part("Service roles", function() return foundation.roles(names, topic, options.fault == "alarm") end)
  local balancer = part("Fleet and load balancer", function() return foundation.fleet(names, options.size, app) end)
  local page = balancer.url .. app.page:gsub("^/", "")
  local release = part("Build project and pipeline", function()
    local alarms = options.fault == "alarm" and foundation.alarm(names) or nil
    foundation.services(names, alarms)
    return foundation.pipeline(names, topic, events)
  end)

  part(options.from .. " goes live", function()
    local first = release:follow()
    first:decide("Approval", gate_of_first)
    first:wait()
    deploy.expect(page, options.from)
  end)

  local traffic = part(("Push %s, decide, deploy"):format(options.to), function()
    local run = release:follow { trigger = source.push {
      files = app.release, message = "Version " .. options.to,
    } }
    return deploy.verify({ url = page, versions = { options.from, options.to } }, function()
      run:decide("Approval", decision())
      if options.fault == "alarm" then foundation.raise_alarm(names, run) end
      run:wait()
      deploy.expect(page, options.to)
    end)
  end)
  outcome.serves, outcome.url, outcome.requests, outcome.failed = options.to, page, traffic.requests, traffic.failed
  say(release:draw())
  say(("%s serves %s"):format(page, options.to))
  say(("%d requests during the switch, %d failed"):format(traffic.requests, traffic.failed))
  for _, failure in ipairs(traffic.failures) do say("  " .. failure) end
  if traffic.failed > 0 then error("requests failed during the switch", 0) end
  if traffic.requests == 0 then error("nothing was asked during the switch, so nothing is verified", 0) end
end

local function take_down()
  return part("Teardown", function()
    local plan = teardown.plan(series.scope(names))
    say(tostring(plan))
    local report = plan:run { yes = true }
    say(tostring(report))
    outcome.teardown = teardown.data(report)
    return teardown.clean(report)
  end)
end

local ok, problem = pcall(capstone)
if not ok then
  outcome.problem = tostring(problem)
  say("failed: " .. outcome.problem)
end
local clean = options.keep or take_down()

say("")
for _, one in ipairs(parts) do say(("%-42s %s"):format(one.title, progress.seconds(one.seconds))) end
if script.json then
  outcome.parts = json.list(parts)
  print(json.encode(outcome))
end
if not ok or not clean then script.exit(1) end
