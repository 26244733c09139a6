-- What a gate may answer, and asking one.

local answers = {}

-- What each answer says is kept here, so that nothing but these functions makes an answer or changes one.
local said = setmetatable({}, { __mode = "k" })

local Answer = {
  __index = function(self, key) return said[self][key] end,
  __newindex = function() error("an answer of a gate cannot be changed; return another one", 2) end,
  __tostring = function(self)
    local answer = said[self]
    if answer.kind == "wait" then return ("wait %g s: %s"):format(answer.seconds, answer.reason) end
    return ("%s: %s"):format(answer.kind, answer.reason)
  end,
  __metatable = "awscicd.gate.answer",
}

local function make(kind, reason, more)
  local answer = setmetatable({}, Answer)
  said[answer] = more or {}
  said[answer].kind, said[answer].reason = kind, tostring(reason or "no reason given")
  return answer
end

-- Grants the approval; the reason becomes its summary (512 characters at most).
function answers.approve(reason) return make("approve", reason) end

-- Refuses it: the stage fails with the reason.
function answers.reject(reason) return make("reject", reason) end

-- Sends nothing: a person decides. `more` marks an answer that nobody chose: failed (the gate went wrong), taken
-- (somebody else had answered).
function answers.hold(reason, more) return make("hold", reason, more and { failed = more.failed, taken = more.taken }) end

-- Sends nothing now: the gate is asked again after some seconds.
function answers.wait(seconds, reason)
  if math.type(seconds) == nil or seconds ~= seconds or seconds <= 0 or seconds == math.huge then
    error("gate.wait: the first argument is a positive number of seconds", 2)
  end
  return make("wait", reason or "not yet", { seconds = seconds })
end

-- Whether a value is an answer that these functions made.
function answers.is(value) return type(value) == "table" and said[value] ~= nil end

-- What an answer says, whatever was done to its table since: "approve", "reject", "wait" or "hold".
function answers.kind(answer) return said[answer].kind end

local function text_of(problem)
  if problem == nil then return "an error without a value" end
  local told, text = pcall(tostring, problem)
  return told and text or "its error has no text"
end

-- Asks a gate, for at most `limit` seconds (no limit when nil). Whatever goes wrong in it becomes `hold`, with what went
-- wrong as the reason: an error, anything else than an answer, too long a time.
function answers.ask(gate, request, limit)
  local ok, answer
  if limit then
    ok, answer = pcall(task.timeout, limit, gate, request)
  else
    ok, answer = pcall(gate, request)
  end
  if not ok then
    local late = limit and type(answer) ~= "string" and select(2, pcall(function() return answer.code end)) == "timeout"
    return answers.hold(late and ("the gate gave no answer within %g s (%s)"):format(limit, text_of(answer))
      or "the gate failed: " .. text_of(answer), { failed = true })
  end
  if not answers.is(answer) then
    return answers.hold(("the gate returned %s, not an answer; return gate.approve(...), gate.reject(...), "
      .. "gate.wait(...) or gate.hold(...)"):format(answer == nil and "nothing" or "a " .. type(answer)), { failed = true })
  end
  return answer
end

return answers
