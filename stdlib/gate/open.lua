-- The approvals of a pipeline that wait for an answer.

local actions = require "awscicd.pipeline.actions"

local open = {}

-- In SUPERSEDED and QUEUED mode the pipeline's state holds each open approval with its token.
local function from_state(pipeline)
  local found = {}
  local state = aws.codepipeline.get_pipeline_state { name = pipeline }
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

-- { { pipeline, stage, action, token, execution, opened } }
function open.of(pipeline)
  local found = from_state(pipeline)
  if #found > 0 then return found end
  local described = aws.codepipeline.get_pipeline { name = pipeline }.pipeline
  return described.executionMode == "PARALLEL" and from_executions(pipeline) or found
end

return open
