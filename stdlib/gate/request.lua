-- What a gate is asked about: who and what. Fields that cost a call are fetched when they are first read.

local list = require "awscicd.support.list"
local source = require "awscicd.source"
local tests = require "awscicd.build.tests"

local request = {}

local lazy = {}

-- The execution: CodePipeline's description of it.
function lazy.description(self)
  return aws.codepipeline.get_pipeline_execution {
    pipelineName = self.pipeline, pipelineExecutionId = self.execution.id,
  }.pipelineExecution
end

-- The first CodeCommit source of the pipeline: { repository, branch, action }.
function lazy.source(self)
  for _, action in ipairs(aws.codepipeline.get_pipeline { name = self.pipeline }.pipeline.stages[1].actions) do
    if action.actionTypeId.provider == "CodeCommit" then
      return {
        repository = action.configuration.RepositoryName, branch = action.configuration.BranchName, action = action.name,
      }
    end
  end
  return false
end

-- The commit: { id, message, author, email, date, parents }; false when the source is not CodeCommit.
function lazy.commit(self)
  local revision = (self.description.artifactRevisions or {})[1]
  if not self.source or not revision then return false end
  return source.describe(self.source.repository, revision.revisionId)
end

-- The commit that the last execution which passed this stage carried, or false.
function lazy.previous_commit(self)
  for page in aws.codepipeline.pages.list_pipeline_executions {
    pipelineName = self.pipeline, filter = { succeededInStage = { stageName = self.stage } },
  } do
    for _, summary in ipairs(page.pipelineExecutionSummaries) do
      local revision = (summary.sourceRevisions or {})[1]
      if summary.pipelineExecutionId ~= self.execution.id and revision then return revision.revisionId end
    end
  end
  return false
end

local function changed_lines(before, after)
  local count = {}
  for line in (before .. "\n"):gmatch("([^\n]*)\n") do count[line] = (count[line] or 0) - 1 end
  for line in (after .. "\n"):gmatch("([^\n]*)\n") do count[line] = (count[line] or 0) + 1 end
  local total = 0
  for _, difference in pairs(count) do total = total + math.abs(difference) end
  return total
end

-- The files that differ from what last passed this stage: { { path, change, before(), after(), lines() } }.
function lazy.changes(self)
  if not self.commit then error("the changed files are not known: the source is not a CodeCommit repository", 0) end
  local base = self.previous_commit or self.commit.parents[1]
  return list.map(source.differences(self.source.repository, base, self.commit.id), function(change)
    function change.lines() return changed_lines(change.before(), change.after()) end
    return change
  end)
end

-- The test reports of the builds of this execution.
function lazy.tests(self) return tests.of(self.execution) end

-- The alarms of the account that are in state ALARM: their names.
function lazy.alarms()
  local names = {}
  for page in aws.cloudwatch.pages.describe_alarms { StateValue = "ALARM" } do
    for _, alarm in ipairs(page.MetricAlarms) do names[#names + 1] = alarm.AlarmName end
  end
  return names
end

-- Seconds since the approval opened, and since the commit was made.
function lazy.age(self) return self.opened and self.now - self.opened or 0 end
function lazy.commit_age(self)
  return self.commit and self.commit.date and self.now - (time.parse(self.commit.date) or self.now)
end

function lazy.message(self) return self.commit and self.commit.message end
function lazy.author(self) return self.commit and self.commit.author end

local Request = {}

function Request.__index(self, key)
  local fetch = lazy[key]
  if not fetch then return nil end
  local value = fetch(self)
  if value == nil then value = false end
  rawset(self, key, value)
  return value
end

Request.__tostring = function(self)
  return ("%s of %s, execution %s"):format(self.stage, self.pipeline, self.execution.id)
end

-- A request from what is known of an open approval: pipeline, execution id, stage, action, token, opened (time).
function request.of(known)
  return setmetatable({
    pipeline = known.pipeline, stage = known.stage, action = known.action, token = known.token, opened = known.opened,
    execution = { pipeline = known.pipeline, id = known.execution }, now = time.now(), custom_data = known.custom_data,
  }, Request)
end

return request
