-- A service that answers the approvals of many pipelines for as long as it runs.

local answers = require "awscicd.gate.answers"
local decide = require "awscicd.gate.decide"
local open = require "awscicd.gate.open"
local requests = require "awscicd.gate.request"

-- Watches pipelines and answers each approval once. Options:
--   gates    = { [pipeline name] = gate, ... }, or `gate` for all of `pipelines = { name, ... }`
--   every    seconds between two looks (10)
--   dry_run  says what it would answer, and answers nothing
--   for_seconds  ends after so long (never)
--   on_answer(answer, request)  told of every answer, dry or not
-- A fault of the network or of AWS is logged and tried again at the next look; it never answers anything. A gate that
-- held is asked again only when the same approval is still open and `hold_seconds` (300) have gone by.
return function(options)
  local gates = options.gates or {}
  for _, name in ipairs(options.pipelines or {}) do gates[name] = gates[name] or options.gate end
  if next(gates) == nil then error("gate.serve: no pipelines were given", 2) end
  local next_ask, answered = {}, {}
  local started = time.monotonic()

  local function answer_one(known, gate)
    local request = requests.of(known)
    local answer = answers.ask(gate, request)
    if options.on_answer then options.on_answer(answer, request) end
    log.info("gate", {
      pipeline = known.pipeline, stage = known.stage, execution = known.execution, answer = answer.kind,
      reason = answer.reason, dry_run = options.dry_run or nil,
    })
    if answer.kind == "wait" then
      next_ask[known.token] = time.monotonic() + answer.seconds
    elseif answer.kind == "hold" then
      next_ask[known.token] = time.monotonic() + (options.hold_seconds or 300)
    else
      answered[known.token] = true
      if not options.dry_run then
        local ok, sent = pcall(decide.send, known, answer)
        if not ok then
          answered[known.token] = nil  -- it may not have arrived; the service refuses a second answer to one token
          error(sent, 0)
        end
      end
    end
  end

  local function look(name, gate)
    for _, known in ipairs(open.of(name)) do
      if not answered[known.token] and (next_ask[known.token] or 0) <= time.monotonic() then answer_one(known, gate) end
    end
  end

  while not options.for_seconds or time.monotonic() - started < options.for_seconds do
    local names = {}
    for name in pairs(gates) do names[#names + 1] = name end
    table.sort(names)
    task.map(names, function(name)
      local ok, problem = pcall(look, name, gates[name])
      if not ok then log.warn("gate: this look failed; trying again", { pipeline = name, problem = tostring(problem) }) end
    end, { limit = 8 })
    task.sleep(options.every or 10)
  end
end
