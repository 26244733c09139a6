-- The order is data: circles and unknown kinds are refused, and a larger deletion needs the exact count.
local check = require "check"
local graph = require "awscicd.teardown.graph"
local confirm = require "awscicd.teardown.confirm"

local order = teardown.order()
graph.check(order, teardown.kinds)
for kind in pairs(teardown.kinds) do check.yes(order[kind], kind .. " has its place in the order") end

order.s3_buket = { after = {} }
check.fails(function() graph.check(order, teardown.kinds) end, '"s3_buket"', 'did you mean "s3_bucket"?')
order.s3_buket = nil

order.pipeline.after.role = "a mistake"
local role, line = { kind = "role", label = "r" }, { kind = "pipeline", label = "p" }
local edges = graph.edges({ role, line }, order, teardown.kinds)
check.fails(function() graph.waves({ role, line }, edges) end, "goes in a circle", "pipeline", "role")

check.equal(confirm(5, {}), true)
local may, why = confirm(6, {})
check.equal(may, false)
check.has(why, "6 resources", "--yes")
check.equal(confirm(6000, { yes = true }), true)

check.fails(function() teardown.plan {} end, "say what to delete")
check.fails(function() teardown.plan() end, "say what to delete")
check.fails(function() teardown.plan { prefixes = { "case-" }, order = "roles first" } end, "order is a string")
check.fails(function() teardown.plan { prefixes = { "a" } } end, "too short to be safe")
