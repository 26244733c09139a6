-- What a gate is asked about: who and what. Fields that cost a call are fetched when they are first read; one that cannot
-- be fetched raises, and the gate that read it holds.

local actions = require "awscicd.pipeline.actions"
local list = require "awscicd.support.list"
local source = require "awscicd.source"
local tests = require "awscicd.build.tests"
local textdiff = require "awscicd.support.textdiff"

local request = {}

local lazy = {}

-- The execution: CodePipeline's description of it, with `trigger` = { triggerType, triggerDetail }: who or what began it.
function lazy.description(self)
  return aws.codepipeline.get_pipeline_execution {
    pipelineName = self.pipeline, pipelineExecutionId = self.execution.id,
  }.pipelineExecution
end

function lazy.trigger(self) return self.description.trigger end

-- The values of the pipeline's variables in this execution: { [name] = value }.
function lazy.variables(self)
  local values = {}
  for _, variable in ipairs(self.description.variables or {}) do values[variable.name] = variable.resolvedValue end
  return values
end

-- The pipeline's structure, as CodePipeline has it.
function lazy.structure(self) return aws.codepipeline.get_pipeline { name = self.pipeline }.pipeline end

-- What the approval action itself says to the one who decides: its CustomData and ExternalEntityLink.
local function configuration(self)
  local stage = list.find(self.structure.stages, function(one) return one.name == self.stage end)
  local action = stage and list.find(stage.actions, function(one) return one.name == self.action end)
  return action and action.configuration or {}
end
function lazy.custom_data(self) return configuration(self).CustomData end
function lazy.url(self) return configuration(self).ExternalEntityLink end

-- The first CodeCommit source of the pipeline: { repository, branch, action, output }.
function lazy.source(self)
  for _, action in ipairs(self.structure.stages[1].actions) do
    if action.actionTypeId.provider == "CodeCommit" then
      local output = (action.outputArtifacts or {})[1]
      return {
        repository = action.configuration.RepositoryName, branch = action.configuration.BranchName, action = action.name,
        output = output and output.name,
      }
    end
  end
  return false
end

-- The commit: { id, message, author, email, date, parents }; false when the source is not CodeCommit.
function lazy.commit(self)
  if not self.source then return false end
  local revision = list.find(self.description.artifactRevisions, function(one) return one.name == self.source.output end)
  if not revision then return false end
  return source.describe(self.source.repository, revision.revisionId)
end

-- The commit that the last execution which passed this stage carried, or false.
function lazy.previous_commit(self)
  if not self.source then return false end
  for page in aws.codepipeline.pages.list_pipeline_executions {
    pipelineName = self.pipeline, filter = { succeededInStage = { stageName = self.stage } },
  } do
    for _, summary in ipairs(page.pipelineExecutionSummaries) do
      if summary.pipelineExecutionId ~= self.execution.id then
        local revision = list.find(summary.sourceRevisions, function(one) return one.actionName == self.source.action end)
        if revision then return revision.revisionId end
      end
    end
  end
  return false
end

-- A file that differs, with its difference: each text is fetched once.
local function with_difference(change)
  local before, after = change.before, change.after
  local texts
  local function both()
    texts = texts or { before(), after() }
    return texts[1], texts[2]
  end
  function change.before() return (both()) end
  function change.after() return (select(2, both())) end
  function change.binary()
    local old, new = both()
    return textdiff.is_binary(old) or textdiff.is_binary(new)
  end
  function change.lines()
    local removed, added = textdiff.count(both())
    return removed + added, removed, added
  end
  function change.difference() return textdiff.unified(change.path, both()) end
  return change
end

-- The files that differ from what last passed this stage, or from nothing when nothing has passed it yet: { { path,
-- change = "A", "M" or "D", before(), after(), difference() (as diff -u), lines() (their number; then removed and added),
-- binary() } }.
function lazy.changes(self)
  if not self.commit then error("the changed files are not known: the source is not a CodeCommit repository", 0) end
  local found = source.differences(self.source.repository, self.previous_commit or nil, self.commit.id)
  return list.map(found, with_difference)
end

-- The actions of this execution so far; see pipeline's run:actions.
function lazy.actions(self) return actions.of(self.pipeline, self.execution.id) end

-- The test reports of the builds of this execution; see build.tests.
function lazy.tests(self) return tests.of(self.execution) end

-- The alarms of the account that are in state ALARM: their names.
function lazy.alarms()
  local names = {}
  for page in aws.cloudwatch.pages.describe_alarms {
    StateValue = "ALARM", AlarmTypes = { "MetricAlarm", "CompositeAlarm" },
  } do
    for _, kind in ipairs { "MetricAlarms", "CompositeAlarms" } do
      for _, alarm in ipairs(page[kind] or {}) do names[#names + 1] = alarm.AlarmName end
    end
  end
  return names
end

-- Seconds since the approval opened, and since the commit was made (false when there is none).
function lazy.age(self) return self.opened and self.now - self.opened or 0 end
function lazy.commit_age(self)
  -- CodeCommit gives git's own form: seconds since 1970, then the author's offset from UTC.
  local made = self.commit and tonumber((tostring(self.commit.date):match("^(%d+)")))
  return made and self.now - made
end

function lazy.message(self) return self.commit and self.commit.message end
function lazy.author(self) return self.commit and self.commit.author end

local Request = {}

function Request.__index(self, key)
  local fetch = lazy[key]
  if not fetch then
    local near = type(key) == "string" and list.nearest(key, list.keys(lazy))
    error(("the request has no %q%s"):format(tostring(key), near and (" (did you mean %q?)"):format(near) or ""), 2)
  end
  local value = fetch(self)
  if value == nil then value = false end
  rawset(self, key, value)
  return value
end

Request.__tostring = function(self)
  return ("%s of %s, execution %s"):format(self.stage, self.pipeline, self.execution.id)
end

-- A request from what is known of an open approval: pipeline, stage, action, token, execution (id), opened (time).
function request.of(known)
  return setmetatable({
    pipeline = known.pipeline, stage = known.stage, action = known.action, token = known.token,
    opened = known.opened or false, execution = { pipeline = known.pipeline, id = known.execution }, now = time.now(),
  }, Request)
end

return request
