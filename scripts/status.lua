#!/usr/bin/env awscicd-run
-- Where a pipeline stands: its stages as boxes, and its latest executions.
--
--   awscicd-run scripts/status.lua --pipeline awscicd-cap-pipeline

local progress = require "awscicd.support.progress"

local options = script.params {
  "Shows where a pipeline stands: its stages as boxes, and its latest executions.",
  pipeline = { "awscicd-cap-pipeline", help = "the pipeline" },
  count = { 5, help = "how many executions to list" },
}

local subject = pipeline.get(options.pipeline)
if not subject:read() then
  io.stderr:write(("there is no pipeline %s in %s\n"):format(options.pipeline, aws.region()))
  script.exit(1)
end

local history = subject:history(options.count)
if script.json then
  print(json.encode { pipeline = options.pipeline, stages = subject:state(), executions = history })
  return
end

print(subject:draw())
for _, execution in ipairs(history) do
  local revision = (execution.sourceRevisions or {})[1]
  print(("%s  %s  %-11s %s"):format(time.iso(execution.startTime), execution.pipelineExecutionId:sub(1, 8),
    progress.status(execution.status), revision and revision.revisionSummary or ""))
end
