#!/usr/bin/env awscicd-run
-- Sends a change through the series' pipeline: applies the definition, pushes, decides, waits, verifies.
--
--   awscicd-run scripts/deploy.lua --from v2 --to v3

local series = require "series"

local options = script.params {
  prefix = series.parameters.prefix,
  file = { "index.html", help = "the file to change in the repository" },
  from = { required = true, help = "text to replace in the file" },
  to = { required = true, help = "what to put in its place" },
  ask = { false, help = "decide the approval at the terminal instead of by the tests" },
}

local names = series.names(options.prefix)
local change = source.push(options.file, { from = options.from, to = options.to })
local run = pipeline.get(names.pipeline):follow { trigger = change }

local answer = run:decide("Approval", options.ask and gate.prompt() or gate.tests_passed())
if answer.kind == "hold" then
  print(("left to a person: %s"):format(answer.reason))
  script.exit(1)
end
run:wait()
deploy.expect(fleet.url(names.balancer), options.to)
print(("%s serves %s"):format(fleet.url(names.balancer), options.to))
