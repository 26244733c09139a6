-- Needs: the local cloud
-- A launch template goes after the groups that launch from it, and waits only for those.
local check, fixtures = require "check", require "fixtures"

fixtures.fleet("case-a", 1)
fixtures.fleet("case-b", 0)
local plan = teardown.plan { prefixes = { "case-" } }
for resource, edges in pairs(plan.edges) do
  if resource.kind == "launch_template" then
    check.equal(#edges, 1, "what " .. resource.label .. " waits for")
    check.equal(edges[1].resource.label:sub(1, 6), resource.label:sub(1, 6))
  end
end
check.yes(teardown.clean(plan:run { yes = true }))
