-- Needs: the local cloud
-- Deciding one run: waits, time limits, a dry run, an approval that somebody else answers; nothing approves by an error.
local check, gated = require "check", require "gated"

local made = gated.make "decide"
local release = gated.pipeline(made, "decide")
local run = release:follow()
local function decide(one, options) return run:decide("Approval", one, options) end
local function open() return gated.is_open "decide" end

-- Whatever goes wrong holds, and leaves the approval open.
local sly = gate.approve("fine")
local wrong = {
  function() error("no network") end,
  function(request) return request.commit.no.such end,
  function() return true end,
  function() return { kind = "approve" } end,
  function() return setmetatable({ kind = "approve" }, { __index = sly }) end,
  function() return setmetatable({ kind = "approve", reason = "forged" }, { __metatable = getmetatable(sly) }) end,
  function(request)
    request.stage, request.token = "Elsewhere", "forged"
    gate.approve("this one is not returned")
  end,
  gate.all(function() return gate.approve() end, function() error("inner") end),
  gate.any(function() return gate.reject("no") end, function() error("inner") end),
  gate.negate(function() error("inner") end),
  function() coroutine.yield(gate.approve("from a yield")) end,
}
for number, one in ipairs(wrong) do
  local answer = decide(one, { gate_limit = 5 })
  check.equal(answer.kind, "hold", "gate " .. number)
  check.yes(open(), "the approval after gate " .. number)
end
check.fails(function() sly.kind = "reject" end, "cannot be changed")

-- A gate that never answers is cut off; one that still waits when the time is up holds, or rejects where that was asked for.
local late = decide(function() task.sleep(600) return gate.approve() end, { gate_limit = 0.3 })
check.equal(late.kind, "hold")
check.has(late.reason, "no answer within 0.3 s")
local asked = 0
late = decide(function()
  asked = asked + 1
  return gate.wait(0.2, "not yet")
end, { timeout = 4 })
check.equal(late.kind, "hold")
check.has(late.reason, "no decision within 4 s", "not yet")
check.yes(asked >= 2)
check.yes(open())

-- A dry run tells, and answers nothing; an on_answer that fails keeps the answer from being sent.
local told
check.equal(decide(function() return gate.approve("would do") end, {
  dry_run = true, on_answer = function(answer, request) told = answer.kind .. " " .. request.stage end,
}).kind, "approve")
check.equal(told, "approve Approval")
check.yes(open())
check.fails(function()
  decide(function() return gate.approve() end, { on_answer = function() error("no chat") end })
end, "no chat")
check.yes(open())

-- A stage that is misspelt, or has no approval, is an error and not a wait without end.
check.fails(function() run:decide("Aproval", gate.prompt()) end, 'no stage "Aproval"', '"Approval"')
check.fails(function() run:decide("Approval") end, "the gate of Approval is a nil, not a function")
check.fails(function() gate.decide("pipeline", "Approval", gate.prompt()) end, "the first argument is a run")
check.fails(function() run:decide("Source", gate.prompt()) end, "has no approval action")
check.fails(function() decide(gate.prompt(), { time_out = 3 }) end, 'no option "time_out" (did you mean "timeout"?)')

-- Somebody else answers while the gate waits: the answer is `taken`, and nothing is sent.
local taken = decide(function(request)
  aws.codepipeline.put_approval_result {
    pipelineName = "decide", stageName = "Approval", actionName = "Ask", token = request.token,
    result = { status = "Approved", summary = "by hand" },
  }
  return gate.wait(0.1)
end)
check.equal(taken.kind, "hold")
check.equal(taken.taken, true)
check.has(taken.reason, "by hand")
check.equal(run:wait().status, "Succeeded")

-- An approval that a newer execution has taken over is not answered in its place.
run = release:start()
gated.opened "decide"
local other
local stale = decide(function()
  if not other then
    other = run
    run:stop("replaced", { abandon = true })
    run = release:start()
    gated.opened "decide"
  end
  return gate.approve("meant for the first")
end)
check.equal(stale.taken, true)
check.yes(open(), "the approval of the newer execution")

-- Long reasons are cut at CodePipeline's limit, between characters.
check.equal(decide(function() return gate.reject(("ơ"):rep(600)) end).kind, "reject")
check.fails(function() run:wait() end, ("ơ"):rep(511) .. "…")

-- A gate that rejects when its time is up; on_answer is told of what is sent.
run = release:start()
check.equal(decide(function() return gate.wait(90, "asleep") end, {
  timeout = 60, on_timeout = "reject", on_answer = function(answer) told = answer.kind end,
}).kind, "reject")
check.equal(told, "reject")
check.fails(function() run:wait() end, "no decision within 60 s: asleep")
-- An execution that has ended cannot be decided any more.
check.fails(function() decide(function() return gate.approve() end) end, "no decision within 60 s: asleep")
