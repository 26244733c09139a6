-- How the answers of several gates make one. A gate that is missing (nil, because its name is misspelt) is an error where
-- the gates are put together: left out silently, it would approve by being absent.

local answers = require "awscicd.gate.answers"

local combine = {}

local function callable(value)
  if type(value) == "function" then return true end
  local meta = type(value) == "table" and getmetatable(value)
  return type(meta) == "table" and meta.__call ~= nil
end

-- The gates of gate.all(a, b) and gate.all { a, b }. Only the first form can see a nil at the end.
local function gates_of(what, ...)
  local gates, count = { ... }, select("#", ...)
  if count == 1 and type(gates[1]) == "table" and not callable(gates[1]) then
    gates, count = gates[1], 0
    for key in pairs(gates) do
      if math.type(key) ~= "integer" or key < 1 then
        error(("%s takes gates one after another; %q is a name"):format(what, tostring(key)), 3)
      end
      count = math.max(count, key)
    end
  end
  if count == 0 then error(what .. ": at least one gate is needed", 3) end
  for i = 1, count do
    if not callable(gates[i]) then
      error(("%s: gate %d of %d is %s, not a function%s"):format(what, i, count,
        gates[i] == nil and "nil" or "a " .. type(gates[i]), gates[i] == nil and " (is its name misspelt?)" or ""), 3)
    end
  end
  return table.move(gates, 1, count, 1, {})
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
    table.insert(by[answers.kind(answer)], answer)
  end
  return by
end

-- A gate that approves when all of the gates do. One rejection rejects; else one hold holds; else one wait waits, for the
-- shortest of their times.
function combine.all(...)
  local gates = gates_of("gate.all", ...)
  return function(request)
    local by = sorted(gates, request)
    if #by.reject > 0 then return answers.reject(joined(by.reject)) end
    if #by.hold > 0 then return answers.hold(joined(by.hold), by.hold[1]) end
    if #by.wait > 0 then return soonest(by.wait) end
    return answers.approve(joined(by.approve))
  end
end

-- A gate that approves when one of the gates does. It rejects only when all reject; a gate that failed is not counted
-- as a rejection: then, as with any other hold or wait, it waits or holds.
function combine.any(...)
  local gates = gates_of("gate.any", ...)
  return function(request)
    local by = sorted(gates, request)
    if #by.approve > 0 then return answers.approve(joined(by.approve)) end
    if #by.wait > 0 then return soonest(by.wait) end
    if #by.hold > 0 then return answers.hold(joined(by.hold), by.hold[1]) end
    return answers.reject(joined(by.reject))
  end
end

-- A gate that turns approval into rejection and the other way round; wait and hold stay, so a gate that fails still holds.
function combine.negate(...)
  local gates = gates_of("gate.negate", ...)
  if #gates > 1 then error("gate.negate takes one gate", 2) end
  return function(request)
    local answer = answers.ask(gates[1], request)
    local kind = answers.kind(answer)
    if kind == "approve" then return answers.reject(answer.reason) end
    if kind == "reject" then return answers.approve(answer.reason) end
    return answer
  end
end

combine.callable = callable

return combine
