-- One execution of a pipeline: followed with live progress, decided, waited for.

local actions = require "awscicd.pipeline.actions"
local build = require "awscicd.build"
local deploy = require "awscicd.deploy"
local failure = require "awscicd.pipeline.failure"
local gate = require "awscicd.gate"
local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"
local poll = require "awscicd.support.poll"
local progress = require "awscicd.support.progress"

local Run = {}
Run.__index = Run
Run.__tostring = function(self) return ("%s %s"):format(self.pipeline, self.id) end

local run = {}

-- The statuses in which nothing happens any more.
Run.ended = { Succeeded = true, Failed = true, Stopped = true, Superseded = true, Cancelled = true }

function run.of(pipeline, id) return setmetatable({ pipeline = pipeline, id = id, board = progress.board() }, Run) end

-- CodePipeline's description: { pipelineExecutionId, status, statusSummary, artifactRevisions, variables, trigger, ... }.
function Run:describe()
  return aws.codepipeline.get_pipeline_execution { pipelineName = self.pipeline, pipelineExecutionId = self.id }.pipelineExecution
end

-- The execution's actions so far; see pipeline.actions.
function Run:actions() return actions.of(self.pipeline, self.id) end

local function detail_of(action)
  if action.status == "InProgress" and action.category == "Approval" then return "waits for an answer" end
  local text = action.status == "Failed" and action.error and action.error.message or action.summary
  return text and (text:gsub("%s+", " ")) or nil
end

-- Shows where the execution stands. Returns its status, its actions (each one's latest time), and whether anything moved
-- since the last look. Costs one call while an action runs: an execution with one in progress is in progress itself.
function Run:show()
  local latest = actions.latest(self:actions())
  local busy = list.find(latest, function(action) return action.status == "InProgress" end)
  local status = busy and "InProgress" or self:describe().status
  local print = { status }
  for _, action in ipairs(latest) do
    print[#print + 1] = action.id .. action.status
    self.board:set(action.stage .. "\0" .. action.action, ("%-18s %-20s"):format(action.stage, action.action),
      action.status, detail_of(action), {
        seconds = action.started and math.max(0, (action.status == "InProgress" and time.now() or action.updated or time.now())
          - action.started),
      })
    if action.provider == "CodeDeploy" and action.external_id and action.status ~= "Abandoned" then
      print[#print + 1] = deploy.show(action.external_id, self.board, action.status ~= "InProgress")
    end
  end
  print = table.concat(print, " ")
  local moved = print ~= self.print
  self.print = print
  return status, latest, moved
end

-- Prints the lines that the builds of the execution have written since the last look.
function Run:show_logs(latest)
  self.logs = self.logs or {}
  for _, action in ipairs(latest) do
    local id = action.provider == "CodeBuild" and action.external_id
    local tail = id and (self.logs[id] or build.get(id):tail())
    if tail and not tail.over then
      self.logs[id] = tail
      tail:each(function(line) self.board:say("| " .. line) end)
      tail.over = action.status ~= "InProgress"
    end
  end
end

-- "Source 0.8 s, Build 12 s": how long each stage took, from its first action's start to its last one's end.
local function stage_times(all)
  local order, first, last = {}, {}, {}
  for _, action in ipairs(all) do
    if not first[action.stage] then order[#order + 1] = action.stage end
    first[action.stage] = math.min(first[action.stage] or math.huge, action.started or math.huge)
    last[action.stage] = math.max(last[action.stage] or 0, action.updated or 0)
  end
  return table.concat(list.map(order, function(stage)
    return ("%s %s"):format(stage, progress.seconds(math.max(0, last[stage] - first[stage])))
  end), ", ")
end

-- Waits until the execution ends and returns its description. One that did not succeed raises with the failing action's
-- own log. Options: timeout (seconds), raise (true), logs (false; true shows the builds' logs as they come),
-- on_change(status, actions), told of every change.
function Run:wait(options)
  options = options_of.check("run:wait", options, {
    timeout = "number", raise = "boolean", logs = "boolean", on_change = "function",
  })
  local all = poll.until_some(function()
    local status, latest, moved = self:show()
    if options.logs then self:show_logs(latest) end
    if moved and options.on_change then options.on_change(status, latest) end
    if Run.ended[status] then return latest end
    return nil, moved
  end, { what = ("the end of %s"):format(tostring(self)), timeout = options.timeout })
  local now = self:describe()
  self.board:finish(("%s %s, execution %s%s"):format(self.pipeline, progress.status(now.status), self.id,
    #all > 0 and ": " .. stage_times(all) or ""))
  if now.status ~= "Succeeded" and options.raise ~= false then
    error(("pipeline %s, execution %s: %s\n%s"):format(self.pipeline, self.id, now.status,
      failure.of_execution(self.pipeline, now, all)), 0)
  end
  return now
end

-- Why the execution did not succeed, as text: what wait raises.
function Run:failure() return failure.of_execution(self.pipeline, self:describe(), self:actions()) end

-- Waits for the approval of a stage to open and answers it with what `decide(request)` says; see gate.decide.
function Run:decide(stage, decide, options) return gate.decide(self, stage, decide, options) end

-- Stops the execution. Options: abandon (do not wait for the actions that run).
function Run:stop(reason, options)
  options = options_of.check("run:stop", options, { abandon = "boolean" })
  aws.codepipeline.stop_pipeline_execution {
    pipelineName = self.pipeline, pipelineExecutionId = self.id, reason = reason, abandon = options.abandon,
  }
  return self
end

return run
