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

local action = require "awscicd.pipeline.action"
local actions = require "awscicd.pipeline.actions"
local definition = require "awscicd.pipeline.definition"
local diff = require "awscicd.pipeline.diff"
local draw = require "awscicd.pipeline.draw"
local list = require "awscicd.support.list"
local module = require "awscicd.support.module"
local options_of = require "awscicd.support.options"
local poll = require "awscicd.support.poll"
local progress = require "awscicd.support.progress"
local references = require "awscicd.pipeline.references"
local roles = require "awscicd.roles"
local rules = require "awscicd.pipeline.rules"
local run = require "awscicd.pipeline.run"
local state_of = require "awscicd.pipeline.state"
local tags = require "awscicd.support.tags"
local triggers = require "awscicd.pipeline.triggers"
local unstarted = require "awscicd.pipeline.unstarted"
local where = require "awscicd.support.where"

local pipeline = module("pipeline", {
  stage = definition.stage, rules = rules, draw = draw,
  on_push = triggers.push, on_pull_request = triggers.pull_request,
})

-- Seconds after which a trigger that has started nothing is looked into.
local patience = 20

local Pipeline = {}
Pipeline.__index = Pipeline
Pipeline.__tostring = function(self) return "pipeline " .. self.name end

-- Raises with a list of mistakes, one a line.
local function refuse(what, problems)
  error(("%d mistake%s in %s:\n  %s"):format(#problems, #problems == 1 and "" or "s", what, table.concat(problems, "\n  ")), 0)
end

-- A pipeline from its definition. Every mistake in it is found here, before anything is sent, and all are named at once.
-- Options: name, role (name or ARN), artifacts (a bucket, or { [region] = bucket }), type ("V2"), mode ("SUPERSEDED",
-- "QUEUED", "PARALLEL"), variables = { NAME = "default" }, triggers = { pipeline.on_push { ... } }, tags, kms_key; then the
-- stages.
function pipeline.define(options)
  if type(options) ~= "table" then error("pipeline.define takes a table", 2) end
  options.line = where.script()
  local problems = definition.problems(options)
  if #problems > 0 then refuse("the pipeline", problems) end
  return setmetatable({ name = options.name, options = options }, Pipeline)
end

-- An action of any type, for what has no function of its own. Options: name, category, provider, owner ("AWS"), version
-- ("1"), configuration = { NAME = text }, input or inputs, output or outputs, timeout (minutes), and the common ones.
function pipeline.action(options)
  return action.new("pipeline.action", options, {
    category = { "Source", "Build", "Test", "Deploy", "Approval", "Invoke", "Compute" }, provider = "!string", owner = "string",
    version = "string", configuration = "table", input = "string", inputs = "list", output = "string", outputs = "list",
    timeout = "integer",
  }, function(given)
    return {
      name = given.provider, category = given.category or "Invoke", provider = given.provider, owner = given.owner,
      version = given.version, configuration = given.configuration, timeout = given.timeout,
    }
  end)
end

-- Shell commands in a container that CodePipeline gives: { name, commands = { "make test" }, input, output, files = {
-- patterns that go into the output }, variables = { names of shell variables to pass on }, timeout }.
function pipeline.commands(options)
  return action.new("pipeline.commands", options, {
    commands = "!list", input = "string", inputs = "list", output = "string", files = "list", variables = "list",
    timeout = "integer",
  }, function(given)
    return {
      name = "Commands", category = "Compute", provider = "Commands", commands = given.commands, files = given.files,
      output_variables = given.variables, timeout = given.timeout,
    }
  end)
end

-- A pipeline that exists, by name, for everything but apply and diff.
function pipeline.get(name)
  if type(name) ~= "string" or name == "" then error("pipeline.get takes the name of a pipeline", 2) end
  return setmetatable({ name = name }, Pipeline)
end

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
function Pipeline:structure() return definition.structure(self:defined("structure")) end

-- What apply would change, as lines; an empty list when nothing.
function Pipeline:diff()
  local before = self:read()
  if not before then return { "+ pipeline " .. self.name } end
  return diff.lines(diff.changes(before, self:structure()))
end

-- What the definition refers to and is not there, as lines; an empty list when all is. What the caller may not look up is
-- taken to be there.
function Pipeline:missing() return references.problems(self:defined("missing")) end

function Pipeline:defined(method)
  if self.options then return self.options end
  error(("%s was got by its name: %s needs its definition (pipeline.define)"):format(tostring(self), method), 3)
end

local function set_tags(arn, wanted)
  local present = tags.read(aws.codepipeline.list_tags_for_resource { resourceArn = arn }.tags)
  local changed = {}
  for key, value in pairs(wanted) do
    if present[key] ~= tostring(value) then changed[key] = value end
  end
  if next(changed) == nil then return {} end
  aws.codepipeline.tag_resource { resourceArn = arn, tags = tags.lower(changed) }
  return list.map(list.keys(changed), function(key) return ("~ tags.%s: %s"):format(key, tostring(changed[key])) end)
end

-- Creates the pipeline, or changes it to what the definition says, and shows the difference. Returns "created", "changed"
-- or "unchanged", and the lines of the difference. Options: check (true: looks first whether all that the definition refers
-- to is there, and raises with what is not), quiet (shows nothing).
function Pipeline:apply(options)
  options = options_of.check("apply", options, { check = "boolean", quiet = "boolean" })
  self:defined("apply")
  local structure = self:structure()
  if options.check ~= false then
    local missing = self:missing()
    if #missing > 0 then refuse(tostring(self), missing) end
  end
  local before, metadata = self:read()
  local done, lines
  if not before then
    roles.when_assumable(function()
      return aws.codepipeline.create_pipeline { pipeline = structure, tags = self.options.tags and tags.lower(self.options.tags) }
    end, { role = structure.roleArn, what = "CodePipeline accepting the role" })
    self.created = true
    done, lines = "created", { "+ pipeline " .. self.name }
  else
    lines = diff.lines(diff.changes(before, structure))
    if #lines > 0 then
      roles.when_assumable(function() return aws.codepipeline.update_pipeline { pipeline = structure } end,
        { role = structure.roleArn, what = "CodePipeline accepting the role" })
    end
    if self.options.tags then list.append(lines, set_tags(metadata.pipelineArn, self.options.tags)) end
    done = #lines > 0 and "changed" or "unchanged"
  end
  if not options.quiet then
    progress.say(("%s: %s"):format(tostring(self), done))
    if done == "changed" then
      for _, line in ipairs(lines) do progress.say("  " .. line) end
    end
  end
  return done, lines
end

local revision_types = { S3 = "S3_OBJECT_VERSION_ID", ECR = "IMAGE_DIGEST" }

-- The source revisions of a start: a commit id, an object's version or an image's digest, after the action's provider; or
-- { type =, value = } as CodePipeline has them.
local function overrides(structure, revisions)
  local sources = {}
  for _, action_of in ipairs(structure and structure.stages[1].actions or {}) do
    sources[action_of.name] = action_of.actionTypeId.provider
  end
  return list.map(list.keys(revisions), function(name)
    if structure and not sources[name] then
      local near = list.nearest(tostring(name), list.keys(sources))
      local hint = near and (" (did you mean %q?)"):format(near) or ""
      error(("start: no source action is named %q%s"):format(tostring(name), hint), 0)
    end
    local value = revisions[name]
    local described = type(value) == "table" and value or { value = value }
    return {
      actionName = name, revisionType = described.type or revision_types[sources[name]] or "COMMIT_ID",
      revisionValue = described.value,
    }
  end)
end

-- Starts an execution. Options: variables = { NAME = value }, revisions = { [source action] = commit id, or { type =, value
-- = } }, token (a second start with the same one starts nothing).
function Pipeline:start(options)
  options = options_of.check("start", options, { variables = "table", revisions = "table", token = "string" })
  local variables = list.map(list.keys(options.variables), function(name)
    return { name = name, value = tostring(options.variables[name]) }
  end)
  local revisions = options.revisions and overrides(self.options and self:structure() or self:read(), options.revisions) or {}
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
-- function; when it returns a commit id (source.push does), the execution with that revision is waited for. timeout: how
-- many seconds a trigger may take (600); when nothing has started after a while, the rules that should have are looked at,
-- and what is wrong with them is raised.
function Pipeline:follow(options)
  options = options_of.check("follow", options, { execution = "string", trigger = "function", timeout = "number" })
  if options.execution then return run.of(self.name, options.execution) end
  if not options.trigger then
    local newest = self:history(1)[1]
    if not newest and self.created then  -- making a pipeline starts it, but the execution is listed a little later
      newest = poll.until_some(function() return self:history(1)[1] end,
        { what = "the first execution of " .. tostring(self), timeout = options.timeout or 60 })
    end
    if not newest then error(("%s has had no execution yet"):format(tostring(self)), 2) end
    return run.of(self.name, newest.pipelineExecutionId)
  end
  local known = {}
  for _, summary in ipairs(self:history(100)) do known[summary.pipelineExecutionId] = true end
  local commit = options.trigger(self:source())
  local timeout = options.timeout or 600
  local look_why = time.monotonic() + math.min(patience, timeout / 2)
  local id = poll.until_some(function()
    local fresh = list.find(self:history(10), function(summary)
      if known[summary.pipelineExecutionId] then return false end
      return type(commit) ~= "string" or list.find(summary.sourceRevisions, function(revision)
        return revision.revisionId == commit
      end)
    end)
    if not fresh and time.monotonic() >= look_why then
      local problem = unstarted(self.name)
      if problem then error(("nothing starts %s: %s"):format(tostring(self), problem), 0) end
      look_why = math.huge
    end
    return fresh and fresh.pipelineExecutionId
  end, { what = ("an execution of %s that the trigger starts"):format(tostring(self)), timeout = timeout })
  return run.of(self.name, id)
end

-- The repository and branch of the first CodeCommit source: { repository, branch }.
function Pipeline:source()
  local structure = self.options and self:structure() or self:read()
  if not structure then error(tostring(self) .. " does not exist", 2) end
  local first = list.find(structure.stages[1].actions, function(one) return one.actionTypeId.provider == "CodeCommit" end)
  local configuration = first and first.configuration or {}
  return { repository = configuration.RepositoryName, branch = configuration.BranchName }
end

-- Where it stands: { { name, status, execution, enabled, reason, waiting, conditions, actions = { { name, status, summary,
-- token, external_id, error, updated, revision } } } }, as CodePipeline's get-pipeline-state says.
function Pipeline:state() return state_of(self.name) end

-- The pipeline as boxes, with the marks of its present state when it exists, and a line for each transition that is closed.
function Pipeline:draw(columns)
  local exists = self:read()
  if not exists and not self.options then error(tostring(self) .. " does not exist", 2) end
  local stages = exists and self:state() or list.map(self:structure().stages, function(stage)
    return { name = stage.name, actions = list.map(stage.actions, function(one) return { name = one.name } end) }
  end)
  return draw(stages, columns or script.width())
end

-- Runs a failed stage again. Options: execution (the stage's own latest when absent), all (all its actions, not only
-- the failed ones).
function Pipeline:retry(stage, options)
  options = options_of.check("retry", options, { execution = "string", all = "boolean" })
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

-- The newest execution before what a stage has now that succeeded there; raises when there is none. What a rollback went
-- away from is no good one: after a rollback from C to B, this is A. A rollback that failed is to be tried again.
function Pipeline:last_good(stage)
  local present = self:execution_in(stage)
  local now = run.of(self.name, present):describe()
  local function target(execution)
    return execution.executionType == "ROLLBACK" and execution.rollbackMetadata.rollbackTargetPipelineExecutionId or nil
  end
  if target(now) and now.status ~= "Succeeded" then return target(now) end
  local skip_to  -- the target of the rollback that was met last
  for page in aws.codepipeline.pages.list_pipeline_executions {
    pipelineName = self.name, filter = { succeededInStage = { stageName = stage } },
  } do
    for _, summary in ipairs(page.pipelineExecutionSummaries) do
      local id = summary.pipelineExecutionId
      if id == skip_to then skip_to = nil end
      if not skip_to then
        if target(summary) then
          skip_to = target(summary)
        elseif id ~= present and id ~= target(now) then
          return id
        end
      end
    end
  end
  error(("no earlier execution of %s succeeded in stage %s"):format(self.name, stage), 2)
end

function Pipeline:execution_in(stage)
  local state = self:state()
  local found = list.find(state, function(one) return one.name == stage end)
  if not found then
    local near = list.nearest(tostring(stage), list.map(state, function(one) return one.name end))
    local hint = near and (" (did you mean %q?)"):format(near) or ""
    error(("%s has no stage %q%s"):format(tostring(self), tostring(stage), hint), 3)
  end
  if not found.execution then error(("stage %s of %s has had no execution yet"):format(stage, self.name), 3) end
  return found.execution
end

-- Stops what runs now; returns the runs that were told. Options: abandon (do not wait for actions that run, also those of
-- an execution that is stopping already), execution (only this one), reason.
function Pipeline:stop(options)
  options = options_of.check("stop", options, { abandon = "boolean", execution = "string", reason = "string" })
  local stopped = {}
  for _, summary in ipairs(self:history(100)) do
    local wanted = not options.execution or options.execution == summary.pipelineExecutionId
    if wanted and (summary.status == "InProgress" or options.abandon and summary.status == "Stopping") then
      local one = run.of(self.name, summary.pipelineExecutionId)
      stopped[#stopped + 1] = one:stop(options.reason, { abandon = options.abandon })
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

-- Opens it again.
function Pipeline:enable(stage)
  aws.codepipeline.enable_stage_transition { pipelineName = self.name, stageName = stage, transitionType = "Inbound" }
end

local condition_types = { before_entry = "BEFORE_ENTRY", on_success = "ON_SUCCESS" }

-- Lets an execution go on although a stage's condition ("before_entry" or "on_success") is not met.
function Pipeline:override(stage, condition, execution)
  local kind = condition_types[condition]
  if not kind then error("override takes \"before_entry\" or \"on_success\", not " .. tostring(condition), 2) end
  aws.codepipeline.override_stage_condition {
    pipelineName = self.name, stageName = stage, conditionType = kind,
    pipelineExecutionId = execution or self:execution_in(stage),
  }
end

-- The actions of one execution, by its id; see run:actions.
function Pipeline:actions(execution) return actions.of(self.name, execution) end

-- Deletes the pipeline; one that is not there is no error.
function Pipeline:delete() aws.codepipeline.delete_pipeline { name = self.name } end

return pipeline
