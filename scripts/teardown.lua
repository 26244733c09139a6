#!/usr/bin/env awscicd-run
-- Takes the series' resources down, in order, and proves that nothing is left.
--
--   awscicd-run scripts/teardown.lua --plan        only shows what would go, and why in this order
--   awscicd-run scripts/teardown.lua --yes
--   awscicd-run scripts/teardown.lua --only build_project --only log_group

local list = require "awscicd.support.list"
local series = require "series"

local kinds = list.keys(teardown.order())

local options = script.params {
  "Deletes everything that belongs to a prefix, in order, and proves that nothing is left.",
  prefix = series.parameters.prefix,
  tag = { "", help = "also everything with this tag, as key=value" },
  only = {
    choices = kinds, many = true, metavar = "KIND",
    help = "only resources of this kind: " .. table.concat(kinds, ", "),
  },
  protect = { "", help = "a Lua pattern of names that are not to be touched" },
  timeout = { 1800, help = "seconds that a single resource may take" },
  plan = { false, help = "show the plan and delete nothing" },
  yes = { false, help = "do not ask for confirmation" },
}

local scope = series.scope(series.names(options.prefix))
if options.tag ~= "" then
  local key, value = options.tag:match "^([^=]+)=(.*)$"
  if not key then
    io.stderr:write(("--tag takes key=value, not %q\n"):format(options.tag))
    script.exit(2)
  end
  scope.tag = { [key] = value }
end
if #options.only > 0 then scope.only = options.only end
if options.protect ~= "" then scope.protect = { options.protect } end

-- The default order; to change it, set an entry, for example:
--   order.log_group.after.s3_bucket = "our auditors want the artifacts gone first"
scope.order = teardown.order()

-- One JSON document for machines: the plan when only that was asked for, else the report.
local plan = teardown.plan(scope)
local only_plan = options.plan or #plan.resources == 0 and #plan.problems == 0
if not script.json then print(tostring(plan)) elseif only_plan then print(json.encode(plan:data())) end
if only_plan then return end

local report = plan:run { yes = options.yes, timeout = options.timeout }
print(script.json and json.encode(teardown.data(report)) or tostring(report))
if not teardown.clean(report) then script.exit(1) end
