-- The approvals of a pipeline that wait for an answer.

local actions = require "awscicd.pipeline.actions"

local open = {}

-- In SUPERSEDED and QUEUED mode the pipeline's state holds each open approval with its token.
local function from_state(pipeline, state)
  local found = {}
  for _, stage in ipairs(state.stageStates) do
    for _, action in ipairs(stage.actionStates) do
      local latest = action.latestExecution
      if latest and latest.status == "InProgress" and latest.token then
        found[#found + 1] = {
          pipeline = pipeline, stage = stage.stageName, action = action.actionName, token = latest.token,
          execution = stage.latestExecution.pipelineExecutionId, opened = latest.lastStatusChange,
        }
      end
    end
  end
  return found
end

-- In PARALLEL mode the state shows no token; each running execution's own actions do.
local function from_executions(pipeline)
  local found = {}
  for page in aws.codepipeline.pages.list_pipeline_executions { pipelineName = pipeline } do
    for _, summary in ipairs(page.pipelineExecutionSummaries) do
      if summary.status == "InProgress" then
        for _, action in ipairs(actions.of(pipeline, summary.pipelineExecutionId)) do
          if action.category == "Approval" and action.status == "InProgress" and action.external_id then
            found[#found + 1] = {
              pipeline = pipeline, stage = action.stage, action = action.action, token = action.external_id,
              execution = summary.pipelineExecutionId, opened = action.started,
            }
          end
        end
      end
    end
  end
  return found
end

-- The mode changes only with the pipeline's version, so one call tells it until then.
local modes = {}

local function is_parallel(pipeline, version)
  local known = modes[pipeline]
  if not known or known.version ~= version then
    local described = aws.codepipeline.get_pipeline { name = pipeline }.pipeline
    known = { version = version, mode = described.executionMode }
    modes[pipeline] = known
  end
  return known.mode == "PARALLEL"
end

-- { { pipeline, stage, action, token, execution (its id), opened (when) } }
function open.of(pipeline)
  local state = aws.codepipeline.get_pipeline_state { name = pipeline }
  -- In PARALLEL mode the state may hold one execution's token, and not the others'.
  if is_parallel(pipeline, state.pipelineVersion) then return from_executions(pipeline) end
  return from_state(pipeline, state)
end

return open
