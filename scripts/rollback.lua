#!/usr/bin/env awscicd-run
-- Takes a stage of a pipeline back to the last execution that succeeded in it, or to a given one.
--
--   awscicd-run scripts/rollback.lua --stage DeployBlueGreen

local options = script.params {
  pipeline = { "awscicd-cap-pipeline", help = "the pipeline" },
  stage = { "DeployBlueGreen", help = "the stage to take back" },
  execution = { "", help = "the execution to go back to (the last good one)" },
}

local subject = pipeline.get(options.pipeline)
local target = options.execution ~= "" and options.execution or subject:last_good(options.stage)
print(("rolling %s of %s back to execution %s"):format(options.stage, options.pipeline, target))
local run = subject:rollback(options.stage, target)
run:wait()
print(subject:draw())
