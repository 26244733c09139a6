-- Looking for everything in scope, of every kind, in parallel where one kind's findings do not need another's.

local list = require "awscicd.support.list"

local discover = {}

-- Kinds in rounds: each round needs only the findings of earlier ones.
local function rounds(kinds)
  local done, result, left = {}, {}, list.keys(kinds)
  while #left > 0 do
    local round = list.filter(left, function(name)
      return not list.find(kinds[name].find_after, function(other) return kinds[other] and not done[other] end)
    end)
    if #round == 0 then error("teardown: kinds wait for each other in find_after: " .. table.concat(left, ", "), 0) end
    for _, name in ipairs(round) do done[name] = true end
    result[#result + 1] = round
    left = list.filter(left, function(name) return not done[name] end)
  end
  return result
end

-- The resources of one kind, each with `kind`, `key` and `label` set; and what could not be looked at, or nil.
function discover.kind(scope, kinds, name)
  local ok, resources, problem = pcall(kinds[name].find, scope, name)
  if not ok then resources, problem = {}, tostring(resources) end
  for _, resource in ipairs(resources) do
    resource.kind = name
    resource.label = resource.label or resource.name
    resource.key = name .. " " .. (resource.id or resource.label)
  end
  scope.found[name] = resources
  return resources, problem
end

-- All resources in scope. A kind that may not be listed is named in the second result: { { kind =, problem = } }; it is
-- not passed over in silence.
function discover.all(scope, kinds, only)
  local found, problems = {}, {}
  for _, round in ipairs(rounds(kinds)) do
    local wanted = list.filter(round, function(name) return not only or list.contains(only, name) end)
    task.map(wanted, function(name)
      local _, problem = discover.kind(scope, kinds, name)
      if problem then problems[#problems + 1] = { kind = name, problem = problem } end
    end, { limit = 6 })
  end
  for _, name in ipairs(list.keys(kinds)) do list.append(found, scope.found[name]) end
  table.sort(problems, function(a, b) return a.kind < b.kind end)
  return found, problems
end

return discover
