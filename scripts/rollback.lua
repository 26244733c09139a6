#!/usr/bin/env awscicd-run
-- Takes a stage of a pipeline back to the last execution that succeeded in it, or to a given one.
--
--   awscicd-run scripts/rollback.lua --stage DeployBlueGreen

local options = script.params {
  "Takes a stage of a pipeline back to the last execution that succeeded in it, or to a given one.",
  pipeline = { "awscicd-cap-pipeline", help = "the pipeline" },
  stage = { "DeployBlueGreen", help = "the stage to take back" },
  execution = { help = "the execution to go back to (the last good one)" },
}

local subject = pipeline.get(options.pipeline)
local target = options.execution or subject:last_good(options.stage)
if not script.json then
  print(("rolling %s of %s back to execution %s"):format(options.stage, options.pipeline, target))
end
local run = subject:rollback(options.stage, target)
run:wait()
if script.json then
  print(json.encode { pipeline = options.pipeline, stage = options.stage, execution = run.id, back_to = target })
else
  print(subject:draw())
end
