-- Carrying a plan out: every resource is a task that waits for what has to go before it.

local batch = require "awscicd.teardown.batch"
local chain = require "awscicd.teardown.chain"
local confirm = require "awscicd.teardown.confirm"
local discover = require "awscicd.teardown.discover"
local graph = require "awscicd.teardown.graph"
local kinds = require "awscicd.teardown.kinds"
local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"
local progress = require "awscicd.support.progress"
local protect = require "awscicd.teardown.protect"
local remove = require "awscicd.teardown.remove"
local report = require "awscicd.teardown.report"
local scopes = require "awscicd.teardown.scope"

local Run = {}
Run.__index = Run

-- A kind that was to go first and could not be looked at: what of it stands, and whether it is protected, is not known.
function Run:unknown_before(resource)
  local entry = self.plan.order[resource.kind]
  for _, kind in ipairs(list.keys(entry and entry.after)) do
    if self.unlisted[kind] then return kind, entry.after[kind] end
  end
end

-- Waits for what has to go first. A list that grows meanwhile (a copy that was found late) is walked to its new end.
-- Returns the edge to what still stands, if anything does.
function Run:wait_for_others(resource)
  for _, edge in ipairs(self.plan.edges[resource]) do
    local other = self.outcome[edge.resource]
    other.done:join()
    if other.state ~= "gone" then return edge end
  end
end

-- Services may have made more of some kinds since the plan, for what is gone now: a deployment that was just being
-- stopped copied its group. What only they can have made is added to the plan.
function Run:look_for_more(resource)
  for _, name in ipairs(kinds[resource.kind].leaves or {}) do
    if not self.unseen[name] and (not self.plan.options.only or list.contains(self.plan.options.only, name)) then
      local scope = self:fresh_scope()
      local fresh = list.filter(discover.kind(scope, kinds, name), function(found)
        return found.how == "made" and not list.find(self.plan.resources, function(one) return one.key == found.key end)
      end)
      protect(scope, fresh)
      for _, one in ipairs(fresh) do
        self.context.say(("found since: %s %s"):format(kinds[name].title, one.label))
        graph.add(one, self.plan.resources, self.plan.edges, self.plan.order, kinds)
        self:start(one)
      end
    end
  end
end

-- The scope once more, with what its findings led it to expect.
function Run:fresh_scope()
  local scope = scopes.of(self.plan.options, kinds)
  scope:expect_as(self.plan.scope)
  return scope
end

function Run:take_away(resource)
  if resource.protected then return "protected", resource.protected end
  local unknown, why = self:unknown_before(resource)
  if unknown then
    return "kept", ("no %s could be looked at: %s (look at the kinds to delete alone, with `only`, to go on all the same)")
      :format(kinds[unknown].title, why)
  end
  local edge = self:wait_for_others(resource)
  if edge then
    return "kept", ("%s %s still stands: %s"):format(kinds[edge.resource.kind].title, edge.resource.label, edge.why)
  end
  local begun = time.monotonic()
  local state, reason, blocker = remove(kinds[resource.kind], resource, self.context)
  resource.seconds = time.monotonic() - begun
  if state == "gone" then self:look_for_more(resource) end
  return state, reason, blocker
end

function Run:start(resource)
  local entry = {}
  self.outcome[resource] = entry
  entry.done = self.tasks:spawn(function()
    local ok, state, reason, blocker = pcall(self.take_away, self, resource)
    if not ok then state, reason = "failed", tostring(state) end
    entry.state, resource.reason, resource.blocker = state, reason, blocker
    self.board:set(resource.key, self.label(resource), state, reason, { seconds = state == "gone" and resource.seconds or nil })
    self.board:done(resource.key)
  end)
end

function Run.label(resource) return ("%-24s %-32s"):format(kinds[resource.kind].title, resource.label) end

-- The audit: everything is looked for once more. What a late writer made again (a log group) and what services made is
-- deleted again; anything else that is there is named.
function Run:look_again(result)
  local stays = {}
  for _, state in ipairs { "failed", "kept", "protected" } do
    for _, resource in ipairs(result[state]) do stays[resource.key] = true end
  end
  for round = 1, 3 do
    local scope = self:fresh_scope()
    local left, problems = discover.all(scope, kinds, self.plan.options.only)
    left = list.filter(left, function(resource) return not stays[resource.key] end)
    protect(scope, left)
    result.left, result.problems = left, problems
    local again = list.filter(left, function(resource)
      return not resource.protected and not self.unseen[resource.kind] and (kinds[resource.kind].late or resource.how == "made")
    end)
    if #again == 0 or round == 3 then return end
    task.map(again, function(resource)
      self.context.say(("written again: %s %s"):format(kinds[resource.kind].title, resource.label))
      remove(kinds[resource.kind], resource, self.context)
    end, { limit = 4 })
  end
end

-- A table by kind whose values are made when they are asked for first.
local function each_kind(make)
  return setmetatable({}, { __index = function(self, kind)
    self[kind] = make(kind)
    return self[kind]
  end })
end

local specification = {
  yes = "boolean", few = "natural", timeout = "positive", parallel = "positive", board = "table",
}

-- Runs a plan; options as of Plan:run. Raises, and has deleted nothing, when it is not confirmed.
return function(plan, options)
  options = options_of.check("plan:run", options, specification)
  local started = time.monotonic()
  local may, why = confirm(plan:count(), options)
  if not may then error(why, 0) end
  local board = options.board or progress.board()
  local self = setmetatable({ plan = plan, outcome = {}, board = board, unseen = {}, unlisted = {} }, Run)
  -- Kinds that the plan could not look at: nobody has confirmed any of them, so none goes, whoever made it.
  for _, problem in ipairs(plan.problems) do
    self.unseen[problem.kind] = true
    self.unlisted[problem.kind] = problem.unlisted
  end
  self.context = {
    timeout = options.timeout or 1800,
    say = function(text) board:say(text) end,
    waiting = function(resource, what)
      board:set(resource.key, self.label(resource), "waiting", what and "for " .. what)
    end,
  }
  -- Of each kind so many at once: a service that takes few calls a second does not hold the others up.
  local permits = each_kind(function() return task.semaphore(options.parallel or 8) end)
  function self.context.calls(kind, fn)
    local permit <close> = permits[kind]:acquire()
    return fn(permit)
  end
  local batches = each_kind(batch.of)
  function self.context.together(kind, resource)
    return kind.together ~= nil and batches[kind]:delete(resource)
  end
  task.scope(function(tasks)
    self.tasks = tasks
    for _, wave in ipairs(plan.waves) do
      for _, resource in ipairs(wave) do self:start(resource) end
    end
  end)
  local result = { gone = {}, failed = {}, kept = {}, protected = {} }
  for _, resource in ipairs(plan.resources) do table.insert(result[self.outcome[resource].state], resource) end
  self:look_again(result)
  result.chain = chain.longest(plan.resources, plan.edges)
  result.seconds = time.monotonic() - started
  return setmetatable(result, { __tostring = report.outcome })
end
