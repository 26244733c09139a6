#!/usr/bin/env awscicd-run
-- Takes the series' resources down, in order, and proves that nothing is left.
--
--   awscicd-run scripts/teardown.lua --plan        only shows what would go, and why in this order
--   awscicd-run scripts/teardown.lua --yes

local series = require "series"

local options = script.params {
  prefix = series.parameters.prefix,
  tag = { "", help = "also everything with this tag, as key=value" },
  protect = { "", help = "a Lua pattern of names that are not to be touched" },
  timeout = { 1800, help = "seconds that a single resource may take" },
  plan = { false, help = "show the plan and delete nothing" },
  yes = { false, help = "do not ask for confirmation" },
}

local scope = series.scope(series.names(options.prefix))
local key, value = options.tag:match("^([^=]+)=(.*)$")
if key then scope.tag = { [key] = value } end
if options.protect ~= "" then scope.protect = { options.protect } end

-- The default order; to change it, set an entry, for example:
--   order.log_group.after.s3_bucket = "our auditors want the artifacts gone first"
scope.order = teardown.order()

local plan = teardown.plan(scope)
print(tostring(plan))
if options.plan or #plan.resources == 0 then return end

local report = plan:run { yes = options.yes, timeout = options.timeout }
print(tostring(report))
if not teardown.clean(report) then script.exit(1) end
