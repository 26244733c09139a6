-- The action executions of one pipeline execution, in the order in which they began.

local list = require "awscicd.support.list"

local actions = {}

-- A list of { id, stage, action, category, provider, status, summary, url, external_id, error = { code, message }, started,
-- updated (times), configuration, variables }. An action that ran again (a retry) is there once for each time.
function actions.of(pipeline, execution)
  local found = {}
  for page in aws.codepipeline.pages.list_action_executions {
    pipelineName = pipeline, filter = { pipelineExecutionId = execution },
  } do
    for _, detail in ipairs(page.actionExecutionDetails) do
      local kind = detail.input and detail.input.actionTypeId or {}
      local result = detail.output and detail.output.executionResult or {}
      found[#found + 1] = {
        id = detail.actionExecutionId, stage = detail.stageName, action = detail.actionName, category = kind.category,
        provider = kind.provider, status = detail.status, summary = result.externalExecutionSummary,
        url = result.externalExecutionUrl, external_id = result.externalExecutionId, error = result.errorDetails,
        started = detail.startTime, updated = detail.lastUpdateTime,
        configuration = detail.input and detail.input.resolvedConfiguration or {},
        variables = detail.output and detail.output.outputVariables or {},
      }
    end
  end
  table.sort(found, function(a, b)
    if a.started ~= b.started then return (a.started or 0) < (b.started or 0) end
    return a.id < b.id
  end)
  return found
end

-- Of actions that ran more than once only the last time, at the place of the first.
function actions.latest(all)
  local place, latest = {}, {}
  for _, one in ipairs(all) do
    local key = one.stage .. "\0" .. one.action
    if not place[key] then
      latest[#latest + 1] = one
      place[key] = #latest
    else
      latest[place[key]] = one
    end
  end
  return latest
end

-- The rules of stage conditions that were checked in an execution: { { stage, rule, status, summary, error } }.
function actions.rules(pipeline, execution)
  local found = {}
  for page in aws.codepipeline.pages.list_rule_executions {
    pipelineName = pipeline, filter = { pipelineExecutionId = execution },
  } do
    list.append(found, list.map(page.ruleExecutionDetails, function(detail)
      local result = detail.output and detail.output.executionResult or {}
      return {
        stage = detail.stageName, rule = detail.ruleName, status = detail.status, summary = result.externalExecutionSummary,
        error = result.errorDetails,
      }
    end))
  end
  return found
end

return actions
