-- Asking a gate about an open approval, and sending its answer.

local answers = require "awscicd.gate.answers"
local list = require "awscicd.support.list"
local open = require "awscicd.gate.open"
local poll = require "awscicd.support.poll"
local requests = require "awscicd.gate.request"

local decide = {}

local ended = { Succeeded = true, Failed = true, Stopped = true, Superseded = true, Cancelled = true }

-- CodePipeline's limit for the summary of an approval result.
local longest_summary = 512

local function clip(text)
  if (utf8.len(text) or #text) <= longest_summary then return text end
  local at = utf8.offset(text, longest_summary) or longest_summary
  return text:sub(1, at - 1) .. "…"
end

-- Sends approve or reject. Returns true, or false with why when somebody else was quicker.
function decide.send(known, answer)
  local _, err = aws.codepipeline.try.put_approval_result {
    pipelineName = known.pipeline, stageName = known.stage, actionName = known.action, token = known.token,
    result = { status = answer.kind == "approve" and "Approved" or "Rejected", summary = clip(answer.reason) },
  }
  if not err then return true end
  if err:is("ApprovalAlreadyCompletedException", "InvalidApprovalTokenException") then return false, err.message end
  error(err)
end

-- Waits for the approval of `stage` in a run to open, asks the gate until it approves or rejects, and sends that.
-- Returns the answer. Options: timeout (seconds, none), on_timeout ("hold" or "reject"; "hold"), dry_run (answers
-- nothing), on_answer(answer, request). A gate that holds leaves the approval open: the answer `hold` is returned.
function decide.run(run, stage, gate, options)
  options = options or {}
  local started = time.monotonic()
  local known = poll.until_some(function()
    local now = run:show()
    local found = list.find(open.of(run.pipeline), function(one)
      return one.execution == run.id and one.stage == stage
    end)
    if found then return found end
    if ended[now.status] then
      run:wait()  -- raises with the reason when it did not succeed
      error(("%s ended before stage %s asked for an approval"):format(tostring(run), stage), 0)
    end
  end, { what = ("stage %s of %s asking for an approval"):format(stage, run.pipeline), timeout = options.timeout })
  while true do
    local request = requests.of(known)
    local answer = answers.ask(gate, request)
    if options.on_answer then options.on_answer(answer, request) end
    if answer.kind == "wait" then
      local spent = time.monotonic() - started
      if options.timeout and spent + answer.seconds > options.timeout then
        local late = ("no decision within %g s: %s"):format(options.timeout, answer.reason)
        answer = options.on_timeout == "reject" and answers.reject(late) or answers.hold(late)
      end
    end
    if answer.kind == "wait" then
      run.board:say(("gate of %s: %s"):format(stage, tostring(answer)))
      task.sleep(answer.seconds)
    else
      run.board:say(("gate of %s: %s"):format(stage, tostring(answer)))
      if answer.kind ~= "hold" and not options.dry_run then
        local sent, why = decide.send(known, answer)
        if not sent then run.board:say(("gate of %s: somebody else had answered (%s)"):format(stage, why)) end
      end
      return answer
    end
  end
end

return decide
