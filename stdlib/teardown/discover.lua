-- Looking for everything in scope, of every kind, in parallel where one kind's findings do not need another's.

local list = require "awscicd.support.list"

local discover = {}

-- Raises when kinds wait for each other.
local function check(kinds)
  local seen = {}  -- true once all that it waits for is known to end, "open" while that is being looked at
  local function visit(name, path)
    if seen[name] == true or not kinds[name] then return end
    path = path .. name
    if seen[name] then error("teardown: kinds wait for each other in find_after: " .. path, 0) end
    seen[name] = "open"
    for _, other in ipairs(kinds[name].find_after or {}) do visit(other, path .. " → ") end
    seen[name] = true
  end
  for _, name in ipairs(list.keys(kinds)) do visit(name, "") end
end

-- The resources of one kind, each with `kind`, `key` and `label` set; what could not be looked at, or nil; and whether that
-- is all of them.
function discover.kind(scope, kinds, name)
  local listed, resources, problem = pcall(kinds[name].find, scope, name)
  if not listed then resources, problem = {}, tostring(resources) end
  for _, resource in ipairs(resources) do
    resource.kind = name
    resource.label = resource.label or resource.name
    resource.key = name .. " " .. (resource.id or resource.label)
  end
  scope.found[name] = resources
  return resources, problem, not listed
end

-- All resources in scope. A kind that may not be listed is named in the second result: { { kind =, problem =, unlisted =
-- true when none of it could be looked at } }; it is not passed over in silence. All kinds are looked for at once, each as
-- soon as it has the findings that it needs: one whose tags come slowly holds nothing else up.
function discover.all(scope, kinds, only)
  check(kinds)
  local found, problems, looked = {}, {}, {}
  task.scope(function(tasks)
    local function look(name)
      if looked[name] or only and not list.contains(only, name) then return looked[name] end
      local earlier = list.map(list.filter(kinds[name].find_after, function(other) return kinds[other] end), look)
      looked[name] = tasks:spawn(function()
        for _, other in pairs(earlier) do other:join() end
        local _, problem, unlisted = discover.kind(scope, kinds, name)
        if problem then problems[#problems + 1] = { kind = name, problem = problem, unlisted = unlisted } end
      end)
      return looked[name]
    end
    for _, name in ipairs(list.keys(kinds)) do look(name) end
  end)
  for _, name in ipairs(list.keys(kinds)) do list.append(found, scope.found[name]) end
  table.sort(problems, function(a, b) return a.kind < b.kind end)
  return found, problems
end

return discover
