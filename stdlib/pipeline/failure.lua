-- Why a pipeline execution failed: the failing action's own reason, with the end of its own log; or the rule that was not
-- met at the edge of a stage.

local actions = require "awscicd.pipeline.actions"
local build = require "awscicd.build"
local deploy = require "awscicd.deploy"
local list = require "awscicd.support.list"

local failure = {}

local function reason_of(one)
  local problem = one.error
  local text = problem and (problem.message or problem.code) or one.summary
  return text and ": " .. text or ""
end

-- The text of a failed action (as pipeline's run:actions gives it), of one or more lines.
function failure.of_action(action)
  local head = ("stage %s, action %s: %s%s"):format(action.stage, action.action, action.status, reason_of(action))
  if not action.external_id then return head end
  local ok, own = true, nil
  if action.provider == "CodeBuild" or action.provider == "Commands" then
    ok, own = pcall(function() return build.failure(build.get(action.external_id):describe()) end)
  elseif action.provider == "CodeDeploy" then
    ok, own = pcall(deploy.failure, action.external_id)
  end
  if not own then return head end
  return head .. "\n" .. (ok and own or ("(its log could not be read: %s)"):format(tostring(own)))
end

-- Why an execution was stopped: only the list of executions says it.
local function why_stopped(pipeline, id)
  for page in aws.codepipeline.pages.list_pipeline_executions { pipelineName = pipeline } do
    local summary = list.find(page.pipelineExecutionSummaries, function(one) return one.pipelineExecutionId == id end)
    if summary then return summary.stopTrigger and summary.stopTrigger.reason end
  end
end

local bad = { Failed = true, Errored = true }

-- Why an execution did not succeed; "" when CodePipeline says nothing.
function failure.of_execution(pipeline, description, all)
  local failed = list.filter(actions.latest(all), function(action) return action.status == "Failed" end)
  local reasons = list.map(failed, failure.of_action)
  local listed, rules = pcall(actions.rules, pipeline, description.pipelineExecutionId)
  for _, rule in ipairs(listed and rules or {}) do
    if bad[rule.status] then
      reasons[#reasons + 1] = ("stage %s, rule %s: %s%s"):format(rule.stage, rule.rule, rule.status, reason_of(rule))
    end
  end
  local stopped = description.status == "Stopped" and why_stopped(pipeline, description.pipelineExecutionId)
  if stopped then reasons[#reasons + 1] = "stopped: " .. stopped end
  if #reasons == 0 then reasons[1] = description.statusSummary or "" end
  return table.concat(reasons, "\n")
end

return failure
