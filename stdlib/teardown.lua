--- Teardown: a declared order, a plan, deletion in parallel where nothing forbids it, and a proof that nothing is left.
--
--   local plan = teardown.plan { prefixes = { "awscicd-" }, names = { parameter = { "/cicddemo/greeting" } } }
--   print(plan)
--   local report = plan:run { yes = true }
--   print(report)
--
-- The order is data (teardown.order()); the kinds are tables (teardown.kinds): copy and change both.

local discover = require "awscicd.teardown.discover"
local graph = require "awscicd.teardown.graph"
local kinds = require "awscicd.teardown.kinds"
local list = require "awscicd.support.list"
local order = require "awscicd.teardown.order"
local pace = require "awscicd.teardown.pace"
local progress = require "awscicd.support.progress"
local protect = require "awscicd.teardown.protect"
local report = require "awscicd.teardown.report"
local run = require "awscicd.teardown.run"
local scopes = require "awscicd.teardown.scope"

local teardown = {
  order = order, kinds = kinds, limits = pace.limits, clean = report.clean, protection_tag = scopes.protection_tag,
}

local Plan = {}
Plan.__index = Plan
Plan.__tostring = report.plan

-- Finds everything in scope and puts it in order. Options: names, prefixes, tag, owner, protect (see
-- teardown/scope.lua), only (a list of kinds), order (teardown.order() changed).
function teardown.plan(options)
  local scope = scopes.of(options, kinds)
  local self = setmetatable({ options = options, scope = scope, order = options.order or order() }, Plan)
  graph.check(self.order, kinds)
  self.resources, self.problems = discover.all(self.scope, kinds, options.only)
  protect(self.scope, self.resources)
  self.edges = graph.edges(self.resources, self.order, kinds)
  self.waves = graph.waves(self.resources, self.edges)
  return self
end

-- Looks, and returns what is there: proof that nothing is left when it is empty. The second result names the kinds that
-- could not be looked at.
function teardown.audit(options)
  return discover.all(scopes.of(options, kinds), kinds, options.only)
end

-- How many resources the plan would delete.
function Plan:count()
  return #list.filter(self.resources, function(resource) return not resource.protected end)
end

-- Deletes what the plan lists, then looks again. Options: yes (do not ask), few (resources that go unasked, 5),
-- timeout (seconds a single resource may take, 1800), parallel (deletions of one kind at once, 8), board. Goes on past
-- failures.
-- Returns a report: { gone, failed, kept, protected, left, problems, chain, seconds }, the first five of them lists of
-- resources; `left` is what the last look found, `chain` those that waited for each other the longest.
function Plan:run(options) return run(self, options) end

-- The plan as plain data, for machines; of a report, teardown.data(report) is the same.
Plan.data = report.plan_data
teardown.data = report.data

-- Plan and run in one: prints the plan, asks, deletes. Returns the report.
function teardown.run(options, run_options)
  local plan = teardown.plan(options)
  progress.say(tostring(plan))
  return plan:run(run_options)
end

return teardown
