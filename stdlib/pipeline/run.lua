-- One execution of a pipeline: followed with live progress, decided, waited for.

local actions = require "awscicd.pipeline.actions"
local deploy = require "awscicd.deploy"
local failure = require "awscicd.pipeline.failure"
local gate = require "awscicd.gate"
local list = require "awscicd.support.list"
local poll = require "awscicd.support.poll"
local progress = require "awscicd.support.progress"

local Run = {}
Run.__index = Run
Run.__tostring = function(self) return ("%s %s"):format(self.pipeline, self.id) end

local run = {}

local ended = { Succeeded = true, Failed = true, Stopped = true, Superseded = true, Cancelled = true }

function run.of(pipeline, id) return setmetatable({ pipeline = pipeline, id = id, board = progress.board() }, Run) end

function Run:describe()
  return aws.codepipeline.get_pipeline_execution { pipelineName = self.pipeline, pipelineExecutionId = self.id }.pipelineExecution
end

function Run:actions() return actions.of(self.pipeline, self.id) end

-- Shows where the execution stands; returns its status and its actions.
function Run:show()
  local now = self:describe()
  local all = self:actions()
  for _, action in ipairs(all) do
    local detail = action.status == "Failed" and (action.error and action.error.message) or action.summary
    if action.status == "InProgress" and action.category == "Approval" then detail = "waits for an answer" end
    self.board:set(action.id, ("%-18s %-20s"):format(action.stage, action.action), action.status,
      detail and detail:gsub("%s+", " ") or nil)
    if action.provider == "CodeDeploy" and action.external_id and action.status ~= "Abandoned" then
      deploy.show(action.external_id, self.board, action.status ~= "InProgress")
    end
  end
  return now, all
end

-- A fingerprint of all statuses: while it changes, asking again soon is worth it.
local function fingerprint(now, all)
  return now.status .. table.concat(list.map(all, function(action) return action.id .. action.status end))
end

-- Waits until the execution ends and returns its description. One that did not succeed raises with the failing action's
-- own log, unless `raise = false`. Options: timeout (seconds), raise, on_change(description, actions).
function Run:wait(options)
  options = options or {}
  local last
  local now, all = poll.until_some(function()
    local now, all = self:show()
    local print = fingerprint(now, all)
    local moved = print ~= last
    last = print
    if moved and options.on_change then options.on_change(now, all) end
    if ended[now.status] then return now, all end
    return nil, moved
  end, { what = ("the end of %s"):format(tostring(self)), timeout = options.timeout })
  if now.status ~= "Succeeded" and options.raise ~= false then
    local failed = list.filter(all, function(action) return action.status == "Failed" end)
    local reasons = list.map(failed, failure)
    if #reasons == 0 then reasons[1] = now.statusSummary or "" end
    error(("pipeline %s, execution %s: %s\n%s"):format(self.pipeline, self.id, now.status, table.concat(reasons, "\n")), 0)
  end
  return now
end

-- Waits for the approval of a stage to open and answers it with what `decide(request)` says; see gate.
function Run:decide(stage, decide, options)
  return gate.decide(self, stage, decide, options)
end

function Run:stop(reason, options)
  aws.codepipeline.stop_pipeline_execution {
    pipelineName = self.pipeline, pipelineExecutionId = self.id, reason = reason,
    abandon = options and options.abandon or nil,
  }
  return self
end

return run
