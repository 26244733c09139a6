-- A service that answers the approvals of many pipelines for as long as it runs.

local answers = require "awscicd.gate.answers"
local combine = require "awscicd.gate.combine"
local decide = require "awscicd.gate.decide"
local list = require "awscicd.support.list"
local open = require "awscicd.gate.open"
local options_of = require "awscicd.support.options"
local requests = require "awscicd.gate.request"

local specification = {
  gates = "table", pipelines = "list", gate = "function", every = "positive", hold_seconds = "positive",
  gate_limit = "positive", timeout = "positive", on_timeout = { "hold", "reject" }, dry_run = "boolean",
  for_seconds = "positive", on_answer = "function",
}

-- { [pipeline] = function(stage) → gate }
local function gates_of(options)
  local found = {}
  local function add(name, gate)
    if combine.callable(gate) then
      found[name] = function() return gate end
    elseif type(gate) == "table" and next(gate) ~= nil then
      for stage, one in pairs(gate) do
        if not combine.callable(one) then
          error(("gate.serve: the gate of %s, stage %s, is not a function"):format(name, tostring(stage)), 3)
        end
      end
      found[name] = function(stage) return gate[stage] end
    else
      error(("gate.serve: the gate of %s is a %s, not a function"):format(tostring(name), type(gate)), 3)
    end
  end
  for name, gate in pairs(options.gates or {}) do add(name, gate) end
  for _, name in ipairs(options.pipelines or {}) do
    if not found[name] then add(name, options.gate) end
  end
  if next(found) == nil then error("gate.serve: no pipelines were given", 3) end
  return found
end

-- Watches one pipeline: what was answered, and when to ask again, is kept by the approval's token.
local Watch = {}
Watch.__index = Watch

function Watch:answer(known, gate)
  local options = self.options
  local request = requests.of(known)
  local answer = answers.ask(gate, request, options.gate_limit or 600)
  if answers.kind(answer) == "wait" and options.timeout and request.age + answer.seconds > options.timeout then
    answer = decide.late(options.timeout, answer, options.on_timeout)
  end
  if options.on_answer then options.on_answer(answer, request) end
  local kind = answers.kind(answer)
  log.info("gate", {
    pipeline = known.pipeline, stage = known.stage, execution = known.execution, answer = kind, reason = answer.reason,
    dry_run = options.dry_run or nil,
  })
  if kind == "wait" then
    self.next_ask[known.token] = time.monotonic() + answer.seconds
  elseif kind == "hold" then
    self.next_ask[known.token] = time.monotonic() + (options.hold_seconds or 300)
  else
    if not options.dry_run then
      -- Not cut short: an answer is either sent or not. One whose fate a fault hides is seen at the next look: then the
      -- approval is closed, or it is asked about again; the service takes one answer for one token.
      local sent, why = task.shield(decide.send, known, answer)
      if not sent then log.info("gate: somebody else had answered", { pipeline = known.pipeline, problem = why }) end
    end
    self.next_ask[known.token] = math.huge
  end
end

local function code_of(problem)
  local ok, code = pcall(function() return problem.code end)
  return ok and code or nil
end

-- An approval that cannot be answered keeps no other of its pipeline waiting: the first such problem is raised once all
-- have been asked about.
function Watch:look()
  local present, failure = {}, nil
  for _, known in ipairs(open.of(self.name)) do
    present[known.token] = true
    local gate = self.gate_for(known.stage)
    if gate and (self.next_ask[known.token] or 0) <= time.monotonic() then
      local ok, problem = pcall(self.answer, self, known, gate)
      if not ok and code_of(problem) == "cancelled" then error(problem, 0) end
      if not ok then failure = failure or problem end
    end
  end
  for _, token in ipairs(list.keys(self.next_ask)) do
    if not present[token] then self.next_ask[token] = nil end
  end
  if failure then error(failure, 0) end
end

-- What a failure is about. The text of AWS's errors has the request's id in it, which differs each time.
local function subject(problem)
  local is_aws, operation = pcall(function() return problem.operation end)
  if not is_aws or not operation then return tostring(problem) end
  return ("%s.%s %s %s"):format(problem.service, operation, problem.code, problem.message)
end

function Watch:run()
  local every = self.options.every or 10
  while true do
    local ok, failure = pcall(self.look, self)
    if not ok and code_of(failure) == "cancelled" then error(failure, 0) end  -- the service ends; the look is not at fault
    local problem = not ok and subject(failure) or nil
    if problem and problem ~= self.problem then
      log.warn("gate: this look failed; trying again", { pipeline = self.name, problem = tostring(failure) })
    elseif self.problem and not problem then
      log.info("gate: watching again", { pipeline = self.name })
    end
    self.problem = problem
    local soonest = every
    for _, at in pairs(self.next_ask) do soonest = math.min(soonest, at - time.monotonic()) end
    task.sleep(problem and every or math.max(soonest, 0.1))
  end
end

-- Watches pipelines and answers each approval once. Options:
--   gates    = { [pipeline name] = gate, ... }, or { [pipeline name] = { [stage] = gate } } (other stages are left to
--            people), or `gate` for all of `pipelines = { name, ... }`
--   every    seconds between two looks (10)
--   dry_run  says what it would answer, and answers nothing
--   timeout, on_timeout  seconds since the approval opened after which a gate that still waits holds ("hold") or rejects
--            ("reject")
--   gate_limit    seconds for one asking of a gate (600); one that takes longer holds
--   hold_seconds  when a gate that held is asked again, as long as nobody has answered (300)
--   for_seconds   ends after so long (never)
--   on_answer(answer, request)  told of every answer, dry or not, before it is sent
-- A fault of the network or of AWS, or an error in on_answer, is logged and the look tried again; it never answers
-- anything. Each pipeline is watched on its own: a slow gate keeps no other waiting. Several servers may run: CodePipeline
-- takes the first answer.
return function(options)
  options = options_of.check("gate.serve", options, specification)
  local gates = gates_of(options)
  local names = list.keys(gates)
  local function serve()
    task.map(names, function(name)
      setmetatable({ name = name, options = options, gate_for = gates[name], next_ask = {} }, Watch):run()
    end)
  end
  if not options.for_seconds then return serve() end
  local ok, problem = pcall(task.timeout, options.for_seconds, serve)
  if not ok and code_of(problem) ~= "timeout" then error(problem, 0) end
end
