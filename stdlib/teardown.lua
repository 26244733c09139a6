--- Teardown: a declared order, a plan, deletion in parallel where nothing forbids it, and a proof that nothing is left.
--
--   local plan = teardown.plan { prefixes = { "awscicd-" }, names = { parameter = { "/cicddemo/greeting" } } }
--   print(plan)
--   local report = plan:run { yes = true }
--   print(report)
--
-- The order is data (teardown.order()); the kinds are tables (teardown.kinds): copy and change both.

local discover = require "awscicd.teardown.discover"
local confirm = require "awscicd.teardown.confirm"
local graph = require "awscicd.teardown.graph"
local kinds = require "awscicd.teardown.kinds"
local list = require "awscicd.support.list"
local order = require "awscicd.teardown.order"
local progress = require "awscicd.support.progress"
local remove = require "awscicd.teardown.remove"
local report = require "awscicd.teardown.report"
local scopes = require "awscicd.teardown.scope"

local teardown = { order = order, kinds = kinds, clean = report.clean, protection_tag = scopes.protection_tag }

local Plan = {}
Plan.__index = Plan

local function protection(scope, resource)
  local why = scope:protected(resource.name, resource.tags)
  if why then return why end
  local own = kinds[resource.kind].protected
  if not own then return nil end
  local ok, answer = pcall(own, resource)
  if ok then return answer end
  return "whether it is protected could not be read: " .. tostring(answer)
end

-- Finds everything in scope and puts it in order. Options: names, prefixes, tag, protect (see teardown/scope.lua), only
-- (a list of kinds), order (teardown.order() changed).
function teardown.plan(options)
  local self = setmetatable({ options = options, order = options.order or order() }, Plan)
  graph.check(self.order, kinds)
  self.scope = scopes.of(options)
  self.resources, self.problems = discover(self.scope, kinds, options.only)
  for _, resource in ipairs(self.resources) do resource.protected = protection(self.scope, resource) end
  self.edges = graph.edges(self.resources, self.order, kinds)
  self.waves = graph.waves(self.resources, self.edges)
  return self
end

-- Looks again, and returns what is there: proof that nothing is left when it is empty.
function teardown.audit(options)
  return discover(scopes.of(options), kinds, options.only)
end

Plan.__tostring = report.plan

-- How many resources the plan would delete.
function Plan:count()
  return #list.filter(self.resources, function(resource) return not resource.protected end)
end

local function one(self, resource, outcome, context)
  if resource.protected then return { state = "protected", reason = resource.protected } end
  for _, edge in ipairs(self.edges[resource]) do
    outcome[edge.resource].done:join()
    local before = outcome[edge.resource]
    if before.state ~= "gone" then
      return { state = "kept", reason = ("%s %s still stands: %s"):format(
        kinds[edge.resource.kind].title, edge.resource.label, edge.why) }
    end
  end
  local kind = kinds[resource.kind]
  if kind.prepare and not context.prepared[resource.kind] then
    context.prepared[resource.kind] = true
    local own = list.filter(self.scope.found[resource.kind], function(each) return not each.protected end)
    local ok, problem = pcall(kind.prepare, own)
    if not ok then context.say(("preparing %s: %s"):format(kind.title, tostring(problem))) end
  end
  local state, reason, blocker = remove(kind, resource, context)
  return { state = state, reason = reason, blocker = blocker }
end

-- Deletes what the plan lists, then looks again. Options: yes (do not ask), few (resources that go unasked, 5),
-- timeout (seconds a single resource may take, 1800), parallel (calls at once, 8), board. Goes on past failures.
-- Returns a report: { gone, failed, kept, protected, left, seconds } of resource lists; `left` is what the audit found.
function Plan:run(options)
  options = options or {}
  local started = time.monotonic()
  local may, why = confirm(self:count(), options)
  if not may then error(why, 0) end
  local board = options.board or progress.board()
  local calls = task.semaphore(options.parallel or 8)
  local outcome = {}
  local function label(resource) return ("%-24s %-44s"):format(kinds[resource.kind].title, resource.label) end
  local context = {
    prepared = {}, timeout = options.timeout or 1800,
    say = function(text) board:say(text) end,
    waiting = function(resource, what) board:set(resource.key, label(resource), "waiting", what and "for " .. what) end,
    calls = function(fn)
      local permit <close> = calls:acquire()
      return fn(permit)
    end,
  }
  for _, wave in ipairs(self.waves) do
    for _, resource in ipairs(wave) do
      local entry = {}
      outcome[resource] = entry
      entry.done = task.spawn(function()
        local begun = time.monotonic()
        local ok, result = pcall(one, self, resource, outcome, context)
        if not ok then result = { state = "failed", reason = tostring(result) } end
        entry.state, entry.reason, entry.blocker = result.state, result.reason, result.blocker
        resource.reason, resource.blocker, resource.seconds = result.reason, result.blocker, time.monotonic() - begun
        board:set(resource.key, label(resource), entry.state,
          entry.state == "gone" and progress.seconds(resource.seconds) or entry.reason)
      end)
    end
  end
  for _, wave in ipairs(self.waves) do
    for _, resource in ipairs(wave) do outcome[resource].done:join() end
  end
  local result = { gone = {}, failed = {}, kept = {}, protected = {}, problems = self.problems }
  for _, resource in ipairs(self.resources) do table.insert(result[outcome[resource].state], resource) end
  self:look_again(result, context)
  result.seconds = time.monotonic() - started
  return setmetatable(result, { __tostring = report.outcome })
end

-- The audit: everything is looked for once more. What a late writer made again (a log group) is deleted again.
function Plan:look_again(result, context)
  local stays = {}
  for _, state in ipairs { "failed", "kept", "protected" } do
    for _, resource in ipairs(result[state]) do stays[resource.key] = true end
  end
  for _ = 1, 3 do
    local scope = scopes.of(self.options)
    for kind, names in pairs(self.scope.patterns) do
      for _, pattern in ipairs(names) do
        scope.patterns[kind] = scope.patterns[kind] or {}
        table.insert(scope.patterns[kind], pattern)
      end
    end
    local left, problems = discover(scope, kinds, self.options.only)
    result.left = list.filter(left, function(resource) return not stays[resource.key] end)
    result.problems = problems
    local again = list.filter(result.left, function(resource) return kinds[resource.kind].late end)
    if #again == 0 then return end
    for _, resource in ipairs(again) do remove(kinds[resource.kind], resource, context) end
  end
end

-- Plan and run in one: prints the plan, asks, deletes, prints the report. Returns the report.
function teardown.run(options)
  local plan = teardown.plan(options)
  progress.say(tostring(plan))
  return plan:run(options)
end

return teardown
