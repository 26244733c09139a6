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

-- Watches one pipeline: when to ask again about an approval (never, while it is being asked about or once it is answered),
-- and what went wrong with it, is kept by its token.
local Watch = {}
Watch.__index = Watch

function Watch:answer(known, gate)
  local options = self.options
  local request = requests.of(known)
  local answer = answers.ask(gate, request, options.gate_limit or 600)
  if self.ending then return end
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

-- What a failure is about. The text of AWS's errors has the request's id in it, which differs each time.
local function subject(problem)
  local is_aws, operation = pcall(function() return problem.operation end)
  if not is_aws or not operation then return tostring(problem) end
  return ("%s.%s %s %s"):format(problem.service, operation, problem.code, problem.message)
end

-- Asks about one approval as a task of its own: neither a gate that takes its time nor an answer that does not get out keeps
-- another approval of the pipeline waiting.
function Watch:ask(known, gate)
  local token = known.token
  self.next_ask[token] = math.huge
  self.tasks:spawn(function()
    local ok, problem = pcall(self.answer, self, known, gate)
    if self.ending then return end
    local about = not ok and subject(problem) or nil
    if about then
      self.next_ask[token] = time.monotonic() + self.every
      if about ~= self.problems[token] then
        log.warn("gate: this approval is not answered; trying again", {
          pipeline = known.pipeline, stage = known.stage, execution = known.execution, problem = tostring(problem),
        })
      end
    end
    self.problems[token] = about
    self.pause:cancel()
  end)
end

function Watch:look()
  local present = {}
  for _, known in ipairs(open.of(self.name)) do
    present[known.token] = true
    local gate = self.gate_for(known.stage)
    if gate and (self.next_ask[known.token] or 0) <= time.monotonic() then self:ask(known, gate) end
  end
  for _, token in ipairs(list.keys(self.next_ask)) do
    if not present[token] then self.next_ask[token], self.problems[token] = nil, nil end
  end
end

-- Sleeps until the next look. An answer that comes meanwhile cuts the pause short: it may want an earlier one.
function Watch:rest(failed)
  local due = time.monotonic() + self.every
  repeat
    local soonest = due
    for _, at in pairs(failed and {} or self.next_ask) do soonest = math.min(soonest, at) end
    self.pause = self.tasks:spawn(task.sleep, math.max(soonest - time.monotonic(), 0.1))
    self.pause:wait()
  until self.pause:status() ~= "cancelled"
end

function Watch:run()
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
    self:rest(problem ~= nil)
  end
end

local function watch(name, options, gate_for)
  local self = setmetatable({
    name = name, options = options, gate_for = gate_for, every = options.every or 10, next_ask = {}, problems = {},
  }, Watch)
  task.scope(function(tasks)
    self.tasks = tasks
    local _ <close> = setmetatable({}, { __close = function() self.ending = true end })
    self:run()
  end)
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
-- anything. Each approval is asked about on its own: a slow gate keeps no other waiting. Several servers may run:
-- CodePipeline takes the first answer.
return function(options)
  options = options_of.check("gate.serve", options, specification)
  local gates = gates_of(options)
  local names = list.keys(gates)
  local function serve()
    task.map(names, function(name) watch(name, options, gates[name]) end)
  end
  if not options.for_seconds then return serve() end
  local ok, problem = pcall(task.timeout, options.for_seconds, serve)
  if not ok and code_of(problem) ~= "timeout" then error(problem, 0) end
end
