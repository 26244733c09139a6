#!/usr/bin/env awscicd-run
-- Sends a change through the series' pipeline: applies the definition, pushes, decides, waits, verifies.
--
--   awscicd-run scripts/deploy.lua --from v2 --to v3

local series = require "series"

local options = script.params {
  "Sends a change through the pipeline: pushes it, decides the approval, waits, and verifies what the site serves.",
  prefix = series.parameters.prefix,
  file = { "index.html", help = "the file to change in the repository" },
  from = { required = true, help = "text to replace in the file" },
  to = { required = true, help = "what to put in its place" },
  ask = { false, help = "decide the approval at the terminal instead of by the tests" },
}

local names = series.names(options.prefix)
-- Asked first: what cannot be verified is not pushed.
local url = fleet.url(names.balancer)
local before = http.get(url).body
local change = source.push(options.file, { from = options.from, to = options.to })
local run = pipeline.get(names.pipeline):follow { trigger = change }

local answer = run:decide("Approval", options.ask and gate.prompt() or gate.tests_passed())
-- A gate that holds leaves the approval open; one that somebody else had answered meanwhile is no hold.
if answer.kind == "hold" and not answer.taken then
  print(script.json and json.encode { execution = run.id, held = answer.reason } or "left to a person: " .. answer.reason)
  script.exit(1)
end
run:wait()
-- Where the old page said the new text already ("v3" is in "v3.1"), what was replaced has to be gone.
deploy.expect(url, options.to, { without = before:find(options.to, 1, true) and options.from or nil })
if script.json then
  print(json.encode { execution = run.id, answer = answer.kind, reason = answer.reason, url = url, serves = options.to })
else
  print(("%s serves %s"):format(url, options.to))
end
