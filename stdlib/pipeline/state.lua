-- get-pipeline-state, as data.

local list = require "awscicd.support.list"

local function conditions_of(stage)
  local found = {}
  for kind, member in pairs {
    before_entry = "beforeEntryConditionState", on_success = "onSuccessConditionState", on_failure = "onFailureConditionState",
  } do
    for _, condition in ipairs((stage[member] or {}).conditionStates or {}) do
      for _, rule in ipairs(condition.ruleStates or {}) do
        local latest = rule.latestExecution or {}
        found[#found + 1] = {
          kind = kind, rule = rule.ruleName, status = latest.status, summary = latest.summary, error = latest.errorDetails,
        }
      end
    end
  end
  table.sort(found, function(a, b) return a.kind .. a.rule < b.kind .. b.rule end)
  return found
end

-- { { name, status, execution, enabled, reason, waiting, conditions = { { kind, rule, status } }, actions = { { name,
-- status, summary, token, external_id, error, updated, revision } } } }. Before a stage is first entered it has no status.
return function(name)
  local state = aws.codepipeline.get_pipeline_state { name = name }
  return list.map(state.stageStates, function(stage)
    local latest = stage.latestExecution or {}
    local inbound = stage.inboundTransitionState
    return {
      name = stage.stageName, status = latest.status, execution = latest.pipelineExecutionId,
      enabled = not inbound or inbound.enabled, reason = inbound and inbound.disabledReason,
      waiting = stage.inboundExecution and stage.inboundExecution.pipelineExecutionId,
      conditions = json.list(conditions_of(stage)),
      actions = list.map(stage.actionStates, function(action)
        local last = action.latestExecution or {}
        return {
          name = action.actionName, status = last.status, summary = last.summary, token = last.token,
          external_id = last.externalExecutionId, error = last.errorDetails, updated = last.lastStatusChange,
          revision = action.currentRevision and action.currentRevision.revisionId,
        }
      end),
    }
  end)
end
