-- The action executions of one pipeline execution, in the order in which they began.

local actions = {}

-- A list of { stage, action, category, provider, status, summary, url, external_id, error, started, updated, revision }.
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

return actions
