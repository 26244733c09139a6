--- Pipelines: defined in Lua, checked, compared, applied, followed.
--
--   local p = pipeline.define {
--     name = "demo", role = "demo-codepipeline-role", artifacts = bucket,
--     pipeline.stage "Source" { source.codecommit { repository = "demo", output = "Src" } },
--     pipeline.stage "Build"  { build.codebuild { project = "demo-build", input = "Src", output = "Built" } },
--   }
--   p:apply()
--   local run = p:follow { trigger = source.push("index.html", { from = "v2", to = "v3" }) }
--   run:wait()

local actions = require "awscicd.pipeline.actions"
local definition = require "awscicd.pipeline.definition"
local diff = require "awscicd.pipeline.diff"
local draw = require "awscicd.pipeline.draw"
local list = require "awscicd.support.list"
local poll = require "awscicd.support.poll"
local roles = require "awscicd.roles"
local rules = require "awscicd.pipeline.rules"
local run = require "awscicd.pipeline.run"
local tags = require "awscicd.support.tags"
local where = require "awscicd.support.where"

local pipeline = { stage = definition.stage, rules = rules, draw = draw }

local Pipeline = {}
Pipeline.__index = Pipeline
Pipeline.__tostring = function(self) return "pipeline " .. self.name end

-- A pipeline from its definition. Every mistake in it is found here, before anything is sent, and all are named at once.
function pipeline.define(options)
  options.line = where.here(1)
  local problems = definition.problems(options)
  if #problems > 0 then
    error(("%d mistake%s in the pipeline:\n  %s"):format(
      #problems, #problems == 1 and "" or "s", table.concat(problems, "\n  ")), 0)
  end
  return setmetatable({ name = options.name, options = options }, Pipeline)
end

-- A pipeline that exists, by name, for everything but apply and diff.
function pipeline.get(name) return setmetatable({ name = name }, Pipeline) end

-- The names of all pipelines.
function pipeline.list()
  local names = {}
  for page in aws.codepipeline.pages.list_pipelines {} do
    for _, summary in ipairs(page.pipelines) do names[#names + 1] = summary.name end
  end
  return names
end

-- The structure as CodePipeline has it, or nil when there is no such pipeline.
function Pipeline:read()
  local found, err = aws.codepipeline.try.get_pipeline { name = self.name }
  if found then return found.pipeline, found.metadata end
  if err:is("PipelineNotFoundException") then return nil end
  error(err)
end

-- The structure as this definition makes it.
function Pipeline:structure() return definition.structure(self.options) end

-- What apply would change, as lines; an empty list when nothing.
function Pipeline:diff()
  local before = self:read()
  if not before then return { "+ pipeline " .. self.name } end
  return diff.lines(diff.changes(before, self:structure()))
end

-- Creates the pipeline, or changes it to what the definition says. Returns "created", "changed" or "unchanged", and the
-- lines of the difference.
function Pipeline:apply()
  local structure = self:structure()
  local before = self:read()
  if not before then
    local labels = self.options.tags and tags.lower(self.options.tags)
    roles.when_assumable(function()
      return aws.codepipeline.create_pipeline { pipeline = structure, tags = labels }
    end, { what = "CodePipeline accepting the role" })
    return "created", { "+ pipeline " .. self.name }
  end
  local lines = diff.lines(diff.changes(before, structure))
  if #lines == 0 then return "unchanged", lines end
  aws.codepipeline.update_pipeline { pipeline = structure }
  return "changed", lines
end

-- Starts an execution. Options: variables = { NAME = value }, revisions = { [action] = commit id }, token.
function Pipeline:start(options)
  options = options or {}
  local variables = list.map(list.keys(options.variables), function(name)
    return { name = name, value = tostring(options.variables[name]) }
  end)
  local revisions = list.map(list.keys(options.revisions), function(action)
    return { actionName = action, revisionType = "COMMIT_ID", revisionValue = options.revisions[action] }
  end)
  local started = aws.codepipeline.start_pipeline_execution {
    name = self.name, variables = #variables > 0 and variables or nil,
    sourceRevisions = #revisions > 0 and revisions or nil, clientRequestToken = options.token,
  }
  return run.of(self.name, started.pipelineExecutionId)
end

-- The latest executions, newest first: CodePipeline's summaries. `count` at most (20).
function Pipeline:history(count)
  local found = {}
  for page in aws.codepipeline.pages.list_pipeline_executions { pipelineName = self.name } do
    for _, summary in ipairs(page.pipelineExecutionSummaries) do
      if #found == (count or 20) then return found end
      found[#found + 1] = summary
    end
  end
  return found
end

-- The execution to follow: of { execution = id }, of the newest one, or of the one that `trigger` causes. `trigger` is a
-- function; when it returns a commit id (source.push does), the execution with that revision is waited for.
function Pipeline:follow(options)
  options = options or {}
  if options.execution then return run.of(self.name, options.execution) end
  if not options.trigger then
    local newest = self:history(1)[1]
    if not newest then error(("%s has had no execution yet"):format(tostring(self)), 2) end
    return run.of(self.name, newest.pipelineExecutionId)
  end
  local known = {}
  for _, summary in ipairs(self:history(100)) do known[summary.pipelineExecutionId] = true end
  local commit = options.trigger(self:source())
  local id = poll.until_some(function()
    local fresh = list.find(self:history(10), function(summary)
      if known[summary.pipelineExecutionId] then return false end
      return type(commit) ~= "string" or list.find(summary.sourceRevisions, function(revision)
        return revision.revisionId == commit
      end)
    end)
    return fresh and fresh.pipelineExecutionId
  end, { what = ("an execution of %s that the trigger starts"):format(tostring(self)), timeout = options.timeout or 600 })
  return run.of(self.name, id)
end

-- The repository and branch of the first CodeCommit source: { repository, branch }.
function Pipeline:source()
  local structure = self.options and self:structure() or self:read()
  if not structure then error(tostring(self) .. " does not exist", 2) end
  local action = list.find(structure.stages[1].actions, function(action) return action.actionTypeId.provider == "CodeCommit" end)
  local configuration = action and action.configuration or {}
  return { repository = configuration.RepositoryName, branch = configuration.BranchName }
end

-- get-pipeline-state, as data: { { name, status, execution, enabled, actions = { { name, status, summary, token } } } }.
function Pipeline:state()
  local state = aws.codepipeline.get_pipeline_state { name = self.name }
  return list.map(state.stageStates, function(stage)
    local latest = stage.latestExecution or {}
    return {
      name = stage.stageName, status = latest.status, execution = latest.pipelineExecutionId,
      enabled = not stage.inboundTransitionState or stage.inboundTransitionState.enabled,
      reason = stage.inboundTransitionState and stage.inboundTransitionState.disabledReason,
      waiting = stage.inboundExecution and stage.inboundExecution.pipelineExecutionId,
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

-- The pipeline as boxes, with the marks of its present state when it exists.
function Pipeline:draw(columns)
  local stages = self:read() and self:state() or list.map(self:structure().stages, function(stage)
    return { name = stage.name, actions = list.map(stage.actions, function(action) return { name = action.name } end) }
  end)
  return draw(stages, columns or script.width())
end

-- Runs a failed stage again. Options: execution (the stage's own latest when absent), all (all its actions, not only
-- the failed ones).
function Pipeline:retry(stage, options)
  options = options or {}
  local execution = options.execution or self:execution_in(stage)
  local retried = aws.codepipeline.retry_stage_execution {
    pipelineName = self.name, stageName = stage, pipelineExecutionId = execution,
    retryMode = options.all and "ALL_ACTIONS" or "FAILED_ACTIONS",
  }
  return run.of(self.name, retried.pipelineExecutionId)
end

-- Takes a stage back to an earlier execution that succeeded in it: the given one, or the last before the present one.
function Pipeline:rollback(stage, execution)
  execution = execution or self:last_good(stage)
  local started = aws.codepipeline.rollback_stage {
    pipelineName = self.name, stageName = stage, targetPipelineExecutionId = execution,
  }
  return run.of(self.name, started.pipelineExecutionId)
end

-- The newest execution before the present one that succeeded in a stage; raises when there is none.
function Pipeline:last_good(stage)
  local present = self:execution_in(stage)
  for page in aws.codepipeline.pages.list_pipeline_executions {
    pipelineName = self.name, filter = { succeededInStage = { stageName = stage } },
  } do
    for _, summary in ipairs(page.pipelineExecutionSummaries) do
      if summary.pipelineExecutionId ~= present and summary.executionType ~= "ROLLBACK" then
        return summary.pipelineExecutionId
      end
    end
  end
  error(("no earlier execution of %s succeeded in stage %s"):format(self.name, stage), 2)
end

function Pipeline:execution_in(stage)
  local state = self:state()
  local found = list.find(state, function(one) return one.name == stage end)
  if not found then
    local near = list.nearest(stage, list.map(state, function(one) return one.name end))
    error(("%s has no stage %q%s"):format(tostring(self), stage, near and (" (did you mean %q?)"):format(near) or ""), 3)
  end
  if not found.execution then error(("stage %s of %s has had no execution yet"):format(stage, self.name), 3) end
  return found.execution
end

-- Stops what runs now. Options: abandon (do not wait for actions that run), execution, reason.
function Pipeline:stop(options)
  options = options or {}
  local stopped = {}
  for _, summary in ipairs(self:history(100)) do
    local wanted = not options.execution or options.execution == summary.pipelineExecutionId
    if wanted and summary.status == "InProgress" then
      local one = run.of(self.name, summary.pipelineExecutionId)
      stopped[#stopped + 1] = one:stop(options.reason, options)
    end
  end
  return stopped
end

-- Closes or opens the way into a stage.
function Pipeline:disable(stage, reason)
  aws.codepipeline.disable_stage_transition {
    pipelineName = self.name, stageName = stage, transitionType = "Inbound", reason = reason or "disabled by a script",
  }
end

function Pipeline:enable(stage)
  aws.codepipeline.enable_stage_transition { pipelineName = self.name, stageName = stage, transitionType = "Inbound" }
end

function Pipeline:actions(execution) return actions.of(self.name, execution) end

function Pipeline:delete() aws.codepipeline.delete_pipeline { name = self.name } end

return pipeline
