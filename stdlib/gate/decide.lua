-- Asking a gate about an open approval, and sending its answer.

local answers = require "awscicd.gate.answers"
local combine = require "awscicd.gate.combine"
local list = require "awscicd.support.list"
local open = require "awscicd.gate.open"
local options_of = require "awscicd.support.options"
local poll = require "awscicd.support.poll"
local requests = require "awscicd.gate.request"

local decide = {}

-- CodePipeline's limit for the summary of an approval result.
local longest_summary = 512

local function clip(text)
  if (utf8.len(text) or #text) <= longest_summary then return text end
  local at = utf8.len(text) and utf8.offset(text, longest_summary) or longest_summary
  return text:sub(1, at - 1) .. "…"
end

local results = { approve = "Approved", reject = "Rejected" }

-- Sends an approve or a reject. Returns true, or false with why when the approval was no longer open: somebody else had
-- answered it, or it had expired.
function decide.send(known, answer)
  local status = answers.is(answer) and results[answers.kind(answer)]
  if not status then error("only gate.approve and gate.reject can be sent, not " .. tostring(answer), 2) end
  local _, err = aws.codepipeline.try.put_approval_result {
    pipelineName = known.pipeline, stageName = known.stage, actionName = known.action, token = known.token,
    result = { status = status, summary = clip(answer.reason) },
  }
  if not err then return true end
  if err:is("ApprovalAlreadyCompletedException", "InvalidApprovalTokenException") then return false, err.message end
  error(err)
end

-- What becomes of an answer that still waits when its time is up.
function decide.late(limit, answer, on_timeout)
  local reason = ("no decision within %g s: %s"):format(limit, answer.reason)
  return on_timeout == "reject" and answers.reject(reason) or answers.hold(reason)
end

-- The stage and its approval action have to be there: waiting for a misspelt one would never end.
local function check_stage(run, stage, action)
  local found, err = aws.codepipeline.try.get_pipeline { name = run.pipeline }
  if not found then
    if err:is("AccessDeniedException") then return end
    error(err)
  end
  local function pick(items, name, what)
    local one = list.find(items, function(item) return item.name == name end)
    if one then return one end
    local near = list.nearest(tostring(name), list.map(items, function(item) return item.name end))
    local hint = near and (" (did you mean %q?)"):format(near) or ""
    error(("%s has no %s %q%s"):format(run.pipeline, what, tostring(name), hint), 0)
  end
  local approvals = list.filter(pick(found.pipeline.stages, stage, "stage").actions, function(one)
    return one.actionTypeId.category == "Approval"
  end)
  if #approvals == 0 then error(("stage %s of %s has no approval action"):format(stage, run.pipeline), 0) end
  if action then pick(approvals, action, "approval action in stage " .. stage) end
end

local function opened(run, stage, action, actions)
  local function is_ours(one) return one.stage == stage and (not action or one.action == action) end
  local waiting = list.find(actions, function(one)
    return is_ours(one) and one.category == "Approval" and one.status == "InProgress"
  end)
  return waiting and list.find(open.of(run.pipeline), function(one) return one.execution == run.id and is_ours(one) end)
end

-- Whether the same approval is still open; what became of it otherwise.
local function still_open(run, known)
  local _, actions = run:show()
  local one = list.find(actions, function(action) return action.stage == known.stage and action.action == known.action end)
  if not one or one.status == "InProgress" then return true end
  return false, ("%s%s"):format(one.status, one.summary and ": " .. one.summary or "")
end

-- Waits for the approval of `stage` in a run to open, asks the gate until it approves or rejects, and sends that.
-- Returns the answer. Options:
--   action      the approval action, when the stage has more than one
--   timeout     seconds for all of it (none)
--   on_timeout  what an answer that still waits becomes then: "hold" (default) or "reject"
--   gate_limit  seconds for one asking of the gate (none); a gate that takes longer holds
--   dry_run     asks, and answers nothing
--   on_answer   function(answer, request), told of every answer before it is sent
-- A gate that holds leaves the approval open: the answer `hold` is returned, with `taken` when somebody else had answered.
function decide.run(run, stage, gate, options)
  options = options_of.check("decide", options, {
    action = "string", timeout = "positive", on_timeout = { "hold", "reject" }, gate_limit = "positive", dry_run = "boolean",
    on_answer = "function",
  })
  if type(run) ~= "table" or not run.id or not run.pipeline then
    error(("gate.decide: the first argument is a run (pipeline:follow() gives one), not a %s"):format(type(run)), 2)
  end
  if not combine.callable(gate) then
    error(("decide: the gate of %s is a %s, not a function"):format(tostring(stage), type(gate)), 3)
  end
  check_stage(run, stage, options.action)
  local started = time.monotonic()
  local function left() return options.timeout and options.timeout - (time.monotonic() - started) end
  local known = poll.until_some(function()
    local status, actions, moved = run:show()
    local found = opened(run, stage, options.action, actions)
    if found then return found end
    if run.ended[status] then
      run:wait()  -- raises with the reason when it did not succeed
      error(("%s ended before stage %s asked for an approval"):format(tostring(run), stage), 0)
    end
    return nil, moved
  end, { what = ("stage %s of %s asking for an approval"):format(stage, run.pipeline), timeout = options.timeout })

  local function say(text) run.board:say(("gate of %s: %s"):format(stage, text)) end
  while true do
    local request = requests.of(known)
    local limit = left()
    if options.gate_limit then limit = math.min(limit or math.huge, options.gate_limit) end
    local answer = answers.ask(gate, request, limit and math.max(limit, 0.001))
    if answers.kind(answer) == "wait" and options.timeout and answer.seconds > left() then
      answer = decide.late(options.timeout, answer, options.on_timeout)
    end
    if options.on_answer then options.on_answer(answer, request) end
    say(tostring(answer))
    local kind = answers.kind(answer)
    if kind == "wait" then
      task.sleep(answer.seconds)
      local is_open, became = still_open(run, known)
      if not is_open then
        say("somebody else had answered: " .. became)
        return answers.hold("answered already: " .. became, { taken = true })
      end
    else
      if kind ~= "hold" and not options.dry_run then
        local sent, why = decide.send(known, answer)
        if not sent then
          say("not sent, the approval is closed: " .. why)
          return answers.hold("answered already: " .. why, { taken = true })
        end
      end
      return answer
    end
  end
end

return decide
