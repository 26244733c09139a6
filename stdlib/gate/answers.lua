-- What a gate may answer, and how the answers of several gates make one.

local answers = {}

local Answer = {}
Answer.__index = Answer
Answer.__tostring = function(self)
  if self.kind == "wait" then return ("wait %g s: %s"):format(self.seconds, self.reason) end
  return ("%s: %s"):format(self.kind, self.reason)
end

local function make(kind, reason, more)
  local answer = more or {}
  answer.kind, answer.reason = kind, tostring(reason or "no reason given")
  return setmetatable(answer, Answer)
end

function answers.approve(reason) return make("approve", reason) end
function answers.reject(reason) return make("reject", reason) end
function answers.hold(reason) return make("hold", reason) end

-- Ask again after some seconds.
function answers.wait(seconds, reason)
  if math.type(seconds) == nil or seconds ~= seconds or seconds <= 0 then
    error("gate.wait: the first argument is a positive number of seconds", 2)
  end
  return make("wait", reason or "not yet", { seconds = seconds })
end

function answers.is(value) return getmetatable(value) == Answer end

-- Asks a gate. Whatever goes wrong in it becomes `hold`, with what went wrong as the reason.
function answers.ask(gate, request)
  local ok, answer = pcall(gate, request)
  if not ok then
    local told, text = pcall(tostring, answer)
    return make("hold", "the gate failed: " .. (told and text or "its error has no text"), { failed = true })
  end
  if not answers.is(answer) then
    return make("hold", ("the gate returned %s, not an answer; return gate.approve(...), gate.reject(...), gate.wait(...) "
      .. "or gate.hold(...)"):format(type(answer)), { failed = true })
  end
  return answer
end

local function joined(list)
  local reasons = {}
  for i, answer in ipairs(list) do reasons[i] = answer.reason end
  return table.concat(reasons, "; ")
end

local function soonest(waits)
  local seconds = math.huge
  for _, answer in ipairs(waits) do seconds = math.min(seconds, answer.seconds) end
  return answers.wait(seconds, joined(waits))
end

local function sorted(gates, request)
  local by = { approve = {}, reject = {}, wait = {}, hold = {} }
  for _, gate in ipairs(gates) do
    local answer = answers.ask(gate, request)
    table.insert(by[answer.kind], answer)
  end
  return by
end

-- A gate that approves when all of the gates do. One rejection rejects; else one hold holds; else one wait waits.
function answers.all(gates)
  if #gates == 0 then error("gate.all: at least one gate is needed", 2) end
  return function(request)
    local by = sorted(gates, request)
    if #by.reject > 0 then return answers.reject(joined(by.reject)) end
    if #by.hold > 0 then return answers.hold(joined(by.hold)) end
    if #by.wait > 0 then return soonest(by.wait) end
    return answers.approve(joined(by.approve))
  end
end

-- A gate that approves when one of the gates does. It rejects only when all reject; a gate that failed is not counted
-- as a rejection: then, as with any other hold or wait, it waits or holds.
function answers.any(gates)
  if #gates == 0 then error("gate.any: at least one gate is needed", 2) end
  return function(request)
    local by = sorted(gates, request)
    if #by.approve > 0 then return answers.approve(joined(by.approve)) end
    if #by.wait > 0 then return soonest(by.wait) end
    if #by.hold > 0 then return answers.hold(joined(by.hold)) end
    return answers.reject(joined(by.reject))
  end
end

-- A gate that turns approval into rejection and the other way round; wait and hold stay.
function answers.negate(gate)
  return function(request)
    local answer = answers.ask(gate, request)
    if answer.kind == "approve" then return answers.reject(answer.reason) end
    if answer.kind == "reject" then return answers.approve(answer.reason) end
    return answer
  end
end

return answers
