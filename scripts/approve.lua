#!/usr/bin/env awscicd-run
-- Approval logic for pipelines, as a service: copy it, and change the gates.
--
--   awscicd-run scripts/approve.lua --pipeline awscicd-cap-pipeline --dry-run

local options = script.params {
  "Answers the approvals of pipelines by the gate in this script, for as long as it runs.",
  pipeline = { "awscicd-cap-pipeline", help = "pipelines to watch, separated by commas" },
  every = { 10.0, help = "seconds between two looks" },
  minutes = { 0.0, help = "stop after so many minutes (0: never)" },
  largest = { 20, help = "files that a change may touch without a person" },
  from = { "00:00", help = "start of the hours in which it approves (UTC)" },
  till = { "24:00", help = "end of those hours" },
  dry_run = { false, help = "say what it would answer, and answer nothing" },
}

-- A change whose message says so waits for a person, whatever the tests say.
local function careful(request)
  if not request.message then return gate.hold("the commit message is not known") end
  if request.message:lower():find("[hold]", 1, true) then
    return gate.hold("the commit message asks for a person")
  end
  return gate.approve("the commit message asks for nothing")
end

local release = gate.all {
  careful,
  gate.tests_passed(),
  gate.change_at_most { files = options.largest },
  gate.window { from = options.from, to = options.till },
}

local pipelines = {}
for name in options.pipeline:gmatch("[^,%s]+") do pipelines[#pipelines + 1] = name end

gate.serve {
  pipelines = pipelines, gate = release, every = options.every, dry_run = options.dry_run,
  for_seconds = options.minutes > 0 and options.minutes * 60 or nil,
  on_answer = function(answer, request)
    if script.json then
      print(json.encode {
        pipeline = request.pipeline, stage = request.stage, execution = request.execution.id, answer = answer.kind,
        reason = answer.reason, dry_run = options.dry_run,
      })
      return
    end
    print(("%s%s: %s"):format(options.dry_run and "would answer " or "", tostring(request), tostring(answer)))
  end,
}
